import { gradeOfThreatScore, gradeOfWord } from '#engine/vulnerability/grade.ts';
import type { Confidence } from '#engine/vulnerability/report.ts';
import {
  fromHtml,
  isoTime,
  numberOf,
  packagePlace,
  portPlace,
  type ReportBuilder,
  urlParts,
  webPlace,
} from './builder.ts';
import { qualysGrade } from './network.ts';
import { nessusTls, openVasTls, type ServiceFacts, showing } from './services.ts';

/** What a column of a sheet of findings means; '' = not read. */
export const SHEET_MEANINGS = [
  '',
  'host',
  'name',
  'url',
  'port',
  'protocol',
  'rule',
  'title',
  'ids',
  'grade',
  'cvss3',
  'cvss2',
  'threat',
  'evidence',
  'solution',
  'package',
  'installed',
  'fixed',
  'seenAt',
] as const;
export type SheetMeaning = (typeof SHEET_MEANINGS)[number];

export interface TableRow {
  readonly number: number;
  readonly cells: readonly string[];
}

const plain = (heading: string): string => heading.toLowerCase().replace(/[\s_:：/\\()（）[\]\-.*]/g, '');

/** Headings of scanners and of sheets that units send, without spaces and punctuation. */
const HEADINGS: readonly (readonly [SheetMeaning, readonly string[]])[] = [
  [
    'host',
    [
      'host',
      'ip',
      'ipaddress',
      'hostip',
      '主机',
      'ip地址',
      '主机ip',
      '目标',
      '资产ip',
      '主机地址',
      '目标ip',
      '受影响主机',
      '受影响资产',
      '资产',
      '设备ip',
      '地址',
      'fqdnip',
    ],
  ],
  ['name', ['hostname', 'fqdn', 'dns', 'netbios', '主机名', '主机名称', '域名', '系统名称', '资产名称']],
  ['url', ['url', '链接', '网址', '漏洞地址', '漏洞url', '受影响链接', '漏洞链接', '问题url', '页面']],
  ['port', ['port', '端口', '端口号', '服务端口']],
  ['protocol', ['protocol', 'portprotocol', '协议', '传输协议']],
  [
    'rule',
    ['pluginid', 'nvtoid', 'qid', 'id', '漏洞id', '漏洞编号', '插件id', '插件编号', 'vulid', 'plgid', '危险插件'],
  ],
  [
    'title',
    ['name', 'title', 'nvtname', '漏洞名称', '名称', '漏洞', '风险名称', '漏洞标题', '弱点名称', '问题名称', 'finding'],
  ],
  [
    'ids',
    [
      'cve',
      'cves',
      'cveid',
      'cve编号',
      'cnnvd',
      'cnnvd编号',
      'cnvd',
      'cnvd编号',
      'cve号',
      'cnnvd号',
      'cnvd号',
      '关联cve',
    ],
  ],
  [
    'grade',
    [
      'risk',
      'severity',
      '风险等级',
      '危险级别',
      '漏洞等级',
      '等级',
      '级别',
      '危险程度',
      '漏洞级别',
      '威胁等级',
      '风险级别',
      '危害等级',
      '漏洞风险等级',
    ],
  ],
  [
    'cvss3',
    [
      'cvssv30basescore',
      'cvssv40basescore',
      'cvss3base',
      'cvss3',
      'cvssv3',
      'cvss31',
      'cvss评分',
      'cvss分值',
      'cvssv3评分',
    ],
  ],
  ['cvss2', ['cvss', 'cvssv20basescore', 'cvssbase', 'cvss2', 'cvssv2']],
  ['threat', ['威胁分值', '风险值', '漏洞风险值', '漏洞分值', '危险值']],
  [
    'evidence',
    [
      'pluginoutput',
      'specificresult',
      'results',
      '详细描述',
      '描述',
      '漏洞描述',
      '返回信息',
      '端口返回',
      '验证信息',
      '证明',
      '漏洞详情',
      'threat',
      '检测结果',
    ],
  ],
  [
    'solution',
    ['solution', '解决办法', '解决方案', '整改建议', '修复建议', '加固建议', '处置建议', '修复方案', '修补建议'],
  ],
  ['package', ['package', '软件', '组件', '软件名称', '组件名称', '应用']],
  ['installed', ['installedversion', '当前版本', '版本', '安装版本', '组件版本']],
  ['fixed', ['fixedversion', '修复版本', '安全版本']],
  ['seenAt', ['timestamp', 'lastdetected', '发现时间', '扫描时间', '检测时间', '最后发现时间', '发现日期']],
];

const MEANING_OF = new Map(HEADINGS.flatMap(([meaning, words]) => words.map((word) => [word, meaning] as const)));

/** May stand over several columns, whose cells are joined. */
const MANY: ReadonlySet<SheetMeaning> = new Set(['', 'ids', 'name', 'evidence']);

