import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Database, Db } from '#platform/postgres/database.ts';
import { type Duty, type DutyState, dutyOf } from './store.ts';

/** A responsibility as it was at a moment; where its state is null only role and unit are known of it, the rest is empty. */
export interface DutyAt extends Omit<Duty, 'state'> {
  readonly state: DutyState | null;
}

const UNKNOWN = {
  state: null,
  person: '',
  fromOn: '',
  untilOn: null,
  basis: '',
  note: '',
  decidedBy: '',
  decidedAt: null,
} as const;

type Row = Selectable<Database['asset_duty']>;

/** Of responsibilities `c (id)`, what they were at a moment, as `r`. Where `w` is found and has nothing, that is not known. */
const asTheyWere = (at: Date) => sql`JOIN asset_duty d ON d.id = c.id
    LEFT JOIN LATERAL (SELECT duty_id, was FROM asset_duty_before b
      WHERE b.duty_id = d.id AND b.at > ${at} ORDER BY b.at LIMIT 1) w ON true
    CROSS JOIN LATERAL jsonb_populate_record(d, coalesce(w.was, '{}')) r`;

const heldThen = (at: Date) => sql`r.created_at <= ${at} AND (r.ended_at IS NULL OR r.ended_at > ${at})`;

/** Assets of which a role named a person at a moment, by identifier, as far as that is known. */
export const assetsOfPersonAt = (person: string, at: Date): RawBuilder<unknown> => sql`
  SELECT r.asset_id
  FROM (SELECT id FROM asset_duty WHERE person = ${person}
    UNION SELECT duty_id FROM asset_duty_before WHERE at > ${at} AND was ->> 'person' = ${person}) c
    ${asTheyWere(at)}
  WHERE r.person = ${person} AND ${heldThen(at)}
    AND (w.duty_id IS NULL OR w.was IS NOT NULL)`;

/** The responsibilities that assets had at a moment, by asset. */
export async function dutiesAt(
  db: Db,
  assetIds: readonly string[],
  at: Date,
): Promise<ReadonlyMap<string, readonly DutyAt[]>> {
  const ids = [...new Set(assetIds)];
  const { rows } = await sql<Row & { known: boolean }>`
    SELECT r.*, w.duty_id IS NULL OR w.was IS NOT NULL AS known
    FROM (SELECT id FROM asset_duty WHERE asset_id = ANY(${ids}::uuid[])
      UNION SELECT duty_id FROM asset_duty_before WHERE asset_id = ANY(${ids}::uuid[]) AND at > ${at}) c
    ${asTheyWere(at)}
    WHERE r.asset_id = ANY(${ids}::uuid[]) AND ${heldThen(at)}
    ORDER BY r.created_at, r.id`.execute(db);
  const found = new Map<string, DutyAt[]>();
  for (const { known, ...row } of rows) {
    const duty = dutyOf(row);
    const then: DutyAt = {
      ...duty,
      // It ended later: on that day it went on, until the day that was set for it.
      untilOn: row.ended_at === null ? duty.untilOn : null,
      ended: false,
      ...(known ? {} : UNKNOWN),
    };
    found.set(row.asset_id, [...(found.get(row.asset_id) ?? []), then]);
  }
  return found;
}
