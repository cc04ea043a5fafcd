import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import { chunks } from '#platform/chunks.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { parseInput } from '#platform/input.ts';
import { addSightings, type KnownStays, knownStays, type Sighting } from '../holders/store.ts';
import { alongside, type Start } from '../resolution/alongside.ts';
import { alteredAmong, reappearedAmong, tellUnits } from '../resolution/notice.ts';
import { type Placing, place, RESOLVE_LOCK, type Storing } from '../resolution/place.ts';
import { loadZones, type Zones } from '../zones/zone.ts';
import { asStored, compare, distinct, recordId, type Sorted, searchedTextsOf } from './compare.ts';
import { type Begun, type Foreseen, foresee, NOTHING_FORESEEN, type Written } from './foresee.ts';
import { type Observation, ObservationInput, type Observed } from './observation.ts';
import { LEDGER_SOURCE, type Prepared, prepare } from './prepare.ts';
import { touchAssets } from './seen.ts';
import {
  changeObservations,
  countTaking,
  insertKeys,
  insertObservations,
  keyRows,
  type StoredObservation,
  takings,
  touchObservations,
  unheldKeys,
} from './store.ts';

/** Observations of one transaction; the first are fewer, so that the database soon has something to do. */
const CHUNK = 2000;
const FIRST_CHUNK = 400;

/** Observations that are made ready without a break. */
const FEW = 200;

const NONE: ReadonlySet<string> = new Set();
const NONE_KNOWN: ReadonlyMap<string, string> = new Map();

interface Taken {
  readonly sorted: Sorted;
  readonly placing: Placing | undefined;
  readonly count: number;
}

interface Taking {
  readonly records: ReadonlyMap<string, Prepared>;
  readonly foreseen: Foreseen;
  /** Begins with the next part: called when the database is busiest. */
  ahead(): void;
}

async function take(tx: Tx, { records, foreseen, ahead }: Taking, start: Start): Promise<Taken> {
  await sql`SELECT pg_advisory_xact_lock(${RESOLVE_LOCK})`.execute(tx.db);
  const count = await countTaking(tx.db);
  const holds = foreseen.counts.includes(count - 1) ? foreseen : NOTHING_FORESEEN;
  const sorted = await compare(tx.db, tx.ids, records, holds.fresh);
  await touchObservations(tx.db, sorted.seen);
  await changeObservations(tx.db, sorted.changed);
  const asked = [
    ...sorted.fresh.map(({ id, prepared }) => asStored(id, prepared)),
    ...sorted.changed.map(({ before, prepared }) => asStored(before.id, prepared, before)),
  ];
  const stays = await knownStays(tx.db, [...records.values()].flatMap(addressesOf));
  const placing = asked.length === 0 ? undefined : await place(tx, asked, storingOf(tx, sorted, holds, ahead), start);
  const placed = [...records].flatMap(([record, prepared]) => {
    const known = sorted.records.get(record);
    const at = placing?.places.get(known?.id ?? '') ?? known?.before;
    return at?.assetId ? { prepared, assetId: at.assetId, unitPath: at.unitPath } : [];
  });
  // Where assets became one, their stays did.
  const isAsBefore = placing === undefined || placing.merged.length === 0;
  const made = new Set(placing?.created);
  await start(noteSeen(tx, placed, isAsBefore ? stays : undefined, made));
  const notices = [
    ...alteredAmong(sorted.changed, (id) => placing?.places.get(id)?.assetId),
    ...(await reappearedAmong(
      tx.db,
      placed.filter(({ assetId }) => !made.has(assetId)),
    )),
  ];
  if (notices.length > 0) await tellUnits(tx, notices);
  return { sorted, placing, count };
}

/** How what is new is stored. */
function storingOf({ db, clock }: Tx, { fresh, changed }: Sorted, holds: Foreseen, ahead: () => void): Storing {
  const rows = holds.keyRows ?? keyRows(fresh.map(({ id, prepared }) => ({ id, searched: prepared.searched })));
  return {
    unheld: holds.areUnheld && changed.length === 0 ? 'all' : holds.unheld,
    keys: () => insertKeys(db, rows),
    observations: (links) => {
      const placed = fresh.flatMap(({ id, prepared }) => {
        const link = links.get(id);
        return link === undefined ? [] : { id, prepared, link };
      });
      return insertObservations(db, placed, clock.now());
    },
    ahead,
  };
}

/** An observation with the asset that it is linked to. */
interface Linked {
  readonly prepared: Prepared;
  readonly assetId: string;
  readonly unitPath: string;
}

/**
 * Keeps where assets were seen, and when they were seen last.
 *
 * @param stays what is known of these addresses; asked where it is not given
 * @param made assets that were entered with these times
 */
