import { type RuleHead, techniquesOf } from '#engine/sigma/rule.ts';
import { csvCell } from '#platform/csv.ts';
import type { Finding } from './detect-messages.ts';
import { clock, plain } from './detect-words.ts';

/** Rules by id: what a finding is called and how bad it is. */
export type Heads = ReadonlyMap<string, RuleHead>;

/** Rows of a table at most; the other formats give every finding. */
const ROWS_MAX = 200;

const iso = (timeMs: number): string => new Date(timeMs).toISOString();

const details = ({ matched }: Finding): string =>
  matched.map(({ field, value }) => (field === '' ? value : `${field}: ${value}`)).join(' ¦ ');

/** Findings of one rule on one host as one row: the first of them stands for all. */
const rowsOf = (findings: readonly Finding[]): Finding[][] => [
  ...Map.groupBy(findings, ({ ruleId, host }) => `${ruleId} ${host}`).values(),
];

function* table(findings: readonly Finding[], heads: Heads, width: number): Generator<string> {
  const [hostWidth, titleWidth] = [20, 44];
  const left = Math.max(30, width - 20 - 9 - 7 - hostWidth - titleWidth - 5);
  const row = (time: string, level: string, count: string, host: string, title: string, detail: string): string =>
    [
      ...[time.padEnd(20), level.padEnd(9), count.padStart(7), plain(host, hostWidth)],
      ...[plain(title, titleWidth), plain(detail, left)],
    ]
      .join(' ')
      .trimEnd();
  const rows = rowsOf(findings);
  if (rows.length > 0) yield row('first (UTC)', 'level', 'times', 'host', 'rule', 'why');
  for (const [first, ...others] of rows.slice(0, ROWS_MAX)) {
    if (!first) continue;
    const head = heads.get(first.ruleId);
    // Informational is the only level that is longer than its column.
    const level = (head?.level ?? '').slice(0, 9);
    const count = String(others.length + 1);
    yield row(clock(first.timeMs), level, count, first.host, head?.title ?? first.ruleId, details(first));
  }
  if (rows.length > ROWS_MAX)
    yield `… ${rows.length - ROWS_MAX} more rows: use --format csv or json, or a higher --min-level`;
}

const COLUMNS = [
  ...['time', 'level', 'rule', 'ruleId', 'author', 'techniques', 'host', 'user', 'source', 'file', 'matched', 'event'],
] as const;

function cells(finding: Finding, head: RuleHead | undefined): string[] {
  const { timeMs, ruleId, host, user, source, file, matched, fields } = finding;
  const why = matched.map(({ field, condition, value }) => `${field} ${condition}: ${value}`.trim()).join('\n');
  const rule = [head?.level ?? '', head?.title ?? '', ruleId, head?.author ?? ''];
  return [iso(timeMs), ...rule, techniquesOf(head?.tags ?? []).join(' '), host, user, source, file, why, fields];
}

function json(finding: Finding, head: RuleHead | undefined): string {
  const { timeMs, ruleId, host, user, source, file, matched, fields } = finding;
  const {
    title = '',
    level = '',
    author = '',
    license = '',
    tags = [],
    references = [],
    file: ruleFile = '',
  } = head ?? {};
  const rule = { id: ruleId, title, level, author, license, tags, references, file: ruleFile };
  const text = JSON.stringify({ time: iso(timeMs), level, rule, host, user, source, file, matched });
  // The fields are JSON already.
  return fields === '' ? text : `${text.slice(0, -1)},"event":${fields}}`;
}

export type DetectFormat = 'table' | 'json' | 'csv';

/** The findings as lines: a table for people, JSON lines, or CSV that a spreadsheet opens safely. */
export function* writeFindings(
  format: DetectFormat,
  findings: readonly Finding[],
  heads: Heads,
  width: number,
): Generator<string> {
  if (format === 'table') yield* table(findings, heads, width);
  else if (format === 'json') for (const finding of findings) yield json(finding, heads.get(finding.ruleId));
  else {
    yield `\uFEFF${COLUMNS.join(',')}`;
    for (const finding of findings) yield cells(finding, heads.get(finding.ruleId)).map(csvCell).join(',');
  }
}
