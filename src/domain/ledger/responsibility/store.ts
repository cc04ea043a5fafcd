import { type RawBuilder, type Selectable, sql } from 'kysely';
import { chunks } from '#platform/chunks.ts';
import type { Tx } from '#platform/context.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import type { AssetFacts } from '../asset.ts';

/** 主管, 运行, 使用. */
export const DUTY_ROLES = ['supervised', 'operated', 'used'] as const;
export type DutyRole = (typeof DUTY_ROLES)[number];

/** 推定, 待认领, 已确认, 有异议, 过期. */
export const DUTY_STATES = ['presumed', 'to_claim', 'confirmed', 'disputed', 'expired'] as const;
export type DutyState = (typeof DUTY_STATES)[number];

/** What is known of an asset's responsibility in one word: the most troublesome of its roles. */
export type DutySummary = DutyState | 'none' | 'inherited';

const WORST_FIRST: readonly DutyState[] = ['disputed', 'expired', 'to_claim', 'presumed', 'confirmed'];

/** The most troublesome of these. */
export const summaryOf = (states: readonly DutyState[]): DutySummary =>
  WORST_FIRST.find((state) => states.includes(state)) ?? 'none';

interface HolderIds {
  readonly supervisedBy: string | null;
  readonly operatedBy: string | null;
  readonly usedBy: string | null;
}

type Triple = Pick<AssetFacts, 'supervisedBy' | 'operatedBy' | 'usedBy' | 'responsiblePerson' | 'state'>;

/** The roles, and the facts of an asset that name their units. */
export const HOLDERS = [
  ['supervised', 'supervisedBy'],
  ['operated', 'operatedBy'],
  ['used', 'usedBy'],
] as const;

/** What the asset's own unit declares is confirmed, what others say of it is presumed. */
const declaredState = ({ state }: Triple): DutyState => (state === 'confirmed' ? 'confirmed' : 'presumed');

/** The summary of an asset that is new. */
export const summaryOfNew = (facts: Triple): DutySummary =>
  HOLDERS.some(([, field]) => facts[field] !== '') ? declaredState(facts) : 'none';

const SHANGHAI_MS = 8 * 3_600_000;
const DAY_CHARS = 10;

/** The day in Asia/Shanghai: `2026-03-01`. */
export const dayOfMoment = (at: Date): string => new Date(at.getTime() + SHANGHAI_MS).toISOString().slice(0, DAY_CHARS);

interface Held {
  readonly id: string;
  readonly unitPath: string;
  readonly facts: Triple;
  readonly holders: HolderIds;
}

/** An asset whose facts changed. */
interface Changed extends Held {
  /** Who was responsible for it as a whole before. */
  readonly formerPerson: string;
}

const rowsOf = (tx: Tx, { id, unitPath, facts, holders }: Held) =>
  HOLDERS.filter(([, field]) => facts[field] !== '').map(([role, field]) => ({
    id: tx.ids.next(),
    asset_id: id,
    unit_path: unitPath,
    role,
    holder_id: holders[field],
    holder_name: facts[field],
    person: facts.responsiblePerson,
    state: declaredState(facts),
  }));

const ROWS_PER_STATEMENT = 3000;

async function insertRows(tx: Tx, rows: readonly ReturnType<typeof rowsOf>[number][]): Promise<void> {
  const now = tx.clock.now();
  for (const part of chunks(rows, ROWS_PER_STATEMENT)) {
    const chunk = JSON.stringify(part);
    await sql`INSERT INTO asset_duty
        (id, asset_id, unit_path, role, holder_id, holder_name, person, state, from_on, created_at)
      SELECT r.id, r.asset_id, r.unit_path, r.role, r.holder_id, r.holder_name, r.person, r.state,
        ${dayOfMoment(now)}, ${now}
      FROM jsonb_to_recordset(${chunk}::text::jsonb) AS r(id uuid, asset_id uuid, unit_path text, role text,
        holder_id uuid, holder_name text, person text, state text)`.execute(tx.db);
  }
}

/** Writes the responsibilities of assets that are new. */
export const addDuties = (tx: Tx, assets: readonly Held[]): Promise<void> =>
  insertRows(
    tx,
    assets.flatMap((asset) => rowsOf(tx, asset)),
  );

/**
 * Brings the responsibilities of assets in line with their facts: a role whose unit changed ends, and the new one begins.
 * Where another person takes over from the one responsible as a whole, only that changes, in the roles that he had: period,
 * basis and what was decided stay, and so do the roles of others.
 */
