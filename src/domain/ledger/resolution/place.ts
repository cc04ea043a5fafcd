import { sql } from 'kysely';
import { type Assigned, assignAssets } from '#engine/identity/assign.ts';
import type { Link } from '#engine/identity/node.ts';
import { type NearMiss, partition } from '#engine/identity/partition.ts';
import type { Spread } from '#engine/identity/spread.ts';
import type { Tx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { LEDGER_SOURCE, TELEMETRY_SOURCE } from '../observations/prepare.ts';
import { type FirstLink, type LinkState, observationsOf, type StoredObservation } from '../observations/store.ts';
import { insertAssets, type NewAsset } from '../store.ts';
import { alongside, type Start } from './alongside.ts';
import { type Bearer, bearersOf, latestOf, leaningOf, leans, relateToBearers, seenOn } from './bearers.ts';
import { factsOfObservations, type ZoneKinds } from './facts.ts';
import { mergeVacated } from './merge-store.ts';
import { type Neighbourhood, neighbourhoodOf, quarantinedKeys } from './neighbourhood.ts';
import { renewSeen, zoneKinds } from './renew.ts';
import { type Observations, wavesOf } from './waves.ts';

/** What placing some observations changed. */
export interface Placing {
  /** Assets that were made. */
  readonly created: readonly string[];
  /** Observations that went from one asset to another or to none. */
  readonly moved: number;
  /** Relations to what was seen to bear something that are new or ended. */
  readonly related: number;
  /** Assets that turned out to be another one. */
  readonly merged: readonly { readonly kept: string; readonly merged: string }[];
  readonly quarantined: readonly string[];
  /** Links of all observations that were looked at, as they are now. */
  readonly places: ReadonlyMap<string, Place>;
}

interface Place {
  readonly assetId: string | null;
  readonly state: LinkState;
  readonly rule: string;
  readonly unitPath: string;
}

/** One writer at a time: two batches must not make two assets of one thing. */
export const RESOLVE_LOCK = 0x69646e74;

const NOBODY = { supervisedBy: null, operatedBy: null, usedBy: null };

/** Stores those observations that are not stored yet, while the database would have nothing to do otherwise. */
export interface Storing {
  /** Keys that no stored observation has: nothing is looked up for them. `all`: nothing stored hangs together with these. */
  readonly unheld: ReadonlySet<string> | 'all';
  /** Called when what has the same keys is known. */
  keys(): Promise<void>;
  /** @param links of observations that are not stored yet */
  observations(links: ReadonlyMap<string, FirstLink>): Promise<void>;
  /** Called when all of them are on their way. */
  ahead(): void;
}

const nothing = async () => undefined;
const NOTHING_NEW: Storing = { unheld: new Set(), keys: nothing, observations: nothing, ahead: () => undefined };

/**
 * Finds the place of some observations and of all that hang together with them, and writes what changed. In the
 * transaction of an action; one at a time over the whole platform.
 */
export const placeObservations = (tx: Tx, asked: readonly StoredObservation[]): Promise<Placing> =>
  alongside((start) => place(tx, asked, NOTHING_NEW, start));

/** The same with statements that the caller awaits. @param storing stores those of `asked` that are not stored yet */
export async function place(
  tx: Tx,
  asked: readonly StoredObservation[],
  storing: Storing,
  start: Start,
): Promise<Placing> {
  const { unheld } = storing;
  const quarantine = await quarantinedKeys(tx.db);
  // The database has something to do while the rest is found out.
  if (unheld === 'all') await start(storing.keys());
  const around = await neighbourhoodOf(tx.db, asked, quarantine, unheld);
  if (unheld !== 'all') await start(storing.keys());
  await noteSpread(tx, around.spread);
  const placings: Placing[] = [];
  const waves = wavesOf(around.observations, around.quarantined);
  for (const [nth, observations] of waves.entries()) {
    const isLast = nth === waves.length - 1;
    placings.push(await settle(tx, { ...around, observations, asked, storing, isLast, start }));
  }
  const spread = around.spread.map(({ key }) => key);
  const whole = together(placings);
  return { ...whole, quarantined: [...spread, ...whole.quarantined] };
}

/** What several placings changed; of an observation that was placed twice the later place counts. */
const together = (placings: readonly Placing[]): Placing => ({
  created: placings.flatMap(({ created }) => created),
  moved: placings.reduce((sum, { moved }) => sum + moved, 0),
  related: placings.reduce((sum, { related }) => sum + related, 0),
  merged: placings.flatMap(({ merged }) => merged),
  quarantined: placings.flatMap(({ quarantined }) => quarantined),
  places: new Map(placings.flatMap(({ places }) => [...places])),
});

interface Wave extends Pick<Neighbourhood, 'observations' | 'decisions' | 'quarantined'> {
  readonly asked: readonly StoredObservation[];
  readonly storing: Storing;
  /** Whether no other wave follows. */
  readonly isLast: boolean;
  readonly start: Start;
}

/** Places observations that hang together with nothing but each other. */
async function settle(
  tx: Tx,
  { observations, decisions, quarantined, asked, storing, isLast, start }: Wave,
): Promise<Placing> {
  const parts = partition(
    [...observations.values()].map(({ node }) => node),
    decisions,
    quarantined,
  );
  const records = await recordsOf(tx.db, observations);
  const assigned = assignAssets(
    parts.groups,
    new Map(
      [...observations].map(([id, { assetId }]) => [id, { assetId, recordOf: records.get(id) ?? null }] as const),
    ),
  );
  const bearers = await bearersOf(tx.db, observations);
  const zones = await zoneKinds(tx.db, observations.values());
  const { assetOf, made } = assetsOf(tx, assigned, { observations, bearers, zones });
  await start(insertAssets(tx, made, { via: 'observed' }));
  const paths = await pathsOf(tx.db, assetOf, made);
  const { places, links, changed } = placesOf(observations, { links: parts.links, assetOf, paths });
  const left = new Map<string, StoredObservation[]>();
  for (const { before, place } of changed) {
    if (before.assetId === null || before.assetId === place.assetId) continue;
    left.set(before.assetId, [...(left.get(before.assetId) ?? []), before]);
  }
  const merged = await mergeVacated(tx, left, places, async () => {
    await start(storing.observations(links));
    if (isLast) storing.ahead();
    await writeLinks(tx, changed);
  });
  await noteDuplicates(tx, parts.nearMisses, places);
  const moved = [...left.values()].reduce((sum, list) => sum + list.length, 0);
  const leaning = leaningOf(assetOf, observations, bearers);
  const related = await relateToBearers(tx, leaning);
  await renewSeen(tx, { asked, made, assetOf, observations, zones });
  const placing = { created: made.map(({ id }) => id), moved, related, merged, quarantined: [], places };
  // What was seen on these goes where they went.
  const gone = changed.filter(({ before, place }) => before.assetId !== place.assetId).map(({ before }) => before);
  const following = (await seenOn(tx.db, gone)).filter((id) => !observations.has(id));
  if (following.length === 0) return placing;
  const next = await place(tx, await observationsOf(tx.db, following), NOTHING_NEW, start);
  return together([placing, next]);
}

interface ChangedLink {
  readonly before: StoredObservation;
  readonly place: Place;
  readonly link: Link;
}

interface Found {
  readonly links: ReadonlyMap<string, Link>;
  /** By observation. */
  readonly assetOf: ReadonlyMap<string, string>;
  /** By asset. */
  readonly paths: ReadonlyMap<string, string>;
}

/** Where observations belong, and which of those that are stored belong elsewhere or for other reasons than before. */
function placesOf(observations: Observations, { links, assetOf, paths }: Found) {
  const places = new Map<string, Place>();
  const first = new Map<string, FirstLink>();
  const changed: ChangedLink[] = [];
  for (const [id, before] of observations) {
    const link = links.get(id);
    // What is new would be lost without one.
    if (link === undefined && !before.isStored) throw new Error(`observation ${id} has no place`);
    if (link === undefined) continue;
    const assetId = assetOf.get(id) ?? null;
    const state: LinkState = assetId === null ? 'unresolved' : link.presumed ? 'presumed' : 'linked';
    const unitPath = (assetId === null ? undefined : paths.get(assetId)) ?? before.reportedPath;
    const place = { assetId, state, rule: assetId === null ? '' : link.rule, unitPath };
    const keys = assetId === null ? [] : link.keys;
    places.set(id, place);
    if (!before.isStored) {
      first.set(id, { ...place, keys });
      continue;
    }
    const same =
      before.assetId === assetId &&
      before.linkState === state &&
      before.linkRule === place.rule &&
      before.unitPath === unitPath &&
      before.linkKeys === keys.join('\n');
    if (!same) changed.push({ before, place, link });
  }
  return { places, links: first, changed };
}

/** The assets whose records in the ledger some observations are; of merged ones those that stayed. */
async function recordsOf(
  db: Db,
  observations: ReadonlyMap<string, StoredObservation>,
): Promise<ReadonlyMap<string, string>> {
  const records = [...observations.values()].filter(({ node }) => node.source === LEDGER_SOURCE);
  if (records.length === 0) return new Map();
  const ids = records.map(({ node }) => node.nativeKey);
  const { rows } = await sql<{ start: string; id: string }>`
    WITH RECURSIVE way AS (
      SELECT id AS start, id, merged_into FROM asset WHERE id = ANY(${ids}::uuid[])
      UNION ALL SELECT way.start, a.id, a.merged_into FROM way JOIN asset a ON a.id = way.merged_into
    ) SELECT start, id FROM way WHERE merged_into IS NULL`.execute(db);
  const staying = new Map(rows.map(({ start, id }) => [start, id]));
  return new Map(
    records.flatMap(({ node }) => {
      const asset = staying.get(node.nativeKey);
      return asset === undefined ? [] : [[node.id, asset] as const];
    }),
  );
}

/** The deepest path that its observations speak of: a region's scan of a unit's segment finds the unit's asset. */
function pathOf(observations: readonly StoredObservation[]): string {
  const paths = observations.flatMap(({ reportedPath, node }) => [
    reportedPath,
    ...node.keys.flatMap(({ kind, space }) => (kind === 'name' || kind === 'mac' ? [space] : [])),
  ]);
  return paths.sort((left, right) => right.length - left.length || (left < right ? -1 : 1))[0] ?? '/';
}

interface Around {
  readonly observations: ReadonlyMap<string, StoredObservation>;
  readonly bearers: ReadonlyMap<string, Bearer>;
  readonly zones: ZoneKinds;
}

/** The asset of each observation, and those that have to be made. */
function assetsOf(
  tx: Tx,
  assigned: readonly Assigned[],
  { observations, bearers, zones }: Around,
): { assetOf: ReadonlyMap<string, string>; made: readonly NewAsset[] } {
  const assetOf = new Map<string, string>();
  const made: NewAsset[] = [];
  for (const { group, asset } of assigned) {
    if (asset === null) continue;
    let id = asset;
    if (asset === 'new') {
      const members = group.nodes.flatMap((node) => observations.get(node) ?? []);
      // Events name much that is nobody's asset: what they alone know of stays an observation, for people to look at.
      if (members.every(({ node }) => node.source === TELEMETRY_SOURCE)) continue;
      // A port of a machine that is no asset stays an observation, too: an address alone makes none.
      const bearer = latestOf(members.flatMap(({ node }) => bearers.get(node.id) ?? []));
      if (bearer === undefined && members.some(({ node }) => leans(node.class))) continue;
      id = tx.ids.next();
      const facts = factsOfObservations(members, zones);
      const times = members.flatMap(({ node }) => [node.firstMs, node.lastMs]);
      const seen = { firstMs: Math.min(...times), lastMs: Math.max(...times) };
      const unitPath = bearer?.unitPath ?? pathOf(members);
      made.push({ id, unitPath, facts, holders: NOBODY, source: 'discovered', seen });
    }
    for (const node of group.nodes) assetOf.set(node, id);
  }
  return { assetOf, made };
}

async function pathsOf(
  db: Db,
  assetOf: ReadonlyMap<string, string>,
  made: readonly NewAsset[],
): Promise<ReadonlyMap<string, string>> {
  const paths = new Map(made.map(({ id, unitPath }) => [id, unitPath]));
  const stored = [...new Set(assetOf.values())].filter((id) => !paths.has(id));
  if (stored.length === 0) return paths;
  const { rows } = await sql<{ id: string; unit_path: string }>`
    SELECT id, unit_path FROM asset WHERE id = ANY(${stored}::uuid[])`.execute(db);
  for (const { id, unit_path } of rows) paths.set(id, unit_path);
  return paths;
}

async function writeLinks(tx: Tx, changed: readonly ChangedLink[]): Promise<void> {
  if (changed.length === 0) return;
  const now = tx.clock.now().toISOString();
  const ended = changed.filter(({ before, place }) => before.assetId !== null && before.assetId !== place.assetId);
  await endLinks(
    tx,
    ended.map(({ before }) => before),
    'rules',
  );
  await sql`
    UPDATE asset_observation o SET asset_id = q.asset_id, link_state = q.state, link_rule = q.rule, link_keys = q.keys,
      unit_path = q.unit_path,
      linked_at = CASE WHEN q.asset_id IS NULL THEN NULL WHEN o.asset_id = q.asset_id THEN o.linked_at
        ELSE ${now}::timestamptz END
    FROM unnest(${changed.map(({ before }) => before.node.id)}::uuid[],
      ${changed.map(({ place }) => place.assetId)}::uuid[], ${changed.map(({ place }) => place.state)}::text[],
      ${changed.map(({ place }) => place.rule)}::text[],
      ${changed.map(({ place, link }) => (place.assetId === null ? '' : link.keys.join('\n')))}::text[],
      ${changed.map(({ place }) => place.unitPath)}::text[]) AS q (id, asset_id, state, rule, keys, unit_path)
    WHERE o.id = q.id`.execute(tx.db);
}

/** Keeps links that end now, with what they rested on. */
export async function endLinks(
  tx: Tx,
  before: readonly StoredObservation[],
  endedBy: 'rules' | 'person' | 'undo',
): Promise<void> {
  const rows = before.flatMap((one) =>
    one.assetId === null
      ? []
      : {
          id: tx.ids.next(),
          observation_id: one.node.id,
          unit_path: one.unitPath,
          asset_id: one.assetId,
          rule: one.linkRule,
          keys: one.linkKeys,
          presumed: one.linkState === 'presumed',
          from_at: one.linkedAt ?? new Date(one.node.firstMs),
          until_at: tx.clock.now(),
          ended_by: endedBy,
        },
  );
  if (rows.length > 0) await tx.db.insertInto('asset_observation_link').values(rows).execute();
}

async function noteSpread(tx: Tx, spread: readonly Spread[]): Promise<void> {
  if (spread.length === 0) return;
  await tx.db
    .insertInto('asset_key_quarantine')
    .values(spread.map(({ key, holders }) => ({ key, holders, found_at: tx.clock.now(), released_at: null })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Pairs for people to decide; a pair that became one asset, or was settled, is not asked about again. */
async function noteDuplicates(
  tx: Tx,
  nearMisses: readonly NearMiss[],
  places: ReadonlyMap<string, Place>,
): Promise<void> {
  const pairs = new Map<string, { left: string; right: string; miss: NearMiss; unitPath: string }>();
  for (const miss of nearMisses) {
    const ends = [miss.left, miss.right].map((observation) => ({ observation, place: places.get(observation) }));
    const [left, right] = ends.sort((one, other) =>
      (one.place?.assetId ?? '') < (other.place?.assetId ?? '') ? -1 : 1,
    );
    const [leftId, rightId] = [left?.place?.assetId, right?.place?.assetId];
    if (!left?.place || !right || !leftId || !rightId || leftId === rightId) continue;
    const { unitPath } = left.place;
    const ordered = { ...miss, left: left.observation, right: right.observation };
    pairs.set(`${leftId} ${rightId}`, { left: leftId, right: rightId, miss: ordered, unitPath });
  }
  if (pairs.size === 0) return;
  await tx.db
    .insertInto('asset_duplicate')
    .values(
      [...pairs.values()].map(({ left, right, miss, unitPath }) => ({
        left_id: left,
        right_id: right,
        unit_path: unitPath,
        left_observation: miss.left,
        right_observation: miss.right,
        keys: miss.keys.join('\n'),
        vetoes: miss.vetoes.join('\n'),
        found_at: tx.clock.now(),
        settled_at: null,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
