import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { nessusOf, openUndoing, type Undoing } from '../../../../test/support/undoing.ts';

const DAY_MS = 86_400_000;

let undoing: Undoing;
before(async () => {
  undoing = await openUndoing();
});
after(() => undoing.close());

/** Weaknesses of a host by their state, without those that nothing stands of. */
const states = async (host: string) => {
  const issues = await undoing.issues(host);
  return Object.fromEntries(issues.map(({ title, state }) => [title.replace('Weakness ', ''), state]));
};

test('the same report twice: whichever is taken back first, what it found stands until both are', async () => {
  for (const [nth, order] of [[0, 1] as const, [1, 0] as const].entries()) {
    const host = `10.9.2.${nth + 1}`;
    const clean = await undoing.record();
    const report = nessusOf('2026-02-01', [{ plugin: '100' }, { plugin: '101' }], host);
    const imports = [await undoing.imported(report)];
    const once = await undoing.record();
    undoing.platform.clock.advanceMs(DAY_MS);
    imports.push(await undoing.imported(report));
    assert.deepEqual(await undoing.record(), once, 'the same again changes nothing');
    undoing.platform.clock.advanceMs(DAY_MS);

    const [first = '', second = ''] = order.map((at) => imports[at] ?? '');
    const back = await undoing.takenBack(first);
    // Of the second nothing came; of the first everything is what the second says, too.
    assert.deepEqual(
      [back.undone, back.kept.map(([, because]) => because)],
      [0, order[0] === 0 ? ['later', 'later'] : []],
    );
    assert.deepEqual(await states(host), { 100: 'open', 101: 'open' });
    const left = await undoing.findings(host);
    assert.ok(
      left.length === 2 && left.every((one) => one.first_import_id === second && one.last_import_id === second),
    );
    assert.deepEqual(await undoing.takenBack(second), { undone: 2, kept: [] });
    assert.deepEqual(await states(host), {});
    assert.deepEqual(await undoing.record(), clean);
  }
});

test('what two reports show to be gone, or found again, stays so until both are taken back', async () => {
  for (const [nth, order] of [[0, 1] as const, [1, 0] as const].entries()) {
    const host = `10.9.3.${nth + 1}`;
    await undoing.imported(nessusOf('2026-02-01', [{ plugin: '200' }, { plugin: '201' }], host));
    await undoing.imported(nessusOf('2026-02-05', [{ plugin: '201' }], host));
    assert.deepEqual(await states(host), { 200: 'closed', 201: 'open' });
    undoing.platform.clock.advanceMs(DAY_MS);
    const earlier = await undoing.record();
    // 200 is there again, 201 is gone.
    const report = nessusOf('2026-02-10', [{ plugin: '200' }], host);
    const imports = [await undoing.imported(report), await undoing.imported(report)];
    const later = { 200: 'open', 201: 'closed' };
    assert.deepEqual(await states(host), later);
    undoing.platform.clock.advanceMs(DAY_MS);
    await undoing.takenBack(imports[order[0]] ?? '');
    assert.deepEqual(await states(host), later);
    const { undone, kept } = await undoing.takenBack(imports[order[1]] ?? '');
    assert.deepEqual([undone, kept], [2, []]);
    assert.deepEqual(await undoing.record(), earlier);
  }
});

/** Of three imports each two, in the order in which they are taken back. */
const PAIRS = [0, 1, 2].flatMap((first) =>
  [0, 1, 2].filter((second) => second !== first).map((second) => [first, second]),
);

const THRICE = [
  { what: 'the same report thrice', dates: ['2026-02-05', '2026-02-05', '2026-02-05'], net: 8, pairs: PAIRS },
  {
    what: 'three reports of different days',
    dates: ['2026-02-05', '2026-02-06', '2026-02-07'],
    net: 9,
    pairs: [
      [0, 1],
      [1, 0],
      [2, 0],
    ],
  },
];
for (const { what, dates, net, pairs } of THRICE) {
  test(`${what}: what each found and closed stands while one of them is left`, async () => {
    for (const [nth, pair] of pairs.entries()) {
      const host = `10.9.${net}.${nth + 1}`;
      await undoing.imported(nessusOf('2026-02-01', [{ plugin: '700' }], host));
      undoing.platform.clock.advanceMs(DAY_MS);
      const earlier = await undoing.record();
      // 700 is gone, 701 is new.
      const imports: string[] = [];
      for (const date of dates) imports.push(await undoing.imported(nessusOf(date, [{ plugin: '701' }], host)));
      const later = { 700: 'closed', 701: 'open' };
      for (const at of pair) {
        undoing.platform.clock.advanceMs(DAY_MS);
        await undoing.takenBack(imports[at] ?? '');
        assert.deepEqual(await states(host), later, `${pair}, after ${at}`);
      }
      const last = imports.find((_, at) => !pair.includes(at)) ?? '';
      assert.deepEqual((await undoing.takenBack(last)).kept, [], `${pair}`);
      assert.deepEqual(await undoing.record(), earlier, `${pair}`);
    }
  });
}

