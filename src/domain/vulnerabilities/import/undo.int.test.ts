import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import type { TestPlatform } from '../../../../test/support/stores.ts';
import { nessusOf, openUndoing, type Undoing } from '../../../../test/support/undoing.ts';
import { personMoves } from '../actions.ts';
import { listIssues } from '../list.ts';
import { orderOverdue } from '../overdue.ts';
import { findImport } from './store.ts';
import { undoImport } from './undo.ts';

const DAY_MS = 86_400_000;

let undoing: Undoing;
let platform: TestPlatform;
let officer: Ctx;
let analyst: Ctx;
let asset: string;
before(async () => {
  undoing = await openUndoing();
  ({ platform, officer, analyst, asset } = undoing);
});
after(() => platform.close());

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
  await undoing.imported(
    nessusOf('2026-02-01', [{ plugin: '100', cve: 'CVE-2021-44228' }, { plugin: '101' }, { plugin: '102' }]),
  );
  await undoing.imported(nessusOf('2026-02-05', [{ plugin: '100', cve: 'CVE-2021-44228' }, { plugin: '101' }]));
  platform.clock.advanceMs(DAY_MS);
  const before = await undoing.record();
  const list = await shown();
  assert.deepEqual(list.find(([title]) => title === 'Weakness 102')?.[1], 'closed');
  const report = nessusOf('2026-02-20', [
    { plugin: '100', cve: 'CVE-2021-44228', severity: 4 },
    { plugin: '102' },
    { plugin: '103' },
  ]);
  const id = await undoing.imported(report);
  const after = await shown();
  assert.deepEqual(Object.fromEntries(after), {
    'Weakness 100': 'open',
    'Weakness 101': 'closed',
    'Weakness 102': 'open',
    'Weakness 103': 'open',
  });
  const whole = await undoing.record();
  platform.clock.advanceMs(DAY_MS);
  assert.deepEqual(await undoing.takenBack(id), { undone: 4, kept: [] });
  assert.deepEqual(await undoing.record(), before);
  assert.deepEqual(await shown(), list);
  await assert.rejects(undoImport(officer, { id }), isReason('vulnerability.import.undone'));

  const again = await undoing.imported(report);
  assert.deepEqual(await shown(), after);
  const counts = (await officer.read((db) => findImport(db, again)))?.counts;
  assert.deepEqual([counts?.create, counts?.reopen, counts?.close], [1, 1, 1]);
  const regressions = ({ issues }: typeof whole) =>
    (issues as { title: string; regressions: number }[]).map(({ title, regressions: n }) => [title, n]).sort();
  assert.deepEqual(regressions(await undoing.record()), regressions(whole), 'a regression is not counted twice');
  assert.deepEqual(await undoing.takenBack(again), { undone: 4, kept: [] });
  assert.deepEqual(await undoing.record(), before);
});

test('what somebody decided since stays and is named, as does what an order speaks of or another report saw', async () => {
  const first = await undoing.imported(
    nessusOf(
      '2026-02-21',
      ['200', '201', '202', '203'].map((plugin) => ({ plugin })),
      '10.9.1.2',
    ),
  );
  await personMoves.dismiss(analyst, { id: await issueId('Weakness 200'), reason: '版本不受影响' });
  await undoing.imported(nessusOf('2026-02-22', [{ plugin: '201' }, { plugin: '202' }, { plugin: '203' }], '10.9.1.2'));
  assert.deepEqual(await undoing.takenBack(first), {
    undone: 0,
    kept: [
      ['Weakness 200', 'decided'],
      ['Weakness 201', 'later'],
      ['Weakness 202', 'later'],
      ['Weakness 203', 'later'],
    ],
  });
  const ordered = await undoing.imported(nessusOf('2026-02-23', [{ plugin: '300', severity: 4 }, { plugin: '301' }]));
  platform.clock.advanceMs(200 * DAY_MS);
  await orderOverdue(platform.system, { issueIds: [await issueId('Weakness 300')] });
  const { undone, kept } = await undoing.takenBack(ordered);
  assert.deepEqual(kept, [['Weakness 300', 'ordered']]);
  assert.ok(undone >= 1);
  assert.ok(!(await shown()).some(([title]) => title === 'Weakness 301'));
});

test('imports that rest on each other are taken back from the last to the first', async () => {
  const before = await undoing.record();
  const first = await undoing.imported(nessusOf('2026-08-01', [{ plugin: '400' }]));
  const between = await undoing.record();
  platform.clock.advanceMs(DAY_MS);
  const second = await undoing.imported(nessusOf('2026-08-02', [{ plugin: '401' }]));
  assert.deepEqual((await undoing.takenBack(second)).kept, []);
  assert.deepEqual(await undoing.record(), between);
  assert.deepEqual((await undoing.takenBack(first)).kept, []);
  assert.deepEqual(await undoing.record(), before);
});

test('an issue that another tool saw as well stays with what that one says', async () => {
  const id = await undoing.imported(nessusOf('2026-08-10', [{ plugin: '500', cve: 'CVE-2030-0001', severity: 4 }]));
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
  await undoing.imported(Buffer.from(nuclei), officer, 'nuclei.jsonl');
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
  assert.deepEqual((await undoing.takenBack(id)).kept, []);
  assert.deepEqual(
    (await tools()).map(({ tools: of, state }) => [of.length, state]),
    [[1, 'open']],
  );
});
