import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { appendEntries } from '#domain/journal/index.ts';
import { createAsset } from '#domain/ledger/index.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { personMoves } from '../actions.ts';
import { vulnerabilityJobs } from '../jobs.ts';
import { listIssues } from '../list.ts';
import { orderOverdue } from '../overdue.ts';
import { applyImport, runImport, uploadReport } from './actions.ts';
import { ImportOptions } from './import.ts';
import { listKept } from './kept.ts';
import { findImport } from './store.ts';
import { runUndo, undoImport } from './undo.ts';

const DAY_MS = 86_400_000;

let platform: TestPlatform;
let officer: Ctx;
let analyst: Ctx;
let asset: string;
before(async () => {
  platform = await openTestPlatform({ append: appendEntries, jobs: vulnerabilityJobs });
  const [unit] = await seedUnits(platform, [
    { code: 'nn-health', name: '南宁市卫生健康委员会', divisionCode: '450100' },
  ]);
  assert.ok(unit);
  officer = platform.as({ roles: ['unit_officer'], path: unit.path });
  analyst = platform.as({ roles: ['analyst'], path: '/450000/' });
  asset = (await createAsset(officer, { class: 'host', name: '挂号服务器', addresses: ['10.9.1.1'] })).id;
});
after(() => platform.close());

interface Item {
  readonly plugin: string;
  readonly severity?: number;
  readonly cve?: string;
}

/** A Nessus report of one host, as the scanner writes it. */
function nessus(day: string, items: readonly Item[], host = '10.9.1.1'): Uint8Array {
  const lines = items.map(
    ({ plugin, severity = 3, cve }) =>
      `<ReportItem port="443" protocol="tcp" severity="${severity}" pluginID="${plugin}" pluginName="Weakness ${plugin}" pluginFamily="General">
      ${cve === undefined ? '' : `<cve>${cve}</cve>`}<plugin_output>seen at ${day}</plugin_output></ReportItem>`,
  );
  return Buffer.from(`<?xml version="1.0"?><NessusClientData_v2><Report name="r"><ReportHost name="${host}">
    <HostProperties><tag name="host-ip">${host}</tag><tag name="HOST_END">${day}T10:00:00+08:00</tag></HostProperties>
    <ReportItem port="0" protocol="tcp" severity="0" pluginID="19506" pluginName="Nessus Scan Information" pluginFamily="Settings">
      <plugin_output>Port range : 1-65535\nCredentialed checks : yes</plugin_output></ReportItem>
    ${lines.join('')}</ReportHost></Report></NessusClientData_v2>`);
}

async function imported(bytes: Uint8Array, ctx: Ctx = officer): Promise<string> {
  const { id } = await uploadReport(ctx, 'scan.nessus', bytes, ImportOptions.parse({}));
  await applyImport(ctx, { id });
  await runImport(platform.system, id);
  return id;
}

async function takenBack(id: string) {
  await undoImport(officer, { id });
  await runUndo(platform.system, id);
  await runUndo(platform.system, id);
  const found = await officer.read((db) => findImport(db, id));
  assert.equal(found?.state, 'undone');
  const kept = await officer.read((db) => listKept(db, id, { page: 1, pageSize: 50 }));
  return { undone: found.undone_issues, kept: kept.items.map(({ issue, because }) => [issue.title, because]) };
}

/** Everything that is told of weaknesses, except what counts writings. */
const record = () =>
  platform.system.read(async (db) => {
    const rows = async (table: string, without: string) =>
      (
        await sql<{ row: unknown }>`SELECT to_jsonb(t) - ${sql.raw(`ARRAY[${without}]`)}::text[] AS row
          FROM ${sql.table(table)} t WHERE NOT starts_with(target_key, 'undone:') ORDER BY id`.execute(db)
      ).rows.map(({ row }) => row);
    const { rows: scanned } = await sql`SELECT id, last_scanned_at FROM asset ORDER BY id`.execute(db);
    return {
      issues: await rows('vulnerability_issue', `'version', 'changed_at'`),
      findings: await rows('vulnerability_finding', `'_'`),
      scanned,
    };
  });

const shown = async (ctx: Ctx = officer) =>
  (
    await ctx.read((db) =>
      listIssues(db, { page: 1, pageSize: 50, sort: 'priority', order: 'asc' }, platform.clock.now()),
    )
  ).items
    .map(({ title, state }) => [title, state])
    .sort();
const issueId = async (title: string): Promise<string> =>
  (
    await officer.read((db) =>
      db
        .selectFrom('vulnerability_issue')
        .select('id')
        .where('title', '=', title)
        .where('state', '<>', 'undone')
        .executeTakeFirstOrThrow(),
    )
  ).id;
const isReason = (reason: string) => (error: unknown) => error instanceof AppError && error.reason === reason;

