import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeXlsx } from 'hucre';
import { ArchiveError } from '#domain/vulnerabilities/read/archive.ts';
import { readReport, UnknownFormat } from '#domain/vulnerabilities/read/formats.ts';
import { texts } from '../../web/src/pages/vulnerabilities/texts.ts';
import { HOST_PAGE, INDEX_PAGE } from '../support/rsas.ts';
import { zip } from '../support/zip.ts';

const FUZZ_MS = 15_000;

const XML = `<?xml version="1.0" encoding="UTF-8"?><report><targets><target><ip>10.2.3.6</ip>
  <vuln_detail><vuln><vul_id>50123</vul_id><name>Redis 未授权访问</name><threat_score>9.5</threat_score></vuln></vuln_detail>
  <vuln_scanned><vuln><vul_id>50123</vul_id><port>6379</port><protocol>tcp</protocol></vuln></vuln_scanned>
  </target></targets></report>`;

const SHEET = Buffer.from(
  await writeXlsx({
    sheets: [
      {
        name: '漏洞信息',
        rows: [
          ['端口', '协议', '漏洞名称', '风险等级', '威胁分值', 'CVE编号'],
          ['445', 'TCP', 'SMB 远程执行', '高', '9.3', 'CVE-2017-0144'],
        ],
      },
    ],
  }),
);

/** The kinds of parts an export has, with the name that each has in it. */
const KINDS = {
  page: ['html', Buffer.from(HOST_PAGE)],
  index: ['html', Buffer.from(INDEX_PAGE)],
  xml: ['xml', Buffer.from(XML)],
  sheet: ['xls', SHEET],
} as const;

interface Part {
  readonly name: string;
  readonly content: Buffer;
  readonly damaged: boolean;
  /** Whatever the reader makes of it, it cannot be read to its end. */
  readonly lost: boolean;
}

const share = fc.double({ min: 0, max: 0.9, noNaN: true });
const changes = fc.array(fc.tuple(fc.nat(60_000), fc.nat(255)), { minLength: 1, maxLength: 8 });

const harm = fc.oneof(
  fc.record({ how: fc.constant('cut' as const), share }),
  fc.record({ how: fc.constant('changed' as const), changes }),
  fc.record({ how: fc.constant('noise' as const), noise: fc.uint8Array({ minLength: 1, maxLength: 400 }) }),
  fc.record({ how: fc.constant('twice' as const), share }),
  fc.constant({ how: 'damaged' as const }),
);

function harmed(content: Buffer, hurt: typeof harm extends fc.Arbitrary<infer Harm> ? Harm : never): Buffer {
  if (hurt.how === 'cut') return content.subarray(0, Math.floor(content.length * hurt.share));
  if (hurt.how === 'noise') return Buffer.from(hurt.noise);
  if (hurt.how === 'twice') {
    const at = Math.floor(content.length * hurt.share);
    return Buffer.concat([content.subarray(0, at), content]);
  }
  if (hurt.how === 'damaged') return content;
  const copy = Buffer.from(content);
  for (const [at, value] of hurt.changes) copy[at % copy.length] = value;
  return copy;
}

const part: fc.Arbitrary<Part> = fc
  .record({
    kind: fc.constantFrom('page' as const, 'index' as const, 'xml' as const, 'sheet' as const),
    number: fc.nat(200),
    hurt: harm,
  })
  .map(({ kind, number, hurt }) => {
    const [ending, content] = KINDS[kind];
    const name = kind === 'index' ? `${number}/index.html` : `${kind}/10.9.0.${number}.${ending}`;
    const lost = hurt.how === 'damaged' || hurt.how === 'cut' || (kind === 'sheet' && hurt.how === 'noise');
    return { name, content: harmed(content, hurt), damaged: hurt.how === 'damaged', lost };
  });

const parts = fc.uniqueArray(part, { selector: ({ name }) => name, maxLength: 6 });

/** Reads what may be hostile: an answer, or a refusal that has a reason, and nothing else. */
async function readOrRefused(bytes: Buffer) {
  try {
    return (await readReport(bytes)).report;
  } catch (error) {
    assert.ok(error instanceof UnknownFormat || error instanceof ArchiveError, String(error));
    return undefined;
  }
}

const sentences: Readonly<Record<string, unknown>> = texts.zh.import.reason;

test('an RSAS archive with parts broken at random, and archives in it, reads what is whole and names what is not', async () => {
  const whole = { name: 'host/10.2.3.4.html', content: Buffer.from(HOST_PAGE) };
  await fc.assert(
    fc.asyncProperty(parts, parts, parts, async (outer, inner, deepest) => {
      const nested = zip([...inner, { name: 'tief.zip', content: zip(deepest) }]);
      const bytes = zip([whole, ...outer, { name: '任务.zip', content: nested }]);
      const report = await readOrRefused(bytes);
      assert.ok(report, 'one page is whole, so that there is something to read');
      const ofWhole = report.findings.filter(({ target }) => target === '10.2.3.4');
      assert.ok(ofWhole.length >= 3, 'what is whole is read');
      for (const finding of report.findings) assert.ok(finding.title !== '' && finding.target !== '');
      for (const { reason } of report.problems) {
        assert.equal(typeof sentences[reason.replaceAll('.', '_')], 'string', `no words for ${reason}`);
      }
      const told = report.problems.map(({ detail }) => detail).join('\n');
      for (const { name, lost } of outer) if (lost) assert.ok(told.includes(name), `${name} is lost and not named`);
      for (const { name, lost } of inner) {
        if (lost) assert.ok(told.includes(`任务.zip/${name}`), `${name} of the inner archive is lost and not named`);
      }
      assert.ok(told.includes('任务.zip/tief.zip'), 'an archive too deep is named');
      assert.ok(report.partial, 'what was lost proves nothing gone');
    }),
    { numRuns: 400, interruptAfterTimeLimit: FUZZ_MS },
  );
});

test('an RSAS archive that is itself cut or changed is read in part or refused for a reason', async () => {
  const intact = zip([
    { name: 'host/10.2.3.4.html', content: Buffer.from(HOST_PAGE) },
    { name: 'index.html', content: Buffer.from(INDEX_PAGE) },
    { name: 'xml/result.xml', content: Buffer.from(XML) },
    { name: 'xls/10.2.3.7.xls', content: SHEET },
    { name: '另一任务.zip', content: zip([{ name: 'host/10.2.3.8.html', content: Buffer.from(HOST_PAGE) }]) },
  ]);
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0, max: 1, noNaN: true }), changes, async (kept, changed) => {
      const bytes = Buffer.from(intact.subarray(0, Math.floor(intact.length * kept)));
      for (const [at, value] of changed) if (bytes.length > 4) bytes[4 + (at % (bytes.length - 4))] = value;
      const report = await readOrRefused(bytes);
      for (const finding of report?.findings ?? []) assert.ok(finding.title !== '' && finding.target !== '');
    }),
    { numRuns: 400, interruptAfterTimeLimit: FUZZ_MS },
  );
});

test('an archive of which nothing can be unpacked says of which parts', async () => {
  const report = await readOrRefused(zip([{ name: 'a.html', content: Buffer.from(HOST_PAGE), damaged: true }]));
  assert.deepEqual(
    report?.problems.map(({ reason, detail }) => [reason, detail]),
    [['entry.damaged', 'a.html']],
  );
});