async function noteSeen(
  tx: Tx,
  linked: readonly Linked[],
  stays?: KnownStays,
  made: ReadonlySet<string> = NONE,
): Promise<void> {
  const sightings = linked.flatMap(sightingsOf);
  await addSightings(tx.db, sightings, stays ?? (await knownStays(tx.db, sightings)));
  // What people enter is no sign of life.
  const seen = linked.filter(
    ({ prepared, assetId }) => prepared.observation.source !== LEDGER_SOURCE && !made.has(assetId),
  );
  await touchAssets(
    tx,
    seen.map(({ prepared, assetId }) => ({ assetId, lastMs: prepared.observation.seenAt.getTime() })),
  );
}

/** The addresses of an observation, each with its zone. */
const addressesOf = ({ keys }: Prepared): { zone: string; address: string }[] =>
  keys.flatMap(({ kind, space, value }) => (kind === 'address' ? { zone: space, address: value } : []));

/** Where the asset was seen by an observation. */
function sightingsOf({ prepared, assetId, unitPath }: Linked): Sighting[] {
  const { observation, firstSeenAt } = prepared;
  const stay = { assetId, unitPath, firstMs: firstSeenAt.getTime(), lastMs: observation.seenAt.getTime() };
  return addressesOf(prepared).map((at) => ({ ...stay, ...at }));
}

/** The deepest path that holds all of them. */
function commonPath(paths: readonly string[]): string {
  const [first = '/', ...others] = paths;
  let parts = first.split('/');
  for (const path of others) {
    const other = path.split('/');
    const length = parts.findIndex((part, at) => part !== other[at]);
    if (length >= 0) parts = parts.slice(0, length);
  }
  const path = parts.join('/');
  return path.endsWith('/') ? path : `${path}/`;
}

const Ahead = z.custom<() => void>((value) => typeof value === 'function');
const Expected = z.custom<Foreseen>((value) => typeof value === 'object');
const Records = z.custom<ReadonlyMap<string, Prepared>>((value) => value instanceof Map);

/** Takes a batch in and journals what it changed: assets made, merged, observations that moved. */
const takeIn = action(
  'asset.observe',
  z.object({
    records: Records,
    foreseen: Expected,
    by: z.object({ id: z.string(), name: z.string() }),
    ahead: Ahead,
  }),
  async (tx, { records, foreseen, by, ahead }) => {
    const taken = await alongside((start) => take(tx, { records, foreseen, ahead }, start));
    const { placing, sorted } = taken;
    const sources = [...new Set([...records.values()].map(({ observation }) => observation.source))].sort();
    const merged = placing?.merged ?? [];
    const created = placing?.created ?? [];
    tx.record({
      object: { type: 'observation', id: tx.ids.next() },
      unitPath: commonPath([...records.values()].map(({ observation }) => observation.unitPath)),
      data: {
        change: 'observe',
        by,
        sources,
        new: sorted.fresh.length,
        changed: sorted.changed.length,
        created,
        merged,
        moved: placing?.moved ?? 0,
        related: placing?.related ?? 0,
        quarantined: placing?.quarantined ?? [],
      },
      related: [...created, ...merged.map((one) => one.merged)].map((id) => ({ type: 'asset', id })),
    });
    return taken;
  },
);

async function begin(system: Ctx, observations: readonly Observation[], zones: Zones): Promise<Begun> {
  const prepared: Prepared[] = [];
  for (const few of chunks(observations, FEW)) {
    prepared.push(...few.map((one) => prepare(one, zones)));
    // What is being written meanwhile goes on.
    await setImmediate();
  }
  const records = distinct(prepared);
  return system.read(async (db) => {
    // First: what is written from here on is counted on top of it.
    const count = await takings(db);
    const sorted = await compare(db, system.ids, records, NONE_KNOWN);
    const searched = new Set(searchedTextsOf(sorted));
    const unheld = await unheldKeys(db, searched);
    const rows = keyRows(sorted.fresh.map(({ id, prepared: { searched } }) => ({ id, searched })));
    return { prepared, records, sorted, count, searched, unheld, keyRows: rows };
  });
}

/**
 * Records of which nothing but the time is new are not worth an entry in the journal: it is moved on at once.
 *
 * @param again records that were written since they were compared
 */