test('what a report found, changed, closed and opened again is as if it had not come, and it can come again', async () => {
  await imported(
    nessus('2026-02-01', [{ plugin: '100', cve: 'CVE-2021-44228' }, { plugin: '101' }, { plugin: '102' }]),
  );
  await imported(nessus('2026-02-05', [{ plugin: '100', cve: 'CVE-2021-44228' }, { plugin: '101' }]));
  platform.clock.advanceMs(DAY_MS);
  const before = await record();
  const list = await shown();
  assert.deepEqual(list.find(([title]) => title === 'Weakness 102')?.[1], 'closed');
  const report = nessus('2026-02-20', [
    { plugin: '100', cve: 'CVE-2021-44228', severity: 4 },
    { plugin: '102' },
    { plugin: '103' },
  ]);
  const id = await imported(report);
  const after = await shown();
  assert.deepEqual(Object.fromEntries(after), {
    'Weakness 100': 'open',
    'Weakness 101': 'closed',
    'Weakness 102': 'open',
    'Weakness 103': 'open',
  });
  const whole = await record();
  platform.clock.advanceMs(DAY_MS);
  assert.deepEqual(await takenBack(id), { undone: 4, kept: [] });
  assert.deepEqual(await record(), before);
  assert.deepEqual(await shown(), list);
  await assert.rejects(undoImport(officer, { id }), isReason('vulnerability.import.undone'));

  const again = await imported(report);
  assert.deepEqual(await shown(), after);
  const counts = (await officer.read((db) => findImport(db, again)))?.counts;
  assert.deepEqual([counts?.create, counts?.reopen, counts?.close], [1, 1, 1]);
  const regressions = ({ issues }: typeof whole) =>
    (issues as { title: string; regressions: number }[]).map(({ title, regressions: n }) => [title, n]).sort();
  assert.deepEqual(regressions(await record()), regressions(whole), 'a regression is not counted twice');
  assert.deepEqual(await takenBack(again), { undone: 4, kept: [] });
  assert.deepEqual(await record(), before);
});

test('what somebody decided since stays and is named, as does what an order speaks of or another report saw', async () => {
  const first = await imported(
    nessus(
      '2026-02-21',
      ['200', '201', '202', '203'].map((plugin) => ({ plugin })),
      '10.9.1.2',
    ),
  );
  await personMoves.dismiss(analyst, { id: await issueId('Weakness 200'), reason: '版本不受影响' });
  await imported(nessus('2026-02-22', [{ plugin: '201' }, { plugin: '202' }, { plugin: '203' }], '10.9.1.2'));
  assert.deepEqual(await takenBack(first), {
    undone: 0,
    kept: [
      ['Weakness 200', 'decided'],
      ['Weakness 201', 'later'],
      ['Weakness 202', 'later'],
      ['Weakness 203', 'later'],
    ],
  });
  const ordered = await imported(nessus('2026-02-23', [{ plugin: '300', severity: 4 }, { plugin: '301' }]));
  platform.clock.advanceMs(200 * DAY_MS);
  await orderOverdue(platform.system, { issueIds: [await issueId('Weakness 300')] });
  const { undone, kept } = await takenBack(ordered);
  assert.deepEqual(kept, [['Weakness 300', 'ordered']]);
  assert.ok(undone >= 1);
  assert.ok(!(await shown()).some(([title]) => title === 'Weakness 301'));
});

test('imports that rest on each other are taken back from the last to the first', async () => {
  const before = await record();
  const first = await imported(nessus('2026-08-01', [{ plugin: '400' }]));
  const between = await record();
  platform.clock.advanceMs(DAY_MS);
  const second = await imported(nessus('2026-08-02', [{ plugin: '401' }]));
  assert.deepEqual((await takenBack(second)).kept, []);
  assert.deepEqual(await record(), between);
  assert.deepEqual((await takenBack(first)).kept, []);
  assert.deepEqual(await record(), before);
});

test('an issue that another tool saw as well stays with what that one says', async () => {
  const id = await imported(nessus('2026-08-10', [{ plugin: '500', cve: 'CVE-2030-0001', severity: 4 }]));
  const nuclei = `${JSON.stringify({
    'template-id': 'other',
    info: { name: 'Said by another', severity: 'medium', classification: { 'cve-id': ['CVE-2030-0001'] } },
    host: '10.9.1.1',
    ip: '10.9.1.1',
    port: '443',
    'matched-at': '10.9.1.1:443',
    type: 'tcp',
    timestamp: '2026-08-11T02:00:00Z',
  })}\n`;
  const other = await uploadReport(officer, 'nuclei.jsonl', Buffer.from(nuclei), ImportOptions.parse({}));
  await applyImport(officer, other);
  await runImport(platform.system, other.id);
  const tools = async () =>
    (
      await officer.read((db) =>
        db
          .selectFrom('vulnerability_issue')
          .select(['tools', 'state', 'asset_id'])
          .where('primary_id', '=', 'CVE-2030-0001')
          .execute(),
      )
    ).filter(({ state }) => state !== 'undone');
  assert.equal((await tools())[0]?.tools.length, 2);
  assert.equal((await tools())[0]?.asset_id, asset);
  assert.deepEqual((await takenBack(id)).kept, []);
  assert.deepEqual(
    (await tools()).map(({ tools: of, state }) => [of.length, state]),
    [[1, 'open']],
  );
});