export async function alignDuties(tx: Tx, assets: readonly Changed[]): Promise<void> {
  const now = tx.clock.now();
  const ids = assets.map(({ id }) => id);
  const { rows } = await sql<
    Pick<Selectable<Database['asset_duty']>, 'id' | 'asset_id' | 'role' | 'holder_name' | 'person'>
  >`
    SELECT id, asset_id, role, holder_name, person FROM asset_duty
    WHERE asset_id = ANY(${ids}::uuid[]) AND ended_at IS NULL`.execute(tx.db);
  const current = Map.groupBy(rows, (row) => row.asset_id);
  const gone: string[] = [];
  const passed: { id: string; person: string }[] = [];
  const begun: ReturnType<typeof rowsOf> = [];
  for (const asset of assets) {
    const wanted = rowsOf(tx, asset);
    const kept = new Set<string>();
    const person = asset.facts.responsiblePerson;
    for (const row of current.get(asset.id) ?? []) {
      if (wanted.some(({ role, holder_name }) => role === row.role && holder_name === row.holder_name)) {
        kept.add(row.role);
        if (row.person === asset.formerPerson && row.person !== person) passed.push({ id: row.id, person });
      } else gone.push(row.id);
    }
    begun.push(...wanted.filter(({ role }) => !kept.has(role)));
  }
  if (gone.length > 0) {
    await sql`UPDATE asset_duty SET ended_at = ${now}, until_on = ${dayOfMoment(now)} WHERE id = ANY(${gone}::uuid[])`.execute(
      tx.db,
    );
  }
  if (passed.length > 0) {
    await sql`UPDATE asset_duty d SET person = q.person
      FROM unnest(${passed.map(({ id }) => id)}::uuid[], ${passed.map(({ person }) => person)}::text[]) AS q (id, person)
      WHERE d.id = q.id`.execute(tx.db);
  }
  await insertRows(tx, begun);
  await refreshSummaries(tx, ids);
}

/** Computes the one word about the responsibility for assets anew. Whether one still inherits its own is told by the rules. */
async function refreshSummaries(tx: Tx, assetIds: readonly string[]): Promise<void> {
  const { rows } = await sql<{ asset_id: string; state: DutyState }>`
    SELECT asset_id, state FROM asset_duty WHERE asset_id = ANY(${assetIds}::uuid[]) AND ended_at IS NULL`.execute(
    tx.db,
  );
  const states = Map.groupBy(rows, (row) => row.asset_id);
  const duties = assetIds.map((id) => summaryOf((states.get(id) ?? []).map(({ state }) => state)));
  await sql`UPDATE asset a SET duty = q.duty FROM unnest(${[...assetIds]}::uuid[], ${duties}::text[]) AS q (id, duty)
    WHERE a.id = q.id AND a.duty <> q.duty AND NOT (q.duty = 'none' AND a.duty = 'inherited')`.execute(tx.db);
}

export const refreshSummary = (tx: Tx, assetId: string): Promise<void> => refreshSummaries(tx, [assetId]);

export interface Duty {
  readonly id: string;
  readonly role: DutyRole;
  readonly holderId: string | null;
  readonly holder: string;
  readonly person: string;
  readonly fromOn: string;
  readonly untilOn: string | null;
  readonly basis: string;
  readonly state: DutyState;
  readonly note: string;
  readonly decidedBy: string;
  readonly decidedAt: Date | null;
  readonly ended: boolean;
}

/** A row as a responsibility. */
export const dutyOf = (row: Selectable<Database['asset_duty']>): Duty => ({
  id: row.id,
  role: row.role,
  holderId: row.holder_id,
  holder: row.holder_name,
  person: row.person,
  fromOn: row.from_on,
  untilOn: row.until_on,
  basis: row.basis,
  state: row.state,
  note: row.note,
  decidedBy: row.decided_by_name,
  decidedAt: row.decided_at,
  ended: row.ended_at !== null,
});

/**
 * Whether a responsibility passes on to what takes it from its asset: what is disputed, or whose period is over, does not,
 * also before a rule has marked it as expired.
 */
export const PASSES_ON = sql<boolean>`ended_at IS NULL AND state NOT IN ('disputed', 'expired')
  AND coalesce(until_on >= to_char(tongan_now() AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD'), true)`;

/** The same at a moment. @param day of it, in Asia/Shanghai */
export const passesOn = (
  { state, untilOn }: Pick<Duty, 'untilOn'> & { readonly state: DutyState | null },
  day: string,
): boolean => state !== 'disputed' && state !== 'expired' && (untilOn === null || untilOn >= day);

/** Responsibilities of assets that pass on, by asset. */
export const dutiesToPass = (db: Db, assetIds: readonly string[]): Promise<Map<string, Duty[]>> =>
  selectDuties(db, assetIds, PASSES_ON);

/** Responsibilities of assets, those that hold now first, by asset. */
export const dutiesOf = (db: Db, assetIds: readonly string[], past: boolean): Promise<Map<string, Duty[]>> =>
  selectDuties(db, assetIds, past ? sql`true` : sql`ended_at IS NULL`);

async function selectDuties(
  db: Db,
  assetIds: readonly string[],
  condition: RawBuilder<boolean>,
): Promise<Map<string, Duty[]>> {
  const query = db
    .selectFrom('asset_duty')
    .selectAll()
    .where(sql<boolean>`asset_id = ANY(${[...new Set(assetIds)]}::uuid[])`)
    .where(condition);
  const rows = await query.orderBy(sql`ended_at DESC NULLS FIRST`).orderBy('created_at').execute();
  const found = new Map<string, Duty[]>();
  for (const row of rows) {
    found.set(row.asset_id, [...(found.get(row.asset_id) ?? []), dutyOf(row)]);
  }
  return found;
}
