import { writeXlsx } from 'hucre';
import { assetFacets } from '#domain/ledger/facets.ts';
import { changesOf } from '#domain/ledger/history/store.ts';
import { applyImport, runImport, uploadSheet } from '#domain/ledger/import/actions.ts';
import { AssetQuery, listAssets } from '#domain/ledger/list.ts';
import { graphAround } from '#domain/ledger/model/relation-actions.ts';
import { listObservations, ObservationQuery } from '#domain/ledger/resolution/views.ts';
import { effectiveDuties } from '#domain/ledger/responsibility/inherit.ts';
import { findAsset } from '#domain/ledger/store.ts';
import type { Ctx } from '#platform/context.ts';
import type { TestPlatform } from '../../test/support/stores.ts';

/** How quick the console's questions are over a large ledger, and an import of a long sheet. */

const UNITS = 2000;
/** Of each asset: by five kinds of sources. */
const OBSERVATIONS = 5;

/**
 * Units, assets of every class and state and what was observed of them, in SQL and without indexes until the end: the bench
 * measures reading a large ledger and adding to it.
 */
export async function fillLedger(platform: TestPlatform, assets: number): Promise<void> {
  await platform.asOwner(`
    SET maintenance_work_mem = '1GB';
    DO $$ DECLARE one record; BEGIN
      CREATE TEMP TABLE bench_index AS SELECT indexname, indexdef FROM pg_indexes i
        WHERE tablename IN ('asset', 'asset_key', 'asset_observation')
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname);
      FOR one IN SELECT * FROM bench_index LOOP EXECUTE format('DROP INDEX %I', one.indexname); END LOOP;
    END $$;
    ALTER TABLE asset_observation_key DROP CONSTRAINT asset_observation_key_pkey;
    DROP INDEX asset_observation_key_observation;
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
      SELECT hashtextextended(o.id::text, n), o.id FROM asset_observation o CROSS JOIN generate_series(1, 2) n;
    DO $$ DECLARE one record; BEGIN
      FOR one IN SELECT * FROM bench_index LOOP EXECUTE one.indexdef; END LOOP;
    END $$;
    ALTER TABLE asset_observation_key ADD CONSTRAINT asset_observation_key_pkey PRIMARY KEY (key, observation_id);
    CREATE INDEX asset_observation_key_observation ON asset_observation_key (observation_id);
    ANALYZE;`);
}

const p95 = (times: readonly number[]): number =>
  Math.round([...times].sort((left, right) => left - right)[Math.floor(times.length * 0.95)] ?? 0);

async function timed(times: number[], work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  times.push(performance.now() - start);
}

/** What people ask of a list, as the console sends it. */
const LISTS = [
  {},
  { class: 'host' },
  { state: 'to_claim' },
  { class: 'system', protectionLevel: 3 },
  { duty: 'none', class: 'data' },
  { unit: '/450000/450300/' },
  { unit: '/450000/450300/', class: 'api', state: 'changed' },
  { text: '社保查询系统' },
  { text: 'sbcxxt' },
  { text: '10.0.12.' },
  { text: 'C-4242' },
  { sort: 'name', order: 'asc' },
  { page: 100 },
  { gap: 'assessment_overdue' },
] as const;

const ROUNDS = 6;
const PAGES = 60;

/** What people look for among observations. */
const OBSERVED = [
  {},
  { text: 'stock-c-4242' },
  { text: 'STOCKC-77' },
  { source: 'nessus' },
  { state: 'unresolved' },
  { state: 'linked', source: 'cmdb', text: 'stock/C-99' },
  { page: 50 },
] as const;

interface Figures {
  readonly observationListP95Ms: number;
  readonly listP95Ms: number;
  readonly facetsP95Ms: number;
  readonly assetPageP95Ms: number;
}

async function ask(people: readonly Ctx[]): Promise<Figures> {
  const [lists, facets, pages, observed]: [number[], number[], number[], number[]] = [[], [], [], []];
  const ids = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const person of people) {
      const asked = { path: person.scope.path, now: person.clock.now() };
      for (const list of LISTS) {
        const query = AssetQuery.parse(list);
        await timed(lists, async () => {
          const { items } = await person.read((db) => listAssets(db, query, asked));
          for (const { id } of items.slice(0, 3)) ids.add(id);
        });
        await timed(facets, () => person.read((db) => assetFacets(db, query, asked)));
      }
      for (const list of OBSERVED) {
        const query = ObservationQuery.parse(list);
        await timed(observed, () => person.read((db) => listObservations(db, query, person.scope.path)));
      }
    }
  }
  const [first] = people;
  for (const id of [...ids].slice(0, PAGES)) {
    await timed(pages, async () => {
      await first?.read((db) => findAsset(db, id));
      await first?.read((db) => effectiveDuties(db, id));
      await first?.read((db) => graphAround(db, id));
      await first?.read((db) => changesOf(db, id));
    });
  }
  return {
    observationListP95Ms: p95(observed),
    listP95Ms: p95(lists),
    facetsP95Ms: p95(facets),
    assetPageP95Ms: p95(pages),
  };
}

async function importSheet(
  officer: Ctx,
  system: Ctx,
  rows: number,
): Promise<{ previewSeconds: number; importSeconds: number }> {
  const sheet = await writeXlsx({
    sheets: [
      {
        name: '资产',
        rows: [
          ['资产名称', '资产类型', '资产编号', 'IP地址', '责任人', '操作系统', '使用单位'],
          ...Array.from({ length: rows }, (_, at) => [
            `导入主机 ${at}`,
            '主机',
            `IMP-${at}`,
            `172.${16 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`,
            `责任人${at % 500}`,
            '银河麒麟 V10',
            '第一单位',
          ]),
        ],
      },
    ],
  });
  const seconds = (from: number): number => Math.round((performance.now() - from) / 100) / 10;
  const start = performance.now();
  const { id } = await uploadSheet(officer, '台账.xlsx', sheet);
  const previewSeconds = seconds(start);
  await applyImport(officer, { id });
  await runImport(system, id);
  return { previewSeconds, importSeconds: seconds(start) };
}

/** Measures list, facets, asset page, list of observations (p95) and the import of a sheet. */
export async function measureConsole(platform: TestPlatform, assets: number, rows: number) {
  const people = [
    platform.as({ roles: ['dispatcher'], path: '/450000/' }),
    platform.as({ roles: ['dispatcher'], path: '/450000/450200/' }),
    platform.as({ roles: ['unit_officer'], path: '/450000/450200/unit-15/' }),
  ];
  const figures = await ask(people);
  const officer = platform.as({ roles: ['unit_officer'], path: '/450000/450200/unit-1/' });
  const imported = await importSheet(officer, platform.system, rows);
  return {
    assets,
    ...figures,
    importRows: rows,
    ...imported,
    peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}
