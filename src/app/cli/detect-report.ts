import { csvCell } from '#domain/telemetry/search/export.ts';
import { LEVELS, type RuleHead, techniquesOf } from '#engine/sigma/rule.ts';
import type { Finding } from './detect-messages.ts';

/** Rules by id: what a finding is called and how bad it is. */
export type Heads = ReadonlyMap<string, RuleHead>;

/** Rows of a table at most; the other formats give every finding. */
const ROWS_MAX = 200;
const BUCKETS = 16;
const BAR = 40;
const TOP = 15;
const TECHNIQUES_SHOWN = 8;

/** Text of a log on a terminal: without what could steer it, on one line. */
function plain(text: string, width: number): string {
  const letters = Array.from(text, (letter) => (letter < ' ' || (letter >= '\x7f' && letter < '\xa0') ? ' ' : letter));
  return letters.length > width ? `${letters.slice(0, width - 1).join('')}…` : letters.join('').padEnd(width);
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString();

/** `2020-09-16 06:14:58` */
const clock = (timeMs: number): string => iso(timeMs).slice(0, 19).replace('T', ' ');

const rank = (head: RuleHead | undefined): number => LEVELS.indexOf(head?.level ?? 'informational');

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

/** Lengths of time a bar of the timeline may stand for. */
const STEPS_MS = [1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400].map(
  (seconds) => seconds * 1000,
);

function timeline(findings: readonly Finding[], heads: Heads): string[] {
  const times = findings.map(({ timeMs }) => timeMs);
  const from = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const to = times.reduce((most, time) => Math.max(most, time), 0);
  const step = STEPS_MS.find((ms) => (to - from) / ms < BUCKETS) ?? Math.ceil((to - from) / BUCKETS);
  const buckets = Map.groupBy(findings, ({ timeMs }) => Math.floor(timeMs / step));
  const most = Math.max(...[...buckets.values()].map(({ length }) => length));
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .map(([, list]) => {
      const worst = LEVELS[Math.max(...list.map(({ ruleId }) => rank(heads.get(ruleId))))] ?? '';
      const bar = '█'.repeat(Math.max(1, Math.round((list.length / most) * BAR)));
      return `  ${clock(list[0]?.timeMs ?? 0)}  ${bar} ${list.length}, up to ${worst}`;
    });
}

/** Tactic → techniques with the number of findings. */
function attack(findings: readonly Finding[], heads: Heads): string[] {
  const tactics = new Map<string, Map<string, number>>();
  for (const { ruleId } of findings) {
    const tags = heads.get(ruleId)?.tags ?? [];
    const names = tags.flatMap((tag) => /^attack\.([a-z][a-z-]+)$/.exec(tag.toLowerCase())?.[1] ?? []);
    for (const tactic of names) {
      const counts = tactics.get(tactic) ?? new Map<string, number>();
      for (const technique of techniquesOf(tags)) counts.set(technique, (counts.get(technique) ?? 0) + 1);
      tactics.set(tactic, counts);
    }
  }
  return [...tactics]
    .sort(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([tactic, counts]) => {
      const list = [...counts].sort(([, a], [, b]) => b - a).map(([technique, count]) => `${technique} ×${count}`);
      const rest = list.length > TECHNIQUES_SHOWN ? `  … ${list.length - TECHNIQUES_SHOWN} more` : '';
      return `  ${tactic.padEnd(22)} ${list.slice(0, TECHNIQUES_SHOWN).join('  ')}${rest}`;
    });
}

/** What was found in all: by level, over time, by ATT&CK technique, by rule. */
export function* summaryOf(findings: readonly Finding[], heads: Heads): Generator<string> {
  if (findings.length === 0) {
    yield 'nothing was found';
    return;
  }
  const byLevel = Map.groupBy(findings, ({ ruleId }) => heads.get(ruleId)?.level ?? 'informational');
  const levels = LEVELS.toReversed().flatMap((level) => {
    const count = byLevel.get(level)?.length ?? 0;
    return count === 0 ? [] : [`${level} ${count}`];
  });
  yield `Found: ${levels.join(', ')}`;
  yield 'Timeline (UTC)';
  yield* timeline(findings, heads);
  const techniques = attack(findings, heads);
  if (techniques.length > 0) yield 'ATT&CK';
  yield* techniques;
  const byRule = [...Map.groupBy(findings, ({ ruleId }) => ruleId)].sort(
    ([a, one], [b, other]) => rank(heads.get(b)) - rank(heads.get(a)) || other.length - one.length,
  );
  yield byRule.length > TOP ? `Rules (the worst ${TOP} of ${byRule.length})` : 'Rules';
  for (const [id, { length }] of byRule.slice(0, TOP)) {
    const head = heads.get(id);
    const by = head?.author ? ` — ${plain(head.author, 40).trimEnd()}` : '';
    yield `  ${String(length).padStart(6)}  ${(head?.level ?? '').padEnd(13)} ${head?.title ?? id}${by}`;
  }
}