/** The meanings that headings have by themselves; a second column of one meaning is not read. */
export function guessMeanings(headings: readonly string[]): SheetMeaning[] {
  const taken = new Set<SheetMeaning>();
  return headings.map((heading) => {
    const meaning = MEANING_OF.get(plain(heading)) ?? '';
    if (taken.has(meaning) && !MANY.has(meaning)) return '';
    taken.add(meaning);
    return meaning;
  });
}

/** Above headings stand a title, a date, a note; never more rows than these. */
const HEADINGS_WITHIN = 30;

/** The first row that looks like headings: one that names a weakness and two columns more. */
function headingAt(rows: readonly TableRow[]): number {
  return rows.slice(0, HEADINGS_WITHIN).findIndex(({ cells }) => {
    const meanings = guessMeanings(cells);
    return (meanings.includes('title') || meanings.includes('rule')) && meanings.filter(Boolean).length >= 3;
  });
}

/** Tools whose CSV is known by its headings, and what is peculiar to each. */
type Tool = 'nessus' | 'openvas' | 'qualys' | 'testssl' | 'sheet';

function toolOf(headings: readonly string[]): Tool {
  const has = (...names: string[]) => names.every((name) => headings.some((heading) => plain(heading) === name));
  if (has('pluginid', 'risk', 'pluginoutput')) return 'nessus';
  if (has('nvtoid', 'nvtname')) return 'openvas';
  if (has('qid', 'ipstatus')) return 'qualys';
  return has('fqdnip', 'finding', 'severity') ? 'testssl' : 'sheet';
}

const CONFIDENCE: Readonly<Record<Tool, Confidence>> = {
  nessus: 'unknown',
  openvas: 'unknown',
  qualys: 'verified',
  testssl: 'verified',
  sheet: 'unknown',
};

export interface SheetOptions {
  /** Meaning of each column; by the headings when absent. */
  readonly mapping?: readonly SheetMeaning[] | undefined;
  /** For sheets of one host: the host that the file is named after. */
  readonly host?: string | undefined;
}

/** The first row that could be headings where none are known: words in three columns at least. */
function likelyHeadingAt(rows: readonly TableRow[]): number {
  const WORD = /\p{L}/u;
  return rows.slice(0, HEADINGS_WITHIN).findIndex(({ cells }) => cells.filter((cell) => WORD.test(cell)).length >= 3);
}

/** Where the headings of a sheet are, and whether a known one is among them; -1 when no row could be any. */
function findHeadings(rows: readonly TableRow[]): { at: number; known: boolean } {
  const known = headingAt(rows);
  return known >= 0 ? { at: known, known: true } : { at: likelyHeadingAt(rows), known: false };
}

/** Whether a row of the sheet is known to be the headings of findings. */
export const hasKnownHeadings = (rows: readonly TableRow[]): boolean => headingAt(rows) >= 0;

/** The headings of a sheet; undefined when no row could be any. */
export const headingsOf = (rows: readonly TableRow[]): readonly string[] | undefined =>
  rows[findHeadings(rows).at]?.cells;

/**
 * A sheet of findings: one in each row, under headings. Unknown columns are not read. Where no heading is known, nothing is read
 * until somebody says what the columns mean.
 */
export function readTable(rows: readonly TableRow[], builder: ReportBuilder, options: SheetOptions = {}): void {
  const { at, known } = findHeadings(rows);
  const headings = rows[at];
  if (headings === undefined || (!known && options.mapping === undefined)) {
    builder.problem(headings?.number ?? 1, 'sheet.no_headings');
    // Nothing was looked at, so nothing it lacks is gone.
    builder.partial = true;
    return;
  }
  const tool = toolOf(headings.cells);
  const mapping = options.mapping ?? guessMeanings(headings.cells);
  if (tool !== 'sheet') builder.tool = tool;
  let informed = false;
  const column = (name: string) => headings.cells.findIndex((heading) => plain(heading) === name);
  const [type, status] = [column('type'), column('vulnstatus')];
  for (const row of rows.slice(at + 1)) {
    const cells = cellsByMeaning(row, mapping);
    if (Object.keys(cells).length === 0) continue;
    if (/^fixed$/i.test(row.cells[status] ?? '')) continue;
    informed = readRow(row, cells, { tool, builder, host: options.host, type: row.cells[type] ?? '' }) || informed;
  }
  // Only a scanner's export that shows what it merely noticed is known to be unfiltered.
  builder.partial = builder.partial || !(informed && (tool === 'nessus' || tool === 'openvas' || tool === 'qualys'));
}

type Cells = { -readonly [Key in SheetMeaning]?: string };

