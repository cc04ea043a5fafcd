import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeXlsx } from 'hucre';
import { HOST_PAGE, INDEX_PAGE } from '../../../../test/support/rsas.ts';
import { zip } from '../../../../test/support/zip.ts';
import { ARCHIVE_LIMITS, ArchiveError, unpack } from './archive.ts';
import { readReport, UnknownFormat } from './formats.ts';
import { readXml } from './xml.ts';

const refusedAs = (reason: string) => (error: unknown) => error instanceof UnknownFormat && error.reason === reason;

test('an RSAS export of pages: ports from the host pages, the other hosts from the index turned round', async () => {
  const { report } = await readReport(
    zip([
      { name: 'host/10.2.3.4.html', content: Buffer.from(HOST_PAGE) },
      { name: 'index.html', content: Buffer.from(INDEX_PAGE) },
      { name: 'media/logo.png', content: Buffer.from('x') },
    ]),
  );
  assert.equal(report.format, 'rsas');
  assert.equal(report.scannedAt, '2026-03-01T03:30:00.000Z');
  const seen = report.findings.map(({ target, place, title, grade, ids }) => [target, place.value, title, grade, ids]);
  assert.deepEqual(seen, [
    ['10.2.3.4', 'tcp/22', 'OpenSSH 用户枚举漏洞(CVE-2018-15473)【原理扫描】', 'medium', ['CVE-2018-15473']],
    ['10.2.3.4', 'tcp/443', 'SSL 弱加密 <b>', 'high', ['CNNVD-201608-448']],
    ['10.2.3.4', 'tcp/443', '证书信息', 'low', []],
    ['10.2.3.5', '', '弱口令', 'high', []],
  ]);
  assert.deepEqual([report.findings[0]?.evidence, report.findings[0]?.confidence], ['描述一\n第二行', 'verified']);
});

