import { isMap } from 'yaml';
import { DEFAULT_ZONE } from '#engine/fields/zone.ts';
import { readCorrelation } from './correlation.ts';
import { readDetection } from './detection.ts';
import { openDocument, readHead, readLogSource, required, textList } from './head.ts';
import { checkKeys, KEYS } from './keys.ts';
import type { Placeholders, ValueOptions } from './modifiers.ts';
import type { Problem } from './problem.ts';
import type { SigmaDocument, SigmaFilter, SigmaRule } from './rule.ts';
import { entries, plainText, Source } from './source.ts';

export interface ParseOptions {
  /** Values for `%name%` under the modifier `expand`. */
  readonly placeholders?: Placeholders;
  /** IANA zone in which `minute` … `year` are counted; Asia/Shanghai when absent. @see isZone */
  readonly timeZone?: string;
}

/** What a rule file holds: the documents without errors, and everything that is wrong with any of them. */
export interface ParsedFile {
  readonly documents: readonly SigmaDocument[];
  readonly problems: readonly Problem[];
}

/**
 * Reads a Sigma file (specification 2.1): rules, correlations, filters, several documents to a file.
 * Never throws: whatever is wrong is a problem with its place and its mend, all of them at once.
 */
export function parseRules(text: string, file: string, options: ParseOptions = {}): ParsedFile {
  const values: ValueOptions = {
    placeholders: options.placeholders ?? {},
    timeZone: options.timeZone ?? DEFAULT_ZONE,
  };
  const fast = new Source(text, file);
  const plain = fast.plainDocument();
  const document = plain && readDocument(fast, openDocument(plain), values);
  // The fast reader knows no places: whatever is wrong is read again.
  if (document && fast.problems.length === 0) return { documents: [document], problems: [] };
  return readAll(new Source(text, file), values);
}

function readAll(source: Source, values: ValueOptions): ParsedFile {
  const documents: SigmaDocument[] = [];
  for (const root of source.documents()) {
    const errorsBefore = source.problems.filter((problem) => problem.severity === 'error').length;
    const document = readDocument(source, openDocument(root), values);
    const errors = source.problems.filter((problem) => problem.severity === 'error').length;
    if (document && errors === errorsBefore) documents.push(document);
  }
  return { documents, problems: source.problems };
}

function readDocument(
  source: Source,
  node: ReturnType<typeof openDocument>,
  values: ValueOptions,
): SigmaDocument | undefined {
  const correlation = node.members.get('correlation');
  if (correlation) return readCorrelation(source, node, correlation);
  const filter = node.members.get('filter');
  if (filter) return readFilter(source, node, filter, values);
  return readRule(source, node, values);
}

function readRule(source: Source, node: ReturnType<typeof openDocument>, values: ValueOptions): SigmaRule | undefined {
  checkKeys(source, node.members.values(), KEYS.rule, 'a rule');
  const head = readHead(source, node);
  const logsource = readLogSource(source, node);
  const detection = required(source, node, 'detection', 'add "detection:" with selections and a condition');
  if (!detection) return undefined;
  const { condition, ...parts } = readDetection(source, node.root, detection, values);
  return { ...head, kind: 'rule', logsource, condition, parts, filters: [] };
}

/** A filter is joined with "and" as it is written: one that does not begin with "not" keeps only what it names. */
function readFilter(
  source: Source,
  node: ReturnType<typeof openDocument>,
  entry: NonNullable<ReturnType<typeof required>>,
  values: ValueOptions,
): SigmaFilter {
  checkKeys(source, node.members.values(), KEYS.filter, 'a filter');
  const head = readHead(source, node);
  const logsource = readLogSource(source, node);
  const { condition } = readDetection(source, node.root, entry, values, ['rules']);
  const members = new Map(isMap(entry.value) ? entries(node.root, entry.value).map((part) => [part.key, part]) : []);
  const written = plainText(members.get('condition')?.value) ?? '';
  if (!/^\s*not\b/.test(written)) {
    source.warn(
      'filter.keeps',
      members.get('condition')?.value,
      'the filter keeps only events it names',
      'to leave events out begin its condition with "not"',
    );
  }
  const rules = textList(source, { ...node, members }, 'rules').filter((rule) => rule !== 'any');
  return { ...head, kind: 'filter', logsource, rules, condition };
}