function cellsByMeaning(row: TableRow, mapping: readonly SheetMeaning[]): Cells {
  const cells: Cells = {};
  for (const [index, meaning] of mapping.entries()) {
    const text = (row.cells[index] ?? '').trim();
    if (meaning === '' || text === '') continue;
    const before = cells[meaning];
    cells[meaning] = before === undefined ? text : `${before} ${text}`;
  }
  return cells;
}

interface RowContext {
  readonly tool: Tool;
  readonly builder: ReportBuilder;
  readonly host: string | undefined;
  readonly type: string;
}

const NOTHING = /^(?:-+|n\/a|无|none|null|全部|all|general)$/i;

/** @returns whether the row is information, which only whole exports hold */
function readRow(row: TableRow, cells: Cells, { tool, builder, host, type }: RowContext): boolean {
  const page = cells.url === undefined ? undefined : urlParts(cells.url);
  const named = (cells.host ?? host ?? '').split(tool === 'testssl' ? '/' : /[\s;,；，、]+/).filter(Boolean);
  const hosts = tool === 'testssl' ? named.slice(0, 1) : named;
  if (hosts.length === 0 && page !== undefined) hosts.push(page.host);
  if (hosts.length === 0 && cells.name !== undefined) hosts.push(cells.name.split(/\s+/)[0] ?? '');
  if (hosts.length === 0) {
    builder.problem(row.number, 'target.missing', cells.title ?? '');
    return false;
  }
  const title = tool === 'testssl' ? `${cells.rule ?? ''}: ${cells.title ?? ''}` : (cells.title ?? cells.ids ?? '');
  if (title.trim() === '') {
    builder.problem(row.number, 'title.missing', hosts[0]);
    return false;
  }
  const word = cells.grade;
  const tooled = tool === 'qualys' ? qualysGrade(type, word ?? '') : word === undefined ? undefined : gradeOfWord(word);
  if (word !== undefined && tooled === undefined && !/^fatal$/i.test(word))
    builder.problem(row.number, 'grade.unknown', word);
  if (tool === 'testssl' && tooled === undefined) {
    builder.problem(row.number, 'scan.failed', title);
    return false;
  }
  const seen = isoTime(cells.seenAt);
  if (seen !== null && (builder.scannedAt === null || seen > builder.scannedAt)) builder.scannedAt = seen;
  const threat = numberOf(cells.threat);
  const cvss2 = numberOf(cells.cvss2);
  for (const one of hosts) {
    const parts = urlParts(one);
    const target = builder.target({
      name: parts?.host ?? one,
      hosts: (cells.name ?? '').split(/\s+/),
      addresses: tool === 'testssl' ? named.slice(1) : [],
      alive: true,
    });
    if (target === undefined) continue;
    if (tool === 'testssl') builder.site({ name: parts?.host ?? one }, cells.port ?? '');
    const place = placeOf(cells, page ?? parts);
    builder.service(target, place, tlsOf(tool, cells));
    builder.finding({
      row: row.number,
      target,
      place,
      rule: tool === 'sheet' ? '' : cells.rule,
      title,
      // What a unit calls the number of a weakness is its CVE or CNVD as often as a number of its own.
      ids: [cells.ids, title, tool === 'sheet' ? cells.rule : undefined],
      grades: {
        cvss3: numberOf(cells.cvss3),
        // OpenVAS writes its score, of whatever CVSS version, under one heading.
        ...(tool === 'openvas' ? { cvss3: cvss2 } : { cvss2 }),
        tool: tooled ?? (threat === undefined ? undefined : gradeOfThreatScore(threat)),
      },
      confidence: CONFIDENCE[tool],
      evidence: fromHtml(cells.evidence ?? ''),
      solution: fromHtml(cells.solution ?? ''),
      installedVersion: cells.installed,
      fixedVersion: cells.fixed,
    });
  }
  return tooled === 'info';
}

/** What a row of a tool tells of the encryption of its service. */
function tlsOf(tool: Tool, { rule = '', title = '', evidence = '' }: Cells): ServiceFacts {
  if (tool === 'nessus') return nessusTls(rule, evidence);
  if (tool === 'openvas') return openVasTls(evidence);
  // The certificate of the host itself, not one above it.
  return tool === 'testssl' && /^cert(?: <|$)/.test(rule) ? showing({ pem: title }) : {};
}

function placeOf(cells: Cells, page: { port: string; path: string } | undefined) {
  if (cells.url !== undefined && page !== undefined) return webPlace(cells.port ?? page.port, page.path);
  const port = NOTHING.test(cells.port ?? '') ? '' : /\d+/.exec(cells.port ?? '')?.[0];
  const protocol = cells.protocol ?? (/udp/i.test(cells.port ?? '') ? 'udp' : 'tcp');
  if (port !== undefined && port !== '') return portPlace(protocol, port);
  if (cells.package !== undefined) return packagePlace('', cells.package);
  return page !== undefined && page.path !== '/' ? webPlace(page.port, page.path) : portPlace('', 0);
}