test('an RSAS export in XML joins what a weakness means with where it was seen', async () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?><report><task><name>t</name></task><targets><target><ip>10.2.3.6</ip>
    <vuln_detail><vuln><vul_id>50123</vul_id><name>Redis 未授权访问</name><threat_score>9.5</threat_score><cve_id>CVE-2022-0543</cve_id></vuln></vuln_detail>
    <vuln_scanned><vuln><vul_id>50123</vul_id><port>6379</port><protocol>tcp</protocol></vuln><vuln><vul_id>50123</vul_id><port>6380</port><protocol>tcp</protocol></vuln></vuln_scanned>
    </target></targets></report>`;
  const { report } = await readReport(Buffer.from(xml));
  assert.deepEqual(
    report.findings.map(({ place, rule, ids, grade }) => [place.value, rule, ids[0], grade]),
    [
      ['tcp/6379', '50123', 'CVE-2022-0543', 'high'],
      ['tcp/6380', '50123', 'CVE-2022-0543', 'high'],
    ],
  );
});

test('an RSAS export of sheets takes the host from the name of each file', async () => {
  const sheet = await writeXlsx({
    sheets: [
      {
        name: '漏洞信息',
        rows: [
          ['端口', '协议', '漏洞名称', '风险等级', '威胁分值', 'CVE编号'],
          ['445', 'TCP', 'SMB 远程执行', '高', '9.3', 'CVE-2017-0144'],
        ],
      },
    ],
  });
  const { report } = await readReport(
    zip([{ name: '12_任务_2026_03_01_xls/10.2.3.7.xls', content: Buffer.from(sheet) }]),
  );
  assert.deepEqual(
    report.findings.map(({ target, place, ids, grade }) => [target, place.value, ids[0], grade]),
    [['10.2.3.7', 'tcp/445', 'CVE-2017-0144', 'high']],
  );
});

test('an RSAS export of all three kinds in nested folders with GB18030 names, half of it broken, comes in and says what did not', async () => {
  // 扫描结果 in GB18030.
  const folder = Buffer.from('yajD6L3hufs=', 'base64');
  const inFolder = (name: string) => Buffer.concat([folder, Buffer.from(`/2026_03_01/${name}`)]);
  const weakness = (
    id: string,
  ) => `<vuln_detail><vuln><vul_id>${id}</vul_id><name>Redis 未授权访问</name><threat_score>9.5</threat_score></vuln></vuln_detail>
    <vuln_scanned><vuln><vul_id>${id}</vul_id><port>6379</port><protocol>tcp</protocol></vuln></vuln_scanned>`;
  const xml = `<report><targets><target><ip>10.2.9.1</ip>${weakness('1')}</target><target>${weakness('2')}</target>`;
  const sheet = (rows: string[][]) =>
    writeXlsx({
      sheets: [
        { name: '主机概况', rows: [['IP地址', '10.2.9.3']] },
        { name: '漏洞信息', rows },
      ],
    });
  const columns = ['端口', '协议', '漏洞名称', '风险等级', '威胁分值', 'CVE编号'];
  const inner = zip([{ name: 'host/10.2.3.4.html', content: Buffer.from(HOST_PAGE) }]);
  const { report } = await readReport(
    zip([
      { name: inFolder('xml/result.xml'), content: Buffer.from(xml) },
      {
        name: inFolder('html/vulnHostHtml/10.2.9.2.html'),
        content: Buffer.from(HOST_PAGE.replace('10.2.3.4', '10.2.9.2').slice(0, -60)),
      },
      {
        name: inFolder('xls/主机.xls'),
        content: Buffer.from(await sheet([columns, ['445', 'TCP', 'SMB 远程执行', '高', '9.3', 'CVE-2017-0144']])),
      },
      { name: inFolder('xls/10.2.9.4.xls'), content: Buffer.from('no workbook') },
      { name: inFolder('xls/10.2.9.5.xls'), content: Buffer.from(await sheet([['说明', '无']])) },
      { name: inFolder('xls/index.xls'), content: Buffer.from('not looked at') },
      { name: inFolder('html/host/10.2.9.6.html'), content: Buffer.from(HOST_PAGE), damaged: true },
      { name: '另一任务.zip', content: inner },
      { name: '坏.zip', content: Buffer.from('PK no zip') },
    ]),
  );
  assert.deepEqual(
    report.findings.map(({ target, place, title }) => `${target} ${place.value} ${title}`),
    [
      '10.2.9.1 tcp/6379 Redis 未授权访问',
      '10.2.9.2 tcp/22 OpenSSH 用户枚举漏洞(CVE-2018-15473)【原理扫描】',
      '10.2.9.2 tcp/443 SSL 弱加密 <b>',
      '10.2.9.2 tcp/443 证书信息',
      '10.2.3.4 tcp/22 OpenSSH 用户枚举漏洞(CVE-2018-15473)【原理扫描】',
      '10.2.3.4 tcp/443 SSL 弱加密 <b>',
      '10.2.3.4 tcp/443 证书信息',
      '10.2.9.3 tcp/445 SMB 远程执行',
    ],
  );
  const place = '扫描结果';
  assert.deepEqual(report.problems.map(({ reason, detail }) => `${reason} ${detail.split(' ')[0]}`).toSorted(), [
    'archive.not_zip 坏.zip',
    `entry.damaged ${place}/2026_03_01/html/host/10.2.9.6.html`,
    `html.cut ${place}/2026_03_01/html/vulnHostHtml/10.2.9.2.html`,
    `sheet.broken ${place}/2026_03_01/xls/10.2.9.4.xls`,
    `sheet.no_headings ${place}/2026_03_01/xls/10.2.9.5.xls`,
    'target.missing target',
    `xml.broken ${place}/2026_03_01/xml/result.xml`,
  ]);
  assert.ok(report.problems.find(({ reason }) => reason === 'html.cut')?.row);
  assert.equal(report.partial, true, 'what was lost proves nothing gone');
  assert.equal(report.scannedAt, '2026-02-28T16:00:00.000Z', 'the day in the name of the folder, in Guangxi');
});

test('a sheet of a unit: GB18030, many hosts in one cell, a row without a host listed with its number', async () => {
  // 序号,主机IP,端口,漏洞名称,风险等级,漏洞编号 and three rows, as Chinese Excel writes them.
  const bytes = Buffer.from(
    '0PK6xSzW97v6SVAstsu/2izCqba0w/uzxiy358/Vtci8tizCqba0seC6xQ0KMSwxMC4zLjEuMaO7MTAuMy4xLjIsODAvdGNwLMS/wryx6cD6LLjfzqMsQ05WRC0yMDIxLTEyMzQ1DQoyLCw4MCzO3tb3LNbQzqMsDQozLDEwLjMuMS4zLCzI9b/awe4suty43ywNCg==',
    'base64',
  );
  const { report } = await readReport(bytes);
  assert.deepEqual(
    report.findings.map(({ target, title, ids }) => [target, title, ids]),
    [
      ['10.3.1.1', '目录遍历', ['CNVD-2021-12345']],
      ['10.3.1.2', '目录遍历', ['CNVD-2021-12345']],
      ['10.3.1.3', '弱口令', []],
    ],
  );
  assert.deepEqual(
    report.problems.map(({ row, reason }) => [row, reason]),
    [
      [3, 'target.missing'],
      [4, 'grade.unknown'],
    ],
  );
  assert.equal(report.partial, true, 'a sheet is not known to be complete');
});

test('a document type that declares anything, or is of no scanner, is refused; those of scanners are passed over', async () => {
  const laughs = '<?xml version="1.0"?><!DOCTYPE nmaprun [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><nmaprun>&b;</nmaprun>';
  const outside =
    '<?xml version="1.0"?><!DOCTYPE NessusClientData_v2 SYSTEM "file:///etc/passwd"><NessusClientData_v2/>';
  const parameter = '<!DOCTYPE issues [<!ENTITY % x SYSTEM "http://example.com/x">%x;]><issues/>';
  for (const hostile of [laughs, outside, parameter]) {
    await assert.rejects(readReport(Buffer.from(hostile)), refusedAs('xml.doctype'), hostile);
  }
  const plain = await readReport(Buffer.from('<?xml version="1.0"?><!DOCTYPE nmaprun><nmaprun/>'));
  assert.equal(plain.report.format, 'nmap');
  const undefinedEntity = await readReport(Buffer.from('<nmaprun><host>&secret;</host></nmaprun>'));
  assert.deepEqual(
    undefinedEntity.report.problems.map(({ reason }) => reason),
    ['xml.broken'],
  );
});

test('XML that nests without end is left, not followed', () => {
  const deep = `<r>${'<a>'.repeat(5000)}`;
  assert.equal(readXml(deep, { records: new Set(['a']), record: () => undefined })?.reason, 'xml.deep');
});

test('a zip that unpacks to more than the bound, or lies about it, is not opened', async () => {
  const big = Buffer.alloc(64 * 1024 * 1024);
  const bomb = zip(Array.from({ length: 8 }, (_, index) => ({ name: `${index}.xml`, content: big })));
  const isFault = (fault: string) => (error: unknown) => error instanceof ArchiveError && error.fault === fault;
  assert.ok(big.length * 8 > ARCHIVE_LIMITS.bytesMax);
  await assert.rejects(
    unpack(bomb, () => true),
    isFault('unpacks_too_large'),
  );
  const liar = zip([{ name: 'a.xml', content: big, declared: 10 }]);
  await assert.rejects(
    unpack(liar, () => true),
    isFault('damaged'),
  );
  await assert.rejects(readReport(Buffer.from('PK\x05\x06 no zip', 'latin1')), isFault('not_zip'));
});

test('names that mean something to a program are names like others', async () => {
  const sheet = await readReport(
    Buffer.from('host,name,risk,__proto__,constructor\n10.1.1.1,<script>alert(1)</script>,high,x,y\n'),
  );
  assert.equal(sheet.report.findings[0]?.title, '<script>alert(1)</script>');
  const json = await readReport(
    Buffer.from(
      '{"SchemaVersion":2,"__proto__":{"polluted":1},"ArtifactName":"__proto__","Results":[{"Target":"t","Type":"deb","Vulnerabilities":[{"VulnerabilityID":"CVE-2020-1111","PkgName":"__proto__","InstalledVersion":"1"}]}]}',
    ),
  );
  assert.equal(json.report.findings[0]?.place.value, 'deb:__proto__');
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

test('a VEX document takes away and finds nothing', async () => {
  const csaf = {
    document: { csaf_version: '2.0', tracking: { current_release_date: '2026-01-01T00:00:00Z' } },
    product_tree: {
      branches: [
        {
          category: 'product_version',
          product: {
            product_id: 'P1',
            name: 'openssl-1:1.1.1k-9.el8_7',
            product_identification_helper: { purl: 'pkg:rpm/redhat/openssl@1.1.1k-9.el8_7' },
          },
        },
      ],
      relationships: [{ product_reference: 'P1', full_product_name: { product_id: 'OS:P1', name: 'x' } }],
    },
    vulnerabilities: [{ cve: 'CVE-2023-0286', product_status: { fixed: ['OS:P1'], known_affected: ['P0'] } }],
  };
  const { report } = await readReport(Buffer.from(JSON.stringify(csaf)));
  assert.deepEqual(report.findings, []);
  assert.deepEqual(
    report.statements.map(({ status, products }) => [status, products]),
    [
      ['fixed', ['pkg:rpm/redhat/openssl@1.1.1k-9.el8_7']],
      ['affected', ['P0']],
    ],
  );
});