async function withoutRepeated(
  system: Ctx,
  { records, sorted: { seen, records: known } }: Begun,
  again: ReadonlyMap<string, unknown>,
): Promise<{ rest: Map<string, Prepared>; repeated: Map<string, StoredObservation> }> {
  const repeated = new Map<string, StoredObservation>();
  const rest = new Map<string, Prepared>();
  const ids = new Set(seen.map(({ id }) => id));
  for (const [record, prepared] of records) {
    const found = known.get(record);
    if (found?.before !== undefined && ids.has(found.id) && !again.has(record)) repeated.set(record, found.before);
    else rest.set(record, prepared);
  }
  if (repeated.size === 0) return { rest, repeated };
  const still = new Set([...repeated.values()].map(({ id }) => id));
  const linked = [...repeated].flatMap(([record, { assetId, unitPath }]) => {
    const prepared = records.get(record);
    return assetId === null || prepared === undefined ? [] : { prepared, assetId, unitPath };
  });
  const reappeared = await system.transaction(async (tx) => {
    await touchObservations(
      tx.db,
      seen.filter(({ id }) => still.has(id)),
    );
    await noteSeen(tx, linked);
    return reappearedAmong(tx.db, linked);
  });
  if (reappeared.length > 0) await tellUnits(system, reappeared);
  return { rest, repeated };
}

/**
 * Takes in what sources saw: each record is kept, linked to the asset it is about, and told where it was put. The same
 * again changes nothing but its time. New things that are told apart well enough become assets.
 *
 * Not inside a transaction: it opens its own, at most 2,000 observations each, and everything is seen by the platform as a whole,
 * because one machine is seen by many. While one part is being stored the next one is made ready.
 *
 * @returns places in the order of the input
 * @throws AppError `invalid_input` naming the observation and field, before anything is written
 */
export async function observe(ctx: Ctx, observations: readonly ObservationInput[]): Promise<Observed[]> {
  ctx.allow('asset.observe');
  const valid = parseInput(z.array(ObservationInput), [...observations]);
  // What was seen on something comes after it: whose it is depends on that.
  const rounds = Map.groupBy(valid.keys(), (at) => roundOf(valid[at]));
  const places: Observed[] = [];
  for (const round of [...rounds.keys()].sort()) {
    const members = rounds.get(round) ?? [];
    const observed = await observeRound(
      ctx,
      members.flatMap((at) => valid[at] ?? []),
    );
    for (const [nth, at] of members.entries()) places[at] = observed[nth] ?? NOWHERE;
  }
  return places;
}

const NOWHERE: Observed = { observationId: '', assetId: null, state: 'unresolved', rule: '' };

/** 0 = stands by itself; certificates are seen on services, and those on machines. */
const roundOf = (one: Observation | undefined): number =>
  one?.facts.on === undefined ? 0 : one.class === 'certificate' ? 2 : 1;

async function observeRound(ctx: Ctx, valid: readonly Observation[]): Promise<Observed[]> {
  const system = ctx.asSystem();
  const zones = await system.read(loadZones);
  const by = { id: ctx.actor.id, name: ctx.actor.name };
  const observed: Observed[] = [];
  const partFrom = (from: number, size = CHUNK) =>
    from < valid.length ? begin(system, valid.slice(from, from + size), zones) : Promise.resolve(undefined);
  let written: Written = { records: new Map(), keys: NONE, count: -1 };
  let begun = await partFrom(0, FIRST_CHUNK);
  for (let from = FIRST_CHUNK; begun !== undefined; from += CHUNK) {
    // Begins outside the transaction in which it is told to.
    const { promise, resolve: ahead } = Promise.withResolvers<void>();
    const next = promise.then(() => partFrom(from));
    // Awaited below; a fault of this part goes before one of the next.
    next.catch(() => undefined);
    const finished = await finish(system, begun, { written, by, ahead });
    observed.push(...finished.observed);
    written = finished.written;
    ahead();
    begun = await next;
  }
  return observed;
}

interface Finishing {
  readonly written: Written;
  readonly by: { readonly id: string; readonly name: string };
  ahead(): void;
}

async function finish(
  system: Ctx,
  begun: Begun,
  { written, by, ahead }: Finishing,
): Promise<{ observed: Observed[]; written: Written }> {
  const { prepared, sorted } = begun;
  if (sorted.fresh.length + sorted.changed.length === 0) ahead();
  const { rest, repeated } = await withoutRepeated(system, begun, written.records);
  const foreseen = foresee(begun, written);
  const taken = rest.size === 0 ? undefined : await takeIn(system, { records: rest, foreseen, by, ahead });
  const observed = prepared.map(({ observation }) => {
    const record = recordId(observation);
    const before = repeated.get(record) ?? taken?.sorted.records.get(record)?.before;
    const observationId = before?.id ?? taken?.sorted.records.get(record)?.id ?? '';
    const place = taken?.placing?.places.get(observationId);
    return {
      observationId,
      assetId: place === undefined ? (before?.assetId ?? null) : place.assetId,
      state: place?.state ?? before?.linkState ?? 'unresolved',
      rule: place?.rule ?? before?.linkRule ?? '',
    };
  });
  const keys = taken === undefined ? NONE : new Set(searchedTextsOf(taken.sorted));
  return { observed, written: { records: begun.records, keys, count: taken?.count ?? -1 } };
}
