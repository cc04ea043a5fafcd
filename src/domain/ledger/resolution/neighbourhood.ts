import { sql } from 'kysely';
import type { Decisions } from '#engine/identity/node.ts';
import { type Spread, spreadingKeys } from '#engine/identity/spread.ts';
import type { Db } from '#platform/postgres/database.ts';
import { identityLists } from '../observations/key-lists.ts';
import { searchedTexts } from '../observations/prepare.ts';
import { HOLDERS_MAX, holdersOfKeys, observationsOf, type StoredObservation } from '../observations/store.ts';

/** Everything that decides about some observations: all that hang together with them by keys or decisions. */
export interface Neighbourhood {
  readonly observations: ReadonlyMap<string, StoredObservation>;
  readonly decisions: Decisions;
  readonly quarantined: ReadonlySet<string>;
  /** Keys that were found to spread just now. */
  readonly spread: readonly Spread[];
}

/** Keys that count for nothing, and those that somebody lets count whoever has them. */
export interface Quarantine {
  readonly held: ReadonlySet<string>;
  readonly released: ReadonlySet<string>;
}

/** More observations than this do not hang together: somebody's key leads everywhere, and reading on would not end. */
const OBSERVATIONS_MAX = 100_000;

export async function quarantinedKeys(db: Db): Promise<Quarantine> {
  const rows = await db.selectFrom('asset_key_quarantine').select(['key', 'released_at']).execute();
  return {
    held: new Set(rows.filter(({ released_at }) => released_at === null).map(({ key }) => key)),
    released: new Set(rows.filter(({ released_at }) => released_at !== null).map(({ key }) => key)),
  };
}

interface DecisionRow {
  left_id: string;
  right_id: string;
  verdict: 'same' | 'different';
}

async function decisionsAbout(db: Db, ids: readonly string[]): Promise<DecisionRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<DecisionRow>`
    SELECT left_id, right_id, verdict FROM asset_identity_decision
    WHERE withdrawn_at IS NULL AND (left_id = ANY(${ids}::uuid[]) OR right_id = ANY(${ids}::uuid[]))
    ORDER BY decided_at, id`.execute(db);
  return rows;
}

/**
 * Reads what hangs together with some observations, round by round, until a round brings nothing new.
 *
 * @param start those whose place is asked for, as they are stored now
 * @param unheld keys that no stored observation has; `all` when nothing that is stored hangs together with `start`
 */
export async function neighbourhoodOf(
  db: Db,
  start: readonly StoredObservation[],
  { held, released }: Quarantine,
  unheld: ReadonlySet<string> | 'all',
): Promise<Neighbourhood> {
  const observations = new Map(start.map((one) => [one.node.id, one]));
  const crowded = new Set<string>();
  const asked = new Set<string>();
  const decided = new Map<string, DecisionRow>();
  let edge: readonly StoredObservation[] = unheld === 'all' ? [] : start;
  while (unheld !== 'all' && edge.length > 0 && observations.size < OBSERVATIONS_MAX) {
    const keys = [...new Set(edge.flatMap(({ node }) => searchedTexts(node.keys)))].filter(
      (key) => !asked.has(key) && !held.has(key) && !unheld.has(key),
    );
    for (const key of keys) asked.add(key);
    const known = new Set(observations.keys());
    const holders = await holdersOfKeys(db, keys, known);
    for (const key of holders.crowded) if (!released.has(key)) crowded.add(key);
    // About what is new nobody has decided yet.
    const decisions = await decisionsAbout(
      db,
      edge.flatMap(({ node, isStored }) => (isStored ? node.id : [])),
    );
    for (const row of decisions) decided.set(`${row.left_id} ${row.right_id}`, row);
    const partners = [...new Set(decisions.flatMap(({ left_id, right_id }) => [left_id, right_id]))].filter(
      (id) => !known.has(id),
    );
    const found = [...holders.found, ...(partners.length === 0 ? [] : await observationsOf(db, partners))];
    const fresh = found.filter(({ node }) => !observations.has(node.id));
    for (const one of fresh) observations.set(one.node.id, one);
    edge = [...new Map(fresh.map((one) => [one.node.id, one])).values()];
  }
  const spread = spreadOf(observations, crowded, (key) => !held.has(key) && !released.has(key));
  const pairs = (verdict: DecisionRow['verdict']) =>
    [...decided.values()]
      .filter((row) => row.verdict === verdict)
      .map(({ left_id, right_id }): readonly [string, string] => [left_id, right_id]);
  return {
    observations,
    decisions: { same: pairs('same'), different: pairs('different') },
    quarantined: new Set([...held, ...spread.map(({ key }) => key)]),
    spread,
  };
}

function spreadOf(
  observations: ReadonlyMap<string, StoredObservation>,
  crowded: ReadonlySet<string>,
  counts: (key: string) => boolean,
): Spread[] {
  const nodes = [...observations.values()].map(({ node }) => node);
  const spread = spreadingKeys(nodes, identityLists().limits).filter(({ key }) => counts(key));
  const known = new Set(spread.map(({ key }) => key));
  const more = [...crowded].filter((key) => counts(key) && !known.has(key));
  return [...spread, ...more.map((key) => ({ key, holders: HOLDERS_MAX + 1 }))];
}
