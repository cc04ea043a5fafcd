import { sql } from 'kysely';
import type { TestPlatform } from '../../test/support/stores.ts';

const UNITS = 2000;
/** Of each asset: by five kinds of sources. */
const OBSERVATIONS = 5;
/** Indexes that are made at the same time. */
const MAKERS = 2;

/**
 * Units, assets of every class and state and what was observed of them, in SQL and without indexes until the end: the bench
 * measures reading a large ledger and adding to it.
 */
export async function fillLedger(platform: TestPlatform, assets: number): Promise<void> {
  const { postgres } = platform.platform;
  const indexes = await postgres.asOwner(async (db) => {
    const { rows } = await sql<{ name: string; definition: string }>`
      SELECT indexname AS name, indexdef AS definition FROM pg_indexes i
      WHERE tablename IN ('asset', 'asset_key', 'asset_observation', 'asset_address_holder', 'asset_change')
        AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)
      ORDER BY indexname = 'asset_observation_parts' DESC, tablename = 'asset_observation' DESC, indexname`.execute(db);
    return rows;
  });
  await platform.asOwner(`${indexes.map(({ name }) => `DROP INDEX ${name};`).join('\n')}
    ALTER TABLE asset_observation_key DROP CONSTRAINT asset_observation_key_pkey;
    INSERT INTO division (code, name, level, parent_code, path, standard_version) VALUES
      ('450000', '广西壮族自治区', 'region', NULL, '/450000/', 'bench') ON CONFLICT DO NOTHING;
    INSERT INTO division (code, name, level, parent_code, path, standard_version)
      SELECT (450000 + c * 100)::text, '第' || c || '市', 'city', '450000', '/450000/' || (450000 + c * 100) || '/', 'bench'
      FROM generate_series(1, 14) c ON CONFLICT DO NOTHING;
    INSERT INTO unit (id, code, name, short_name, kind, sector, division_code, unit_path, created_at, changed_at)
      SELECT gen_random_uuid(), 'unit-' || u, '第' || u || '单位', '单位' || u, 'member', 'government',
        (450000 + (1 + u % 14) * 100)::text, '/450000/' || (450000 + (1 + u % 14) * 100) || '/unit-' || u || '/', now(), now()
      FROM generate_series(0, ${UNITS - 1}) u;
    CREATE TEMP TABLE word AS SELECT n, t, (SELECT array_agg(DISTINCT p) FROM (
        SELECT substr(t, i, 2) AS p FROM generate_series(1, length(t) - 1) i
        UNION SELECT substr(l, i, 2) FROM generate_series(1, length(l) - 1) i) q) AS terms, l
      FROM (SELECT row_number() OVER () - 1 AS n, a || b || c AS t, al || bl || cl AS l FROM
        (VALUES ('社保', 'sb'), ('医保', 'yb'), ('学籍', 'xj'), ('公积金', 'gjj'), ('水利', 'sl'), ('交通', 'jt')) a(a, al),
        (VALUES ('业务', 'yw'), ('查询', 'cx'), ('监测', 'jc'), ('审批', 'sp'), ('门户', 'mh')) b(b, bl),
        (VALUES ('系统', 'xt'), ('主机', 'zj'), ('数据库', 'sjk'), ('接口', 'jk'), ('终端', 'zd')) c(c, cl)) w;
    INSERT INTO asset (id, unit_path, class, kind, name, code, state, importance, protection_level, filing_number,
        critical_infrastructure, supervised_by_name, responsible_person, attributes, due_on, initials, terms, duty, source,
        created_at, first_seen_at, last_seen_at, changed_at)
      SELECT gen_random_uuid(), '/450000/' || (450000 + (1 + (s % ${UNITS}) % 14) * 100) || '/unit-' || (s % ${UNITS}) || '/',
        (ARRAY['endpoint', 'host', 'service', 'system', 'data', 'api', 'site', 'network_device'])[1 + (s * 7 % 8)],
        (ARRAY['endpoint', 'cloud', 'application', 'application', 'data', 'application', 'application', 'network'])[1 + (s * 7 % 8)],
        w.t || s, 'C-' || s, (ARRAY['confirmed', 'confirmed', 'confirmed', 'to_claim', 'changed', 'retired'])[1 + (s % 6)],
        (ARRAY['', 'general', 'important', 'especially_important'])[1 + (s / 7 % 4)],
        CASE WHEN s % 8 = 5 THEN 1 + (s / 11 % 4) END, '', s % 997 = 0, '第一单位', '责任人' || (s % 5000), '{}',
        CASE WHEN s % 8 = 5 THEN to_char(date '2026-01-01' + (s % 700)::int, 'YYYY-MM-DD') END, w.l || s, w.terms,
        (ARRAY['confirmed', 'presumed', 'none', 'inherited'])[1 + (s % 4)], 'import', ts, ts, ts, ts
      FROM (SELECT s, timestamptz '2026-02-01' - s * interval '1 second' AS ts FROM generate_series(1, ${assets}) s) g
        JOIN word w ON w.n = g.s % 150;
    INSERT INTO asset_key (asset_id, kind, value, unit_path)
      SELECT id, 'address', host('10.0.0.0'::inet + (substr(code, 3)::bigint % 16000000)), unit_path FROM asset;
    INSERT INTO asset_change (asset_id, version, unit_path, at, actor_id, actor_name, via, changes)
      SELECT id, 1, unit_path, created_at, 'bench', 'bench', 'imported', '[]' FROM asset;
    INSERT INTO asset_address_holder (zone, address, asset_id, unit_path, first_at, last_at)
      SELECT unit_path, host('10.0.0.0'::inet + (substr(code, 3)::bigint % 16000000)), id, unit_path,
        timestamptz '2026-01-05', timestamptz '2026-01-09' FROM asset;
    INSERT INTO asset_observation (id, unit_path, reported_path, source, native_key, class, facts, raw, keys, digest,
        first_seen_at, last_seen_at, asset_id, link_state, link_rule, link_keys, linked_at)
      SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(substr(a.code, 3)::bigint * 5 + n), 12, '0'))::uuid, a.unit_path,
        a.unit_path, (ARRAY['wazuh', 'netbox', 'nessus', 'telemetry', 'cmdb'])[n + 1], 'stock/' || a.code, 'host',
        jsonb_build_object('hostNames', jsonb_build_array('stock-' || a.code), 'serial', 'STOCK' || a.code, 'vendor', 'Inspur'),
        '{}', 'serial|inspur|stock' || a.code || E'\\nname|' || a.unit_path || '|stock-' || lower(a.code), 'stock',
        timestamptz '2026-01-05', timestamptz '2026-01-09', a.id, 'linked', 'strong-key', '', timestamptz '2026-01-05'
      FROM asset a CROSS JOIN generate_series(0, ${OBSERVATIONS - 1}) n;
    INSERT INTO asset_observation_key (key, observation_id)
      SELECT hashtextextended(o.id::text, n), o.id FROM asset_observation o CROSS JOIN generate_series(1, 2) n;`);
  const waiting = [
    ...indexes.map(({ definition }) => definition),
    'ALTER TABLE asset_observation_key ADD CONSTRAINT asset_observation_key_pkey PRIMARY KEY (key, observation_id)',
  ];
  const make = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await platform.asOwner(`SET maintenance_work_mem = '512MB'; ${next};`);
  };
  await Promise.all(Array.from({ length: MAKERS }, make));
  await platform.asOwner('ANALYZE;');
}
