import { type RawBuilder, sql } from 'kysely';
import { notFound } from '#platform/errors.ts';
import { earlier, type Moment, type MomentPage, moment, newestFirst, plain } from '#platform/moment.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { FieldChange } from '../asset.ts';
import { findAsset } from '../store.ts';

/** What the ledger knows of the life of an asset, each kind by itself, the newest first. */
type Life = (db: Db, assetId: string, page: MomentPage) => Promise<Moment[]>;

/** Objects that changes came with, by how they came about. */
const REFERENCES: Readonly<Record<string, string>> = { imported: 'asset_import', campaign: 'asset_campaign' };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The imports and campaigns among what changes came with that can be opened: those for the whole centre are the centre's. */
async function inSight(
  db: Db,
  changes: readonly { readonly via: string; readonly reference: string }[],
): Promise<ReadonlySet<string>> {
  const ids = changes.flatMap(({ via, reference }) => (via in REFERENCES && UUID.test(reference) ? reference : []));
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    SELECT id::text FROM asset_import WHERE id = ANY(${ids}::uuid[])
    UNION SELECT id::text FROM asset_campaign WHERE id = ANY(${ids}::uuid[])`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

const attributes: Life = async (db, assetId, page) => {
  const [at, key] = [sql`at`, sql`lpad(version::text, 10, '0')`];
  const rows = await db
    .selectFrom('asset_change')
    .select(['version', 'at', 'actor_name', 'via', 'reference', 'changes'])
    .where('asset_id', '=', assetId)
    .where(earlier(at, key, page))
    .orderBy(newestFirst(at, key))
    .limit(page.limit)
    .execute();
  const open = await inSight(db, rows);
  return rows.map((row) => {
    const kind = REFERENCES[row.via];
    return moment({
      at: row.at,
      key: String(row.version).padStart(10, '0'),
      what: row.version === 1 ? 'created' : row.via,
      by: row.actor_name,
      object: kind !== undefined && open.has(row.reference) ? { kind, id: row.reference } : null,
      changes: row.changes as FieldChange[],
    });
  });
};

/** Merges and splits, and that they were taken back. */
const identity: Life = async (db, assetId, page) => {
  const { rows } = await sql<{
    at: Date;
    key: string;
    what: string;
    by: string;
    other: string;
    name: string | null;
    reason: string;
  }>`
    SELECT m.at, m.key, m.what, m.by, m.other, o.name, m.reason FROM (
      SELECT made_at AS at, id::text || '0' AS key, kind AS what, made_by_name AS by, reason,
        CASE WHEN kept_id = ${assetId} THEN other_id ELSE kept_id END AS other
      FROM asset_identity_change WHERE kept_id = ${assetId} OR other_id = ${assetId}
      UNION ALL
      SELECT undone_at, id::text || '1', kind || '_undone', undone_by_name, '',
        CASE WHEN kept_id = ${assetId} THEN other_id ELSE kept_id END
      FROM asset_identity_change WHERE (kept_id = ${assetId} OR other_id = ${assetId}) AND undone_at IS NOT NULL
    ) m LEFT JOIN asset o ON o.id = m.other
    WHERE ${earlier(sql`m.at`, sql`m.key`, page)}
    ORDER BY ${newestFirst(sql`m.at`, sql`m.key`)} LIMIT ${page.limit}`.execute(db);
  return rows.map(({ at, key, what, by, other, name, reason }) =>
    // An asset out of sight is not named.
    moment({
      at,
      key,
      what,
      by,
      note: reason,
      title: plain(name ?? ''),
      object: name === null ? null : { kind: 'asset', id: other },
    }),
  );
};

/** When each source saw it first and last. */
const observations: Life = async (db, assetId, page) => {
  const { rows } = await sql<{ at: Date; key: string; what: string; source: string; native_key: string }>`
    SELECT * FROM (
      SELECT first_seen_at AS at, id::text || '0' AS key, 'first_seen' AS what, source, native_key
      FROM asset_observation WHERE asset_id = ${assetId}
      UNION ALL
      SELECT last_seen_at, id::text || '1', 'last_seen', source, native_key
      FROM asset_observation WHERE asset_id = ${assetId} AND last_seen_at > first_seen_at
    ) m
    WHERE ${earlier(sql`m.at`, sql`m.key`, page)}
    ORDER BY ${newestFirst(sql`m.at`, sql`m.key`)} LIMIT ${page.limit}`.execute(db);
  return rows.map(({ at, key, what, source, native_key }) =>
    moment({
      at,
      key,
      what,
      title: plain(native_key),
      note: source,
      object: { kind: 'asset_identity', id: assetId },
    }),
  );
};

/**
 * The responsibility that ended when another of the same unit in the same role began: only the person changed. So it was
 * written before a person was changed in place, both by one transaction, one after the other.
 */
const FORMER = sql`o.asset_id = d.asset_id AND o.role = d.role AND o.holder_name = d.holder_name AND o.id <> d.id
  AND d.created_at >= o.ended_at AND d.created_at < o.ended_at + interval '1 second'`;

/** What a responsibility `d` was right after a moment. A change is kept as what was before it. */
const rightAfter = (
  column: 'person' | 'state',
  at: RawBuilder<unknown>,
) => sql`coalesce((SELECT b.was ->> ${sql.lit(column)} FROM asset_duty_before b
  WHERE b.duty_id = d.id AND b.was IS NOT NULL AND b.at > ${at} ORDER BY b.at LIMIT 1), d.${sql.ref(column)})`;

/** Who became, was confirmed as, disputed being, or ceased to be responsible, and where another person took over. */
const duties: Life = async (db, assetId, page) => {
  const { rows } = await sql<{
    at: Date;
    key: string;
    what: string;
    by: string;
    role: string;
    holder: string;
    person: string;
    former: string | null;
  }>`
    SELECT * FROM (
      SELECT d.created_at AS at, d.id::text || '0' AS key, CASE WHEN o.id IS NULL THEN 'begun' ELSE 'passed' END AS what,
        '' AS by, d.role, d.holder_name AS holder, ${rightAfter('person', sql`d.created_at`)} AS person, o.person AS former
      FROM asset_duty d LEFT JOIN asset_duty o ON ${FORMER} WHERE d.asset_id = ${assetId}
      UNION ALL
      SELECT w.at, d.id::text || '1', 'passed', '', d.role, d.holder_name, p.person, w.was ->> 'person'
      FROM asset_duty d JOIN asset_duty_before w ON w.duty_id = d.id
        CROSS JOIN LATERAL (SELECT ${rightAfter('person', sql`w.at`)} AS person) p
      WHERE d.asset_id = ${assetId} AND w.was ->> 'person' <> p.person
      UNION ALL
      SELECT decided_at, id::text || '2', ${rightAfter('state', sql`d.decided_at`)}, decided_by_name, role, holder_name, ${rightAfter('person', sql`d.decided_at`)}, NULL
      FROM asset_duty d WHERE asset_id = ${assetId} AND decided_at IS NOT NULL
      UNION ALL
      SELECT ended_at, id::text || '3', 'ended', '', role, holder_name, person, NULL
      FROM asset_duty o WHERE asset_id = ${assetId} AND ended_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM asset_duty d WHERE d.asset_id = ${assetId} AND ${FORMER})
    ) m
    WHERE ${earlier(sql`m.at`, sql`m.key`, page)}
    ORDER BY ${newestFirst(sql`m.at`, sql`m.key`)} LIMIT ${page.limit}`.execute(db);
  return rows.map(({ at, key, what, by, role, holder, person, former }) => {
    const note = former === null ? person : `${former || '—'} → ${person || '—'}`;
    return moment({ at, key, what, by, level: role, title: plain(holder), note });
  });
};

/** Of each kind, one page of what happened to an asset. Whose asset it is has to be known before. */
export const assetLife = {
  attribute: attributes,
  identity,
  observation: observations,
  duty: duties,
} as const;

const MEMBERS_MAX = 500;

/** An asset with the ids it goes by. */
export interface AssetBody {
  readonly unitPath: string;
  /** Names of the units of the triple. */
  readonly holders: readonly string[];
  /** The asset, and those that were merged into it. */
  readonly own: readonly string[];
  /** The same, and of an information system what runs, offers, holds or makes it up: at most 500. */
  readonly whole: readonly string[];
}

/** What belongs to an asset. @throws AppError `not_found` also when it is out of sight */
export async function bodyOf(db: Db, assetId: string): Promise<AssetBody> {
  const asset = await findAsset(db, assetId);
  if (asset === undefined) throw notFound('The asset');
  const merged = await sql<{ id: string }>`
    WITH RECURSIVE same (id) AS (
      SELECT ${assetId}::uuid UNION SELECT a.id FROM asset a JOIN same s ON a.merged_into = s.id)
    SELECT id FROM same LIMIT ${MEMBERS_MAX}`.execute(db);
  const own = merged.rows.map(({ id }) => id);
  const { supervisedBy, operatedBy, usedBy } = asset.facts;
  const holders = [supervisedBy, operatedBy, usedBy].filter((name) => name !== '');
  const body = { unitPath: asset.unitPath, holders, own };
  if (asset.facts.class !== 'system') return { ...body, whole: own };
  const members = await sql<{ id: string }>`
    SELECT to_id AS id FROM asset_relation
    WHERE from_id = ${assetId} AND ended_at IS NULL AND kind IN ('runs_on', 'offers', 'stores')
    UNION SELECT from_id FROM asset_relation WHERE to_id = ${assetId} AND ended_at IS NULL AND kind = 'part_of'
    LIMIT ${MEMBERS_MAX}`.execute(db);
  return { ...body, whole: [...new Set([...own, ...members.rows.map(({ id }) => id)])] };
}
