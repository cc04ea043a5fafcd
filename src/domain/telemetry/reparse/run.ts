import { z } from 'zod';
import { loadAssetIndex } from '#domain/ledger/index.ts';
import { toRow } from '#engine/fields/row.ts';
import { Enricher } from '#engine/identity/enrich.ts';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { conflict, notFound } from '#platform/errors.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { job } from '#platform/slice.ts';
import { checkKind, tell, visibleSource } from '../actions.ts';
import { withPlausibleTime } from '../batch.ts';
import { type Normalise, normaliser, UNPARSED } from '../normalise.ts';
import { storeOf } from '../runtime.ts';
import { loadSources } from '../sources.ts';
import { type Reparse, ReparseInput } from './reparse.ts';
import {
  advanceReparse,
  endReparse,
  insertReparse,
  reparseById,
  reparseIsOpen,
  startReparse,
} from './reparse-store.ts';

const JOB = 'telemetry.reparse';
const PAGE_ROWS = 2000;
const QUERY_TIMEOUT_MS = 60_000;

const begin = action(
  'source.manage',
  z.object({ sourceId: z.uuid(), wanted: ReparseInput }),
  async (tx, { sourceId, wanted }) => {
    const source = await visibleSource(tx, sourceId);
    if (await reparseIsOpen(tx.db, sourceId)) {
      throw conflict('Events of this source are being read again already: wait for the end', 'reparse.open');
    }
    const id = tx.ids.next();
    const { wasKind, asKind } = wanted;
    const span = {
      from: new Date(wanted.from),
      to: new Date(Math.min(Date.parse(wanted.to), tx.clock.now().getTime())),
    };
    const { unitPath } = source;
    await insertReparse(tx.db, {
      ...{ id, sourceId, unitPath, wasKind, asKind, ...span },
      askedByName: tx.actor.name,
      createdAt: tx.clock.now(),
    });
    await tx.enqueue(JOB, { id }, { singletonKey: id });
    tx.record({
      object: { type: 'source', id: sourceId },
      unitPath,
      data: { change: 'events read again', from: wanted.from, to: wanted.to, wasKind, asKind },
    });
    tell(tx, source, 'reparse');
    return { id };
  },
);

/**
 * Has the stored original texts of a source read again; their new reading replaces the old one. Rules do not run over
 * them by themselves.
 *
 * @throws AppError `conflict` `reparse.open` while an earlier run of the source is not over
 */
export async function beginReparse(
  ctx: Ctx,
  sourceId: string,
  wanted: z.input<typeof ReparseInput>,
): Promise<{ id: string }> {
  await checkKind(wanted.asKind);
  return begin(ctx, { sourceId, wanted });
}

const finish = action(
  'source.manage',
  z.object({ id: z.uuid(), state: z.enum(['done', 'failed']), fault: z.string() }),
  async (tx, { id, state, fault }) => {
    const run = await reparseById(tx.db, id);
    if (run === undefined) throw notFound('The run');
    await endReparse(tx.db, id, state, fault, tx.clock.now());
    const { sourceId, unitPath, done, changed, unparsed } = run;
    tx.record({
      object: { type: 'source', id: sourceId },
      unitPath,
      data: { change: 'reading again ended', state, done, changed, unparsed, fault },
    });
    tx.publish({ topic: 'source', id: sourceId, action: 'reparse', unitPath, side: 'centre' });
  },
);

interface StoredText {
  readonly event_id: string;
  readonly received: string;
  readonly source: string;
  readonly unit_path: string;
  readonly sender: string;
  readonly encoding: string;
  readonly text: string;
}

const asTime = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

/** The rows a run is about: of its source and span, not its own, and of the wanted kind. */
const subject = ({ sourceId, from, to, revision, wasKind }: Reparse) =>
  eventSql`source_id = ${sourceId} AND received_at >= ${from} AND received_at <= ${to} AND revision < ${revision}
    AND (${wasKind} = '' OR source = ${wasKind})`;

/**
 * Reads the texts page by page and writes each page's rows under the run's number before the place is remembered; a page
 * that comes again after a crash carries the same token and changes nothing. The old rows go at the end, only those
 * that have a successor: at no moment is an event in neither reading.
 */
