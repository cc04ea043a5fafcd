import { z } from 'zod';
import { assetsById } from '#domain/ledger/index.ts';
import { namesAtPaths } from '#domain/organizations/index.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { findSensitive, SENSITIVE_KINDS } from '#engine/sensitive/find.ts';
import { allowedActions } from '#engine/workflow/workflow.ts';
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { ENTITY_KINDS, type MatchedValue } from './detection-input.ts';
import { relatedAlerts } from './incident-link.ts';
import { AlertItem, viewOf, viewsOf } from './list.ts';
import { maskedEvent, maskedMatches } from './sample.ts';
import { alertWorkflow } from './workflow.ts';

const EntityView = z.object({ kind: z.enum(ENTITY_KINDS), value: z.string() });

const EventView = z.object({
  id: z.string(),
  at: z.string(),
  source: z.string(),
  logsource: z.object({ product: z.string(), category: z.string(), service: z.string() }),
  unitPath: z.string(),
  fields: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  raw: z.string(),
  problem: z.string(),
  matched: z.array(z.object({ field: z.string(), value: z.string(), condition: z.string() })),
  relatedEventIds: z.array(z.string()),
  sensitive: z
    .array(z.object({ kind: z.enum(SENSITIVE_KINDS), count: z.number().int(), maskedSample: z.string() }))
    .describe('personal identifiers found in the event; shown masked unless revealed'),
});

const SpanView = z.object({
  from: z.string().describe('received from …'),
  to: z.string().describe('… to, excluded'),
  events: z.number(),
  threshold: z.number(),
  query: z.string().describe('what was searched'),
  exactQuery: z.string().describe('finds these events between the first and the last one; empty where no query can'),
  firstEventAt: z.string(),
  lastEventAt: z.string(),
  runId: z.uuid(),
});
/** Of an alert of a scheduled search; more are only counted. */
const SPANS_SHOWN = 50;

const NOTE_KINDS = ['comment', 'acknowledge', 'assign', 'close', 'reopen', 'link', 'reveal'] as const;

export const AlertDetail = AlertItem.extend({
  closeReason: z.string(),
  closedAt: z.string().nullable(),
  eventUnit: z.object({ path: z.string(), name: z.string() }).describe('whose events they are'),
  assetFacts: z
    .object({
      importance: z.string(),
      protectionLevel: z.number().int().nullable(),
      criticalInfrastructure: z.boolean(),
      supervisedBy: z.string(),
      operatedBy: z.string(),
      usedBy: z.string(),
    })
    .nullable(),
  assetFoundBy: z.string().describe('the keys by which the asset was found in the ledger'),
  entities: z.array(EntityView),
  events: z.array(EventView).describe('the first whole events, at most five'),
  eventIds: z.array(z.string()).describe('the first ids, at most 200; `count` says how many there were'),
  spans: z
    .object({
      items: z.array(SpanView).describe(`the newest ${SPANS_SHOWN}`),
      total: z.int(),
      events: z.number(),
      from: z.string(),
      to: z.string(),
    })
    .nullable()
    .describe('of an alert of a scheduled search: the spans in which it found enough events, and why'),
  masked: z.boolean(),
  notes: z.array(
    z.object({
      id: z.uuid(),
      kind: z.enum(NOTE_KINDS),
      author: z.object({ id: z.string(), name: z.string() }),
      text: z.string(),
      at: z.string(),
    }),
  ),
  actions: z
    .array(z.object({ action: z.string(), main: z.boolean(), title: z.object({ zh: z.string(), en: z.string() }) }))
    .describe('what the caller may do now'),
});

interface SampleRow {
  event_id: string;
  at: Date;
  event: unknown;
  matched: unknown;
  related_event_ids: string[];
}

/** A kept event for the reader. Rows of `alert_sample` are only written by `insertSamples`, so their shape is known. */
function eventView(row: SampleRow, reveal: boolean): z.input<typeof EventView> {
  const whole = row.event as SecurityEvent;
  const event = reveal ? whole : maskedEvent(whole);
  const matched = row.matched as MatchedValue[];
  const fields = Object.entries(event.fields).map(([name, value]): [string, string | string[]] => [
    name,
    typeof value === 'string' ? value : [...value],
  ]);
  return {
    id: row.event_id,
    at: row.at.toISOString(),
    source: event.source,
    logsource: event.logsource,
    unitPath: event.unitPath,
    fields: Object.fromEntries(fields),
    raw: event.raw,
    problem: event.problem,
    matched: reveal ? matched : maskedMatches(matched),
    relatedEventIds: row.related_event_ids,
    sensitive: findSensitive(`${whole.raw}\n${Object.values(whole.fields).flat().join('\n')}`),
  };
}

