import { isMap, isSeq, type YAMLMap } from 'yaml';
import { type DocumentNode, readHead, textList } from './head.ts';
import { checkKeys, KEYS } from './keys.ts';
import { parseNames } from './names.ts';
import {
  type Bound,
  CORRELATION_TYPES,
  type CorrelationType,
  type NameCondition,
  type SigmaCorrelation,
} from './rule.ts';
import { type Entry, entries, items, plainText, type Source, scalar, type YamlValue } from './source.ts';
import { boundHolds } from './window.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** Longest time span, so that state stays bounded. */
const TIMESPAN_MAX_MS = 31 * 86_400_000;
/** Rules that one correlation can name. */
const RULES_MAX = 1_000;
const COMPARISONS = ['lt', 'lte', 'gt', 'gte', 'eq', 'neq'] as const;

/** What may be written as `type`: Sigma's types, two names that pySigma gives to types with a condition, our own. */
const TYPES: Readonly<Record<string, CorrelationType>> = {
  ...Object.fromEntries(CORRELATION_TYPES.filter((type) => type !== 'absence').map((type) => [type, type])),
  temporal_extended: 'temporal',
  temporal_ordered_extended: 'temporal_ordered',
  tongan_absence: 'absence',
};

/** Milliseconds of `10s`, `5m`, `2h`, `1d`, `1w`; undefined when it is none. */
function parseTimespan(text: string): number | undefined {
  const parts = /^(\d{1,6})([smhdw])$/.exec(text.trim());
  const unit = UNIT_MS[parts?.[2] ?? ''];
  return parts && unit !== undefined && Number(parts[1]) > 0 ? Number(parts[1]) * unit : undefined;
}

interface Criteria {
  readonly bounds: readonly Bound[];
  readonly valueFields: readonly string[];
  readonly percentile: number;
  readonly names: NameCondition | undefined;
}

const NO_CRITERIA: Criteria = { bounds: [], valueFields: [], percentile: 0, names: undefined };

/** `gte: 10`, `field: User`, `percentile: 95`. */
function readCriteria(source: Source, root: YAMLMap, map: YAMLMap): Criteria {
  const bounds: Bound[] = [];
  let valueFields: string[] = [];
  let percentile = 0;
  for (const { key, keyNode, value } of entries(root, map)) {
    const compare = COMPARISONS.find((word) => word === key);
    const number = scalar(value);
    if (compare || key === 'percentile') {
      if (number?.type !== 'number' || !Number.isFinite(number.value))
        source.error('correlation.value', value ?? keyNode, `"${key}" needs a number`, 'write for example 10');
      else if (compare) bounds.push({ compare, value: number.value });
      else percentile = number.value;
    } else if (key === 'field') {
      valueFields =
        value === null || value === undefined ? [] : items(root, value).flatMap((item) => plainText(item) ?? []);
    } else
      source.error('correlation.value', keyNode, `"${key}" is no criterion`, `use ${COMPARISONS.join(', ')} or field`);
  }
  return { bounds, valueFields, percentile, names: undefined };
}

/** True when some number meets all bounds: one of them does, one between two of them, or one beyond them all. */
function canBeMet(bounds: readonly Bound[]): boolean {
  const sorted = bounds.map(({ value }) => value).sort((a, b) => a - b);
  const between = sorted.map((value, index) => (value + (sorted[index + 1] ?? value + 2)) / 2);
  const tried = [(sorted[0] ?? 0) - 1, ...sorted, ...between];
  return tried.some((number) => bounds.every((bound) => boundHolds(bound, number)));
}

type Complain = (message: string, hint: string) => void;

/** What a type asks of its condition. */
function checkCriteria(type: CorrelationType, rules: readonly string[], criteria: Criteria, complain: Complain): void {
  const { bounds, valueFields, percentile } = criteria;
  if (type === 'temporal_ordered') {
    const all = bounds.every(({ compare, value }) => (compare === 'gte' || compare === 'eq') && value === rules.length);
    if (!all) complain('an order of some of the rules is not defined', 'name the rules: "condition: a and b"');
    return;
  }
  if (type === 'absence') {
    if (rules.length < 2) complain('it needs two rules', 'name what begins first, what should have followed last');
    return;
  }
  if (type === 'temporal') return;
  if (bounds.length === 0) complain(`"${type}" needs a criterion`, 'for example "condition:" with "gte: 10"');
  if (!canBeMet(bounds))
    complain('no number meets all of these criteria', 'correct them, for example "gte: 5" with "lt: 10"');
  if (type === 'event_count') return;
  if (valueFields.length === 0) complain(`"${type}" needs the field to count`, 'add "field: …" to the condition');
  if (type !== 'value_count' && valueFields.length > 1) complain(`"${type}" takes one field`, 'name one field');
  if (type === 'value_percentile' && !(percentile > 0 && percentile <= 100))
    complain('"value_percentile" needs "percentile" from 1 to 100', 'add "percentile: 95"');
}