test('a newer scan that saw the same stands for it, also once it is the only one left; what only the first saw goes', async () => {
  const host = '10.9.4.1';
  const clean = await undoing.record();
  const first = await undoing.imported(nessusOf('2026-02-01', [{ plugin: '300' }, { plugin: '301' }], host));
  undoing.platform.clock.advanceMs(DAY_MS);
  const second = await undoing.imported(nessusOf('2026-02-02', [{ plugin: '300', severity: 4 }], host));
  undoing.platform.clock.advanceMs(DAY_MS);
  const { undone, kept } = await undoing.takenBack(first);
  assert.deepEqual([undone, kept], [1, [['Weakness 300', 'later']]]);
  assert.deepEqual(await states(host), { 300: 'open' });
  const [left] = await undoing.findings(host);
  assert.equal(left?.first_seen_at.toISOString(), '2026-02-02T02:00:00.000Z');
  assert.deepEqual(await undoing.takenBack(second), { undone: 1, kept: [] });
  assert.deepEqual(await undoing.record(), clean);
});

test('an older scan that came later says what it saw, and opens nothing that was mended since', async () => {
  const host = '10.9.5.1';
  const first = await undoing.imported(nessusOf('2026-02-10', [{ plugin: '400', severity: 4 }], host));
  await undoing.imported(nessusOf('2026-02-01', [{ plugin: '400', severity: 2 }], host));
  undoing.platform.clock.advanceMs(DAY_MS);
  await undoing.takenBack(first);
  const [left] = await undoing.findings(host);
  assert.deepEqual(
    [left?.grade, left?.open, left?.last_seen_at.toISOString()],
    ['medium', true, '2026-02-01T02:00:00.000Z'],
  );
  const mended = await undoing.imported(nessusOf('2026-02-20', [], host));
  await undoing.imported(nessusOf('2026-02-15', [{ plugin: '400' }], host));
  const [closed] = await undoing.findings(host);
  assert.deepEqual([closed?.open, await states(host)], [false, { 400: 'closed' }]);
  undoing.platform.clock.advanceMs(DAY_MS);
  await undoing.takenBack(mended);
  const [open] = await undoing.findings(host);
  assert.deepEqual([open?.open, await states(host)], [true, { 400: 'open' }]);
});

test('what somebody decided outranks both', async () => {
  const host = '10.9.6.1';
  const report = nessusOf('2026-02-01', [{ plugin: '500' }], host);
  const imports = [await undoing.imported(report), await undoing.imported(report)];
  const [issue] = await undoing.issues(host);
  await undoing.dismiss(issue?.id ?? '');
  for (const id of imports) await undoing.takenBack(id);
  assert.deepEqual(await states(host), { 500: 'false_positive' });
});

test('what was installed is what the one that is left says', async () => {
  const host = '10.9.7.1';
  const report = nessusOf('2026-02-01', [{ plugin: '600' }], host, {
    'cpe-0': 'cpe:/a:openssl:openssl:3.0.1 -> OpenSSL',
  });
  const imports = [await undoing.imported(report), await undoing.imported(report)];
  const installed = await undoing.software();
  assert.equal(installed.length, 1);
  await undoing.takenBack(imports[0] ?? '');
  assert.deepEqual(await undoing.software(), installed);
  await undoing.takenBack(imports[1] ?? '');
  assert.deepEqual(await undoing.software(), []);
});

test("a supplier's statement thrice: what it takes away stays away while one of them is left", async () => {
  const report = {
    SchemaVersion: 2,
    ArtifactName: '挂号镜像',
    Results: [
      {
        Target: 't',
        Type: 'rpm',
        Vulnerabilities: [
          { VulnerabilityID: 'CVE-2023-0286', PkgName: 'openssl', InstalledVersion: '1.1.1k', Severity: 'HIGH' },
          { VulnerabilityID: 'CVE-2022-0001', PkgName: 'zlib', InstalledVersion: '1.2', Severity: 'HIGH' },
        ],
      },
    ],
  };
  const csaf = {
    document: { csaf_version: '2.0', tracking: { current_release_date: '2026-02-01T00:00:00Z' } },
    product_tree: {
      branches: [
        {
          category: 'product_version',
          product: {
            product_id: 'P1',
            name: 'openssl',
            product_identification_helper: { purl: 'pkg:rpm/redhat/openssl@1.1.1k' },
          },
        },
      ],
    },
    vulnerabilities: [{ cve: 'CVE-2023-0286', product_status: { known_not_affected: ['P1'] } }],
  };
  const bytes = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document));
  await undoing.imported(bytes(report), undoing.officer, 'trivy.json');
  const told = async () => {
    const issues = await undoing.officer.read((db) =>
      db.selectFrom('vulnerability_issue').select(['ids', 'state']).orderBy('ids').execute(),
    );
    return issues.filter(({ ids }) => ids.some((id) => id.startsWith('CVE-'))).map(({ ids, state }) => [ids[0], state]);
  };
  const [open, away] = ['open', 'false_positive'].map((state) => [
    ['CVE-2022-0001', 'open'],
    ['CVE-2023-0286', state],
  ]);
  assert.deepEqual(await told(), open);
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
    [1, 2, 0],
  ]) {
    const imports: string[] = [];
    for (let time = 0; time < 3; time += 1) {
      imports.push(await undoing.imported(bytes(csaf), undoing.officer, 'csaf.json'));
      undoing.platform.clock.advanceMs(DAY_MS);
      assert.deepEqual(await told(), away);
    }
    for (const [nth, at] of order.entries()) {
      await undoing.takenBack(imports[at] ?? '');
      assert.deepEqual(await told(), nth === 2 ? open : away, `${order}, after ${at}`);
    }
  }
});
