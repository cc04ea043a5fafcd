import { isIP } from 'node:net';
import { gradeOfThreatScore, type VulnerabilityGrade } from '#engine/vulnerability/grade.ts';
import { fromHtml, isoTime, numberOf, portPlace, type ReportBuilder } from './builder.ts';
import { childrenOf, readXml, textOf, type XmlFault, type XmlNode } from './xml.ts';

/**
 * NSFOCUS RSAS (绿盟远程安全评估系统) V6. The layout differs between releases, so pages are read for what all of them
 * share: rows of tables, the classes `vuln_…` and `level_danger_…`, and the headings 受影响主机, 详细描述, 解决办法,
 * 威胁分值, CVE编号. There is no published description.
 */

/** One row of a table in a page: rows of a table inside a cell come as rows of their own. */
interface HtmlRow {
  readonly id: string;
  readonly classes: string;
  readonly cells: string[];
  readonly spans: { readonly classes: string; readonly text: string; readonly detail: string }[];
  /** Identifiers and classes of the rows around. */
  readonly within: readonly { readonly id: string; readonly classes: string }[];
}

const attribute = (text: string, name: string): string =>
  new RegExp(`\\b${name}\\s*=\\s*("([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(text)?.slice(2).find(Boolean) ?? '';

const tidy = (html: string): string =>
  fromHtml(html)
    .replace(/[ \t\r\f\v]+/g, ' ')
    .trim();

/** The rows of all tables, in the order in which they end. Reads once from front to back. */
function htmlRows(html: string): HtmlRow[] {
  const rows: HtmlRow[] = [];
  const open: { row: HtmlRow; cell: string | undefined }[] = [];
  let span: { classes: string; detail: string; from: number } | undefined;
  let from = 0;
  const body = html.replace(/<!--[\s\S]*?-->/g, '').replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, '');
  for (const tag of body.matchAll(/<(\/?)([a-z][a-z0-9]*)([^<>]*)>/gi)) {
    const [all, end, rawName = '', attributes = ''] = tag;
    const current = open.at(-1);
    if (current?.cell !== undefined) current.cell += body.slice(from, tag.index);
    from = tag.index + all.length;
    const name = rawName.toLowerCase();
    if (name === 'tr' && end === '') {
      const within = open.map(({ row }) => ({ id: row.id, classes: row.classes }));
      open.push({
        row: { id: attribute(attributes, 'id'), classes: attribute(attributes, 'class'), cells: [], spans: [], within },
        cell: undefined,
      });
    } else if (name === 'tr' && current !== undefined) {
      if (current.cell !== undefined) current.row.cells.push(tidy(current.cell));
      rows.push(current.row);
      open.pop();
    } else if ((name === 'td' || name === 'th') && current !== undefined) {
      if (current.cell !== undefined) current.row.cells.push(tidy(current.cell));
      current.cell = end === '' ? '' : undefined;
    } else if (name === 'span' && end === '') {
      span = { classes: attribute(attributes, 'class'), detail: /table_\d+_\d+/.exec(attributes)?.[0] ?? '', from };
    } else if (name === 'span' && span !== undefined) {
      const text = tidy(body.slice(span.from, tag.index));
      if (/level_danger/.test(span.classes))
        current?.row.spans.push({ classes: span.classes, detail: span.detail, text });
      span = undefined;
    } else if (current?.cell !== undefined && /^(?:br|p|li|div)$/.test(name)) current.cell += '\n';
  }
  return rows;
}

const LEVELS: readonly (readonly [RegExp, VulnerabilityGrade])[] = [
  [/(?:vuln|level_danger)_high/, 'high'],
  [/(?:vuln|level_danger)_middle/, 'medium'],
  [/(?:vuln|level_danger)_low/, 'low'],
];

const levelOf = (classes: string): VulnerabilityGrade | undefined =>
  LEVELS.find(([pattern]) => pattern.test(classes))?.[1];

/** What a table of details says under its headings. */
type Details = Map<string, string>;

interface Named {
  readonly row: number;
  readonly target: string;
  readonly place: ReturnType<typeof portPlace>;
  readonly title: string;
  readonly level: VulnerabilityGrade | undefined;
  readonly details: Details;
}

function add(builder: ReportBuilder, { row, target, place, title, level, details }: Named): void {
  const threat = numberOf(details.get('威胁分值'));
  builder.finding({
    row,
    target,
    place,
    rule: details.get('漏洞编号') ?? '',
    title,
    ids: [details.get('CVE编号'), details.get('CNNVD编号'), details.get('CNVD编号'), title],
    grades: { tool: (threat === undefined ? undefined : gradeOfThreatScore(threat)) ?? level },
    confidence: /【原理扫描】|\[原理扫描\]/.test(title) ? 'verified' : /【可验证】/.test(title) ? 'verified' : 'banner',
    evidence: details.get('详细描述'),
    solution: details.get('解决办法'),
  });
}

/** The time in 时间统计 of the first page. */
const scanTime = (rows: readonly HtmlRow[]): string | null => {
  const text = rows.find(({ cells }) => cells[0] === '时间统计')?.cells[1] ?? '';
  const times = text.match(/\d{4}[-/]\d{1,2}[-/]\d{1,2} \d{1,2}:\d{2}(?::\d{2})?/g);
  return isoTime(times?.at(-1));
};

/** A page of one host: the ports with their weaknesses, then the details of each. */
export function readRsasHost(html: string, name: string, builder: ReportBuilder): void {
  const rows = htmlRows(html);
  const address = rows.find(({ cells }) => /^IP\s*地址$/i.test(cells[0] ?? ''))?.cells[1] ?? name;
  const target = builder.target({ name: isIP(address) === 0 ? name : address, alive: true });
  if (target === undefined) {
    builder.problem(1, 'target.missing', name);
    return;
  }
  const details = new Map<string, Details>();
  for (const { cells, within } of rows) {
    const id = within.findLast((outer) => outer.id.startsWith('table_'))?.id;
    if (id === undefined || cells.length < 2) continue;
    const known = details.get(id) ?? new Map<string, string>();
    known.set(cells[0] ?? '', cells.slice(1).join('\n'));
    details.set(id, known);
  }
  for (const [index, { cells, spans }] of rows.entries()) {
    const [port = '', protocol = '', service = ''] = cells;
    if (/^\d+$/.test(port) && /^(?:tcp|udp)$/i.test(protocol))
      builder.service(target, portPlace(protocol, port), { application: /^[\w.-]+$/.test(service) ? service : '' });
    if (spans.length === 0 || !/^(?:\d+|-+)$/.test(port)) continue;
    for (const span of spans) {
      const place = portPlace(protocol, port);
      const known = details.get(span.detail) ?? new Map<string, string>();
      add(builder, { row: index + 1, target, place, title: span.text, level: levelOf(span.classes), details: known });
    }
  }
}

/** The first page: each weakness with the hosts it is on, turned round. It knows no ports. */
export function readRsasIndex(html: string, alreadyRead: ReadonlySet<string>, builder: ReportBuilder): void {
  const rows = htmlRows(html);
  builder.scannedAt ??= scanTime(rows);
  let details: Details = new Map();
  let inside = false;
  // Rows inside the details end before the row around them, and the row with the name before both.
  const named: { title: string; level: VulnerabilityGrade | undefined; details: Details; row: number }[] = [];
  for (const [index, row] of rows.entries()) {
    if (/\bvuln_(?:high|middle|low)\b/.test(row.classes) && row.within.length === 0) {
      const title = row.spans[0]?.text || row.cells[1] || '';
      details = new Map();
      named.push({ title, level: levelOf(row.classes), details, row: index + 1 });
      inside = true;
    } else if (inside && row.within.length > 0 && row.cells.length >= 2) {
      details.set(row.cells[0] ?? '', row.cells.slice(1).join('\n'));
    } else if (row.within.length === 0 && row.cells.length > 1) inside = false;
  }
  for (const { title, level, details: known, row } of named) {
    for (const host of (known.get('受影响主机') ?? '').split(/[;；,，\s]+/)) {
      if (isIP(host) === 0 || alreadyRead.has(host)) continue;
      const target = builder.target({ name: host, alive: true });
      if (target !== undefined) add(builder, { row, target, place: portPlace('', 0), title, level, details: known });
    }
  }
}

/** The XML export: what a weakness means in `vuln_detail`, where it was seen in `vuln_scanned`, joined by `vul_id`. */
export function readRsasXml(text: string, builder: ReportBuilder): XmlFault | undefined {
  return readXml(text, {
    records: new Set(['target']),
    close(name, value) {
      if (/^(?:end_time|finish_time|task_end_time)$/.test(name))
        builder.scannedAt = isoTime(value) ?? builder.scannedAt;
    },
    record(node) {
      const target = builder.target({ name: textOf(node, 'ip'), hosts: [textOf(node, 'host_name')], alive: true });
      if (target === undefined) {
        builder.problem(node.line, 'target.missing', 'target');
        return;
      }
      const entries = (name: string): XmlNode[] => childrenOf(node, name).flatMap((list) => list.children);
      const seen = entries('vuln_scanned');
      for (const meaning of entries('vuln_detail')) {
        const id = textOf(meaning, 'vul_id');
        const places = seen.filter((one) => textOf(one, 'vul_id') === id);
        const first = (...names: string[]) =>
          names.map((name) => textOf(meaning, name)).find((value) => value !== '') ?? '';
        const details: Details = new Map([
          ['漏洞编号', id],
          ['威胁分值', first('threat_score', 'severity_points', 'risk_points')],
          ['CVE编号', first('cve_id', 'cve')],
          ['CNNVD编号', first('cnnvd', 'cnnvd_id')],
          ['CNVD编号', first('cnvd', 'cnvd_id')],
          ['详细描述', first('description', 'detail')],
          ['解决办法', first('solution')],
        ]);
        const level = first('threat_level', 'level');
        const at = {
          row: meaning.line,
          target,
          title: first('name', 'i18n_name', 'vul_name'),
          level: levelOf(`vuln_${level}`),
          details,
        };
        for (const place of places.length > 0 ? places : [undefined]) {
          add(builder, { ...at, place: portPlace(textOf(place, 'protocol'), textOf(place, 'port')) });
        }
      }
    },
  });
}

export const isRsasPage = (html: string): boolean =>
  /绿盟科技|NSFOCUS|远程安全评估系统/.test(html.slice(0, 50_000)) || /id=["']?vuln_list/.test(html);

/** `report` is the root of OpenVAS' reports, too. */
export const isRsasXml = (text: string): boolean =>
  /<(?:vuln_detail|vuln_scanned)\b/.test(text) || /<(?:aurora|rsas|nsfocus)\w*[\s>]/i.test(text.slice(0, 20_000));