function readCondition(
  source: Source,
  root: YAMLMap,
  entry: Entry | undefined,
  type: CorrelationType,
  rules: readonly string[],
  place: YamlValue,
): Criteria {
  const node = entry?.value;
  const at = node ?? entry?.keyNode ?? place;
  const complain: Complain = (message, hint) => source.error('correlation.value', at, message, hint);
  const written = isMap(node) || isSeq(node) ? undefined : plainText(node);
  let criteria = NO_CRITERIA;
  if (type === 'absence' && entry) complain('"tongan_absence" takes no condition', 'remove the condition');
  else if (isMap(node)) criteria = readCriteria(source, root, node);
  else if (written !== undefined && type.startsWith('temporal')) {
    const report: Complain = (message, hint) => source.error('condition.syntax', at, message, hint);
    return { ...NO_CRITERIA, names: parseNames(written, rules, report) };
  } else if (entry) {
    complain(
      'the condition cannot be read',
      type.startsWith('temporal') ? 'write "a and b"' : 'write "gte: 10" below it',
    );
    return NO_CRITERIA;
  }
  checkCriteria(type, rules, criteria, complain);
  return criteria;
}

type Aliases = Record<string, Record<string, string>>;

/** Alias → rule → field. A rule that the correlation does not name is a slip. */
function readAliases(source: Source, root: YAMLMap, entry: Entry | undefined, rules: readonly string[]): Aliases {
  if (!entry) return {};
  if (!isMap(entry.value)) {
    source.error('correlation.value', entry.keyNode, '"aliases" is no mapping', 'give each alias its field per rule');
    return {};
  }
  const aliases = new Map<string, Record<string, string>>();
  for (const alias of entries(root, entry.value)) {
    if (!isMap(alias.value)) {
      source.error(
        'correlation.value',
        alias.keyNode,
        `alias "${alias.key}" is no mapping`,
        'write "rule name: field"',
      );
      continue;
    }
    const members = entries(root, alias.value);
    for (const { key, keyNode } of members) {
      if (!rules.includes(key))
        source.warn('correlation.alias', keyNode, `"${key}" is none of the rules`, `name one of ${rules.join(', ')}`);
    }
    aliases.set(alias.key, Object.fromEntries(members.map(({ key, value }) => [key, plainText(value) ?? ''] as const)));
  }
  return Object.fromEntries(aliases);
}

/** Reads a correlation document (Sigma 2.1, correlation rules). */
export function readCorrelation(source: Source, node: DocumentNode, entry: Entry): SigmaCorrelation | undefined {
  checkKeys(source, node.members.values(), KEYS.correlation, 'a correlation');
  const head = readHead(source, node);
  if (!isMap(entry.value)) {
    const hint = 'give it type, rules, group-by and timespan';
    source.error('rule.shape', entry.keyNode, '"correlation" is no mapping', hint);
    return undefined;
  }
  const { root } = node;
  const inner: DocumentNode = { ...node, members: new Map(entries(root, entry.value).map((part) => [part.key, part])) };
  checkKeys(source, inner.members.values(), KEYS.inCorrelation, 'a correlation', true);
  const typeNode = inner.members.get('type');
  const word = plainText(typeNode?.value) ?? '';
  const type = Object.hasOwn(TYPES, word) ? TYPES[word] : undefined;
  if (type === undefined) {
    const at = typeNode?.value ?? entry.keyNode;
    const hint = `use one of ${Object.keys(TYPES).join(', ')}`;
    source.error('correlation.value', at, `there is no correlation type "${word}"`, hint);
    return undefined;
  }
  const rules = textList(source, inner, 'rules');
  if (rules.length > RULES_MAX)
    source.error('correlation.value', entry.keyNode, `it names more than ${RULES_MAX} rules`, 'split it');
  if (rules.length === 0)
    source.error('correlation.value', entry.keyNode, 'it names no rules', 'add "rules:" with names or ids');
  const timespan = inner.members.get('timespan') ?? inner.members.get('timeframe');
  const timespanMs = parseTimespan(plainText(timespan?.value) ?? '') ?? 0;
  if (timespanMs === 0 || timespanMs > TIMESPAN_MAX_MS) {
    const hint = 'write for example "timespan: 5m"';
    source.error(
      'correlation.value',
      timespan?.value ?? entry.keyNode,
      'it needs a time span of at most 31 days',
      hint,
    );
  }
  const criteria = readCondition(source, root, inner.members.get('condition'), type, rules, entry.keyNode);
  const groupBy = textList(source, inner, 'group-by');
  const aliases = readAliases(source, root, inner.members.get('aliases'), rules);
  for (const alias of Object.keys(aliases)) {
    if (groupBy.includes(alias) || criteria.valueFields.includes(alias)) continue;
    const hint = 'name it in "group-by" or as the field to count';
    source.warn('correlation.alias', inner.members.get('aliases')?.keyNode, `nothing uses the alias "${alias}"`, hint);
  }
  const generate = scalar(inner.members.get('generate')?.value ?? node.members.get('generate')?.value);
  return {
    ...head,
    kind: 'correlation',
    type,
    rules,
    groupBy,
    timespanMs,
    aliases,
    ...criteria,
    generate: generate?.type === 'boolean' ? generate.value : false,
  };
}