export async function runReparse(ctx: Ctx, id: string): Promise<void> {
  const run = await ctx.read((db) => reparseById(db, id));
  if (run === undefined || run.state === 'done' || run.state === 'failed') return;
  const [counted] = await ctx.events.query<{ rows: string }>(
    eventSql`SELECT toString(count()) AS rows FROM event WHERE ${subject(run)}`,
    { tag: 'reparse.count', rowsMax: 1, timeoutMs: QUERY_TIMEOUT_MS },
  );
  await ctx.transaction(({ db }) => startReparse(db, id, Number(counted?.rows ?? 0)));
  const readings = { normalise: normaliser(await loadSources()), enricher: new Enricher(await loadAssetIndex(ctx)) };
  for (let at: Reparse | undefined = run; at !== undefined; ) at = await onePage(ctx, at, readings);
  const { sourceId, revision, from, to } = run;
  // The values come from the record and are bound, not written into the text.
  await storeOf(ctx).maintain(eventSql`ALTER TABLE event DELETE WHERE source_id = ${sourceId} AND received_at >= ${from}
    AND received_at <= ${to} AND revision < ${revision} AND event_id IN (
      SELECT event_id FROM event WHERE source_id = ${sourceId} AND revision = ${revision}
        AND received_at >= ${from} AND received_at <= ${to}) SETTINGS mutations_sync = 2`);
  await finish(ctx, { id, state: 'done', fault: '' });
}

/** Reads one page again; gives the run with its new place, or undefined when there was nothing left. */
async function onePage(
  ctx: Ctx,
  run: Reparse,
  { normalise, enricher }: { normalise: Normalise; enricher: Enricher },
): Promise<Reparse | undefined> {
  const rows = await ctx.events.query<StoredText>(
    eventSql`SELECT event_id, toString(received_at) AS received, source, unit_path, sender, encoding, raw AS text FROM event
      WHERE ${subject(run)} AND (received_at, event_id) > (${run.doneUntil}, ${run.doneId})
      ORDER BY received_at, event_id LIMIT ${PAGE_ROWS}`,
    { tag: 'reparse.page', rowsMax: PAGE_ROWS, timeoutMs: QUERY_TIMEOUT_MS },
  );
  const last = rows.at(-1);
  if (last === undefined) return undefined;
  let changed = 0;
  let unparsed = 0;
  const lines: string[] = [];
  for (const row of rows) {
    const read = withPlausibleTime(
      normalise({
        id: row.event_id,
        text: row.text,
        encoding: row.encoding,
        receivedAtMs: asTime(row.received),
        unitPath: row.unit_path,
        sourceHint: run.asKind,
        sender: row.sender,
      }),
    );
    // The ledger of today says whose things were at the time of the event.
    const event = enricher.enrich(read, row.sender);
    if (event.source !== row.source) changed += 1;
    if (event.source === UNPARSED) unparsed += 1;
    const { sender, encoding } = row;
    const stored = { ...toRow(event), source_id: run.sourceId, sender, encoding, revision: run.revision };
    lines.push(JSON.stringify(Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== ''))));
  }
  const token = `reparse-${run.id}-${asTime(last.received)}-${last.event_id.replace(/[^\w.:-]/g, '_')}`;
  await storeOf(ctx).writer.insert('event', Buffer.from(`${lines.join('\n')}\n`), token);
  const place = { doneUntil: new Date(asTime(last.received)), doneId: last.event_id };
  await ctx.transaction(async (tx) => {
    await advanceReparse(tx.db, run.id, { events: rows.length, changed, unparsed, ...place });
    tx.publish({ topic: 'source', id: run.sourceId, action: 'reparse', unitPath: run.unitPath, side: 'centre' });
  });
  return { ...run, ...place };
}

export const reparseJob = job({
  name: JOB,
  payload: z.object({ id: z.uuid() }),
  async handler(ctx, { id }) {
    try {
      await runReparse(ctx, id);
    } catch (error) {
      ctx.log.error({ err: error, reparse: id }, 'stored texts could not be read again');
      const fault = error instanceof Error ? error.message.slice(0, 500) : String(error);
      await finish(ctx, { id, state: 'failed', fault });
    }
  },
});