async function spansOf(db: Db, id: string): Promise<z.input<typeof AlertDetail>['spans']> {
  const of = db.selectFrom('alert_span').where('alert_id', '=', id);
  const sums = await of
    .select(({ fn }) => [
      fn.countAll<number>().as('total'),
      fn.sum<number>('events').as('events'),
      fn.min('from_at').as('from'),
      fn.max('to_at').as('to'),
    ])
    .executeTakeFirst();
  if (!sums || Number(sums.total) === 0) return null;
  const rows = await of.selectAll().orderBy('from_at', 'desc').orderBy('detection_id').limit(SPANS_SHOWN).execute();
  return {
    total: Number(sums.total),
    events: Number(sums.events),
    from: sums.from.toISOString(),
    to: sums.to.toISOString(),
    items: rows.map((row) => ({
      from: row.from_at.toISOString(),
      to: row.to_at.toISOString(),
      events: Number(row.events),
      threshold: row.threshold,
      query: row.query,
      exactQuery: row.exact_query,
      firstEventAt: row.first_event_at.toISOString(),
      lastEventAt: row.last_event_at.toISOString(),
      runId: row.run_id,
    })),
  };
}

/** Everything about one alert. @throws AppError `not_found` */
export async function alertDetail(ctx: Ctx, db: Db, id: string, reveal: boolean): Promise<z.input<typeof AlertDetail>> {
  const row = await db.selectFrom('alert').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw notFound('The alert');
  const names = await namesAtPaths(db, [row.unit_path, row.event_unit_path]);
  const assets = await assetsById(db, row.asset_id === null ? [] : [row.asset_id]);
  const asset = row.asset_id === null ? undefined : assets.get(row.asset_id);
  const samples = await db.selectFrom('alert_sample').selectAll().where('alert_id', '=', id).orderBy('at').execute();
  const entities = await db.selectFrom('alert_entity').selectAll().where('alert_id', '=', id).orderBy('kind').execute();
  const notes = await db.selectFrom('alert_note').selectAll().where('alert_id', '=', id).orderBy('at').execute();
  const moves = allowedActions(alertWorkflow, row.state, { side: ctx.scope.side, may: (name) => ctx.may(name) });
  return {
    ...viewOf(row, names),
    closeReason: row.close_reason,
    closedAt: row.closed_at?.toISOString() ?? null,
    eventUnit: { path: row.event_unit_path, name: names.get(row.event_unit_path)?.name ?? '' },
    assetFacts: asset ?? null,
    assetFoundBy: row.asset_found_by,
    entities: entities.map(({ kind, value }) => ({ kind, value })),
    events: samples.map((sample) => eventView(sample, reveal)),
    eventIds: row.event_ids,
    spans: await spansOf(db, id),
    masked: !reveal,
    notes: notes.map((note) => ({
      id: note.id,
      kind: note.kind,
      author: { id: note.author_id, name: note.author_name },
      text: note.text,
      at: note.at.toISOString(),
    })),
    actions: moves.map(({ action, main, title }) => ({ action, main: main === true, title: { ...title } })),
  };
}

export const RelatedList = z.object({
  items: z.array(AlertItem.extend({ shared: z.array(EntityView) })),
});

/** Alerts that share entities with this one, most shared first. */
export async function relatedDetail(db: Db, id: string): Promise<z.input<typeof RelatedList>> {
  const self = await db.selectFrom('alert').select('id').where('id', '=', id).executeTakeFirst();
  if (self === undefined) throw notFound('The alert');
  const related = await relatedAlerts(db, id, false);
  if (related.length === 0) return { items: [] };
  const ids = related.map((one) => one.id);
  const rows = await db.selectFrom('alert').selectAll().where('id', 'in', ids).execute();
  const views = new Map((await viewsOf(db, rows)).map((view) => [view.id, view]));
  return {
    items: related.flatMap(({ id: other, shared }) => {
      const view = views.get(other);
      return view === undefined ? [] : [{ ...view, shared: shared.map((entity) => ({ ...entity })) }];
    }),
  };
}
