import { type Selectable, sql } from 'kysely';
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

const HOLDERS = [
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
 * Brings the responsibilities of one asset in line with its facts: a role whose unit or person changed ends, and the new
 * one begins.
 *
 * @returns the summary afterwards
 */
export async function alignDuties(tx: Tx, asset: Held): Promise<DutySummary> {
  const now = tx.clock.now();
  const current = await tx.db
    .selectFrom('asset_duty')
    .select(['id', 'role', 'holder_name', 'person', 'state'])
    .where('asset_id', '=', asset.id)
    .where('ended_at', 'is', null)
    .execute();
  const wanted = rowsOf(tx, asset);
  const same = (row: (typeof current)[number]) =>
    wanted.some(
      ({ role, holder_name, person }) =>
        role === row.role && holder_name === row.holder_name && (person === row.person || person === ''),
    );
  const gone = current.filter((row) => !same(row)).map(({ id }) => id);
  if (gone.length > 0) {
    await tx.db
      .updateTable('asset_duty')
      .set({ ended_at: now, until_on: dayOfMoment(now) })
      .where('id', 'in', gone)
      .execute();
  }
  const kept = current.filter(same);
  await insertRows(
    tx,
    wanted.filter(({ role }) => !kept.some((row) => row.role === role)),
  );
  return refreshSummary(tx, asset.id);
}

/** Computes the one word about an asset's responsibility anew. Whether it still inherits one is told by the rules. */
export async function refreshSummary(tx: Tx, assetId: string): Promise<DutySummary> {
  const rows = await tx.db
    .selectFrom('asset_duty')
    .select('state')
    .where('asset_id', '=', assetId)
    .where('ended_at', 'is', null)
    .execute();
  const duty = summaryOf(rows.map(({ state }) => state));
  await tx.db
    .updateTable('asset')
    .set({ duty })
    .where('id', '=', assetId)
    .where('duty', 'not in', duty === 'none' ? ['none', 'inherited'] : [duty])
    .execute();
  return duty;
}

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

/** Responsibilities of assets, those that hold now first, by asset. */
export async function dutiesOf(db: Db, assetIds: readonly string[], past: boolean): Promise<Map<string, Duty[]>> {
  let query = db
    .selectFrom('asset_duty')
    .selectAll()
    .where(sql<boolean>`asset_id = ANY(${[...new Set(assetIds)]}::uuid[])`);
  if (!past) query = query.where('ended_at', 'is', null);
  const rows = await query.orderBy(sql`ended_at DESC NULLS FIRST`).orderBy('created_at').execute();
  const found = new Map<string, Duty[]>();
  for (const row of rows) {
    found.set(row.asset_id, [...(found.get(row.asset_id) ?? []), dutyOf(row)]);
  }
  return found;
}
