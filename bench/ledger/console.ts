import { writeXlsx } from 'hucre';
import { assetFacets } from '#domain/ledger/facets.ts';
import { DayQuery, ledgerOn } from '#domain/ledger/history/list.ts';
import { changesOf } from '#domain/ledger/history/store.ts';
import { applyImport, runImport, uploadSheet } from '#domain/ledger/import/actions.ts';
import { AssetQuery, listAssets } from '#domain/ledger/list.ts';
import { graphAround } from '#domain/ledger/model/graph.ts';
import { listObservations, ObservationQuery } from '#domain/ledger/resolution/observation-list.ts';
import { responsibilityOf } from '#domain/ledger/responsibility/inherit.ts';
import { findAsset } from '#domain/ledger/store.ts';
import type { Ctx } from '#platform/context.ts';
import type { TestPlatform } from '../../test/support/stores.ts';
import { percentile } from '../ingest/stopwatch.ts';

/** How quick the console's questions are over a large ledger, and an import of a long sheet. */

const p95 = (times: readonly number[]): number => Math.round(percentile(times, 0.95));

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
  { sort: 'name', order: 'desc' },
  { page: 100 },
  { gap: 'assessment_overdue' },
] as const;

const ROUNDS = 6;
const SLOWEST = 5;
const PAGES = 60;

/** What people look for among observations. */
const OBSERVED = [
  {},
  { text: 'stock-c-4242' },
  { text: 'STOCKC-77' },
  { text: 'ck-c-4242' },
  { text: '345678' },
  { text: 'stock' },
  { text: 'st' },
  { source: 'nessus' },
  { state: 'unresolved' },
  { state: 'linked', source: 'cmdb', text: 'stock/C-99' },
  { page: 50 },
] as const;

/** What people ask of the ledger of a day. */
const DAYS = [
  { day: '2026-02-02' },
  { day: '2026-01-28', class: 'host' },
  { day: '2026-01-28', text: '社保查询系统' },
  { day: '2026-01-28', unit: '/450000/450300/', state: 'confirmed' },
  { day: '2026-01-28', person: '责任人77', page: 1 },
] as const;

interface Figures {
  readonly dayP95Ms: number;
  readonly observationListP95Ms: number;
  readonly listP95Ms: number;
  readonly facetsP95Ms: number;
  readonly assetPageP95Ms: number;
}

/** How long each list took each person, to see which ones make the p95. */
type Slowest = Map<string, number[]>;

/** Prints the lists that took longest, by their median. */
function printSlowest(slowest: Slowest): void {
  const medians = Array.from(slowest, ([what, ms]) => ({ what, ms: percentile(ms, 0.5) }));
  for (const { what, ms } of medians.sort((left, right) => right.ms - left.ms).slice(0, SLOWEST)) {
    process.stdout.write(`${String(Math.round(ms)).padStart(6)} ms  ${what}\n`);
  }
}

async function ask(people: readonly Ctx[]): Promise<Figures> {
  const slowest: Slowest = new Map();
  const times = { lists: [], facets: [], pages: [], observed: [], days: [] } as Record<
    'lists' | 'facets' | 'pages' | 'observed' | 'days',
    number[]
  >;
  const { lists, facets, pages, observed, days } = times;
  const ids = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const person of people) {
      const asked = { path: person.scope.path, now: person.clock.now() };
      for (const list of LISTS) {
        const query = AssetQuery.parse(list);
        const own: number[] = [];
        await timed(own, async () => {
          const { items } = await person.read((db) => listAssets(db, query, asked));
          for (const { id } of items.slice(0, 3)) ids.add(id);
        });
        lists.push(...own);
        const what = `list ${JSON.stringify(list)} below ${asked.path}`;
        slowest.set(what, [...(slowest.get(what) ?? []), ...own]);
        await timed(facets, () => person.read((db) => assetFacets(db, query, asked)));
      }
      for (const list of DAYS) {
        const query = DayQuery.parse(list);
        await timed(days, () => person.read((db) => ledgerOn(db, query, asked)));
      }
      for (const list of OBSERVED) {
        const query = ObservationQuery.parse(list);
        await timed(observed, () => person.read((db) => listObservations(db, query, person.scope.path)));
      }
    }
  }
  printSlowest(slowest);
  const [first] = people;
  for (const id of [...ids].slice(0, PAGES)) {
    await timed(pages, async () => {
      await first?.read((db) => findAsset(db, id));
      await first?.read((db) => responsibilityOf(db, id));
      await first?.read((db) => graphAround(db, id));
      await first?.read((db) => changesOf(db, id));
    });
  }
  return {
    observationListP95Ms: p95(observed),
    listP95Ms: p95(lists),
    facetsP95Ms: p95(facets),
    assetPageP95Ms: p95(pages),
    dayP95Ms: p95(days),
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

/** Measures list, facets, asset page, list of observations, ledger of a day (p95) and the import of a sheet. */
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
