import { isMap, isSeq, type YAMLMap } from 'yaml';
import { type DocumentNode, readHead, textList } from './head.ts';
import { parseNames } from './names.ts';
import { type Bound, CORRELATION_TYPES, type CorrelationType, type SigmaCorrelation } from './rule.ts';
import { type Entry, entries, items, plainText, type Source, scalar, type YamlValue } from './source.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** Longest time span, so that state stays bounded. */
const TIMESPAN_MAX_MS = 31 * 86_400_000;
const COMPARISONS = ['lt', 'lte', 'gt', 'gte', 'eq', 'neq'] as const;

const isType = (word: string): word is CorrelationType => (CORRELATION_TYPES as readonly string[]).includes(word);

/** Milliseconds of `10s`, `5m`, `2h`, `1d`, `1w`; undefined when it is none. */
function parseTimespan(text: string): number | undefined {
  const parts = /^(\d{1,6})([smhdw])$/.exec(text.trim());
  const unit = UNIT_MS[parts?.[2] ?? ''];
  return parts && unit !== undefined && Number(parts[1]) > 0 ? Number(parts[1]) * unit : undefined;
}

interface Criteria {
  readonly bounds: Bound[];
  readonly valueFields: string[];
  readonly percentile: number;
}

function readCriteria(source: Source, root: YAMLMap, map: YAMLMap): Criteria {
  const bounds: Bound[] = [];
  let valueFields: string[] = [];
  let percentile = 0;
  for (const { key, keyNode, value } of entries(root, map)) {
    const compare = COMPARISONS.find((word) => word === key);
    const number = scalar(value);
    if (compare || key === 'percentile') {
      if (number?.type !== 'number')
        source.error('correlation.value', value ?? keyNode, `"${key}" needs a number`, 'write for example 10');
      else if (compare) bounds.push({ compare, value: number.value });
      else percentile = number.value;
    } else if (key === 'field') {
      valueFields =
        value === null || value === undefined ? [] : items(root, value).flatMap((item) => plainText(item) ?? []);
    } else
      source.error('correlation.value', keyNode, `"${key}" is no criterion`, `use ${COMPARISONS.join(', ')} or field`);
  }
  return { bounds, valueFields, percentile };
}

function readAliases(source: Source, root: YAMLMap, entry: Entry | undefined): Record<string, Record<string, string>> {
  if (!entry) return {};
  if (!isMap(entry.value)) {
    source.error('correlation.value', entry.keyNode, '"aliases" is no mapping', 'give each alias its field per rule');
    return {};
  }
  const aliases: Record<string, Record<string, string>> = {};
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
    const members = entries(root, alias.value).map((member) => [member.key, plainText(member.value) ?? ''] as const);
    aliases[alias.key] = Object.fromEntries(members);
  }
  return aliases;
}

const CONDITION_HINTS = 'for example "condition:" with "gte: 10"';

function checkCriteria(source: Source, node: YamlValue, type: CorrelationType, criteria: Criteria): void {
  if (type.startsWith('temporal')) return;
  if (criteria.bounds.length === 0)
    source.error('correlation.value', node, `"${type}" needs a criterion`, CONDITION_HINTS);
  if (type !== 'event_count' && criteria.valueFields.length === 0) {
    source.error('correlation.value', node, `"${type}" needs the field to count`, 'add "field: …" to the condition');
  }
  const { percentile } = criteria;
  if (type === 'value_percentile' && !(percentile > 0 && percentile <= 100)) {
    source.error(
      'correlation.value',
      node,
      '"value_percentile" needs "percentile" from 1 to 100',
      'add "percentile: 95"',
    );
  }
}

/** Reads a correlation document (Sigma 2.1, correlation rules). */
export function readCorrelation(source: Source, node: DocumentNode, entry: Entry): SigmaCorrelation | undefined {
  const head = readHead(source, node);
  if (!isMap(entry.value)) {
    source.error(
      'rule.shape',
      entry.keyNode,
      '"correlation" is no mapping',
      'give it type, rules, group-by and timespan',
    );
    return undefined;
  }
  const { root } = node;
  const inner: DocumentNode = { ...node, members: new Map(entries(root, entry.value).map((part) => [part.key, part])) };
  const typeNode = inner.members.get('type');
  const type = plainText(typeNode?.value) ?? '';
  if (!isType(type)) {
    source.error(
      'correlation.value',
      typeNode?.value ?? entry.keyNode,
      `there is no correlation type "${type}"`,
      `use one of ${CORRELATION_TYPES.join(', ')}`,
    );
    return undefined;
  }
  const rules = textList(source, inner, 'rules');
  if (rules.length === 0)
    source.error('correlation.value', entry.keyNode, 'it names no rules', 'add "rules:" with names or ids');
  const timespan = inner.members.get('timespan') ?? inner.members.get('timeframe');
  const timespanMs = parseTimespan(plainText(timespan?.value) ?? '') ?? 0;
  if (timespanMs === 0 || timespanMs > TIMESPAN_MAX_MS) {
    source.error(
      'correlation.value',
      timespan?.value ?? entry.keyNode,
      'it needs a time span of at most 31 days',
      'write for example "timespan: 5m"',
    );
  }
  const conditionEntry = inner.members.get('condition');
  const condition = conditionEntry?.value;
  const criteria = isMap(condition)
    ? readCriteria(source, root, condition)
    : { bounds: [], valueFields: [], percentile: 0 };
  checkCriteria(source, condition ?? entry.keyNode, type, criteria);
  const names =
    condition && !isMap(condition) && !isSeq(condition) && type.startsWith('temporal')
      ? parseNames(plainText(condition) ?? '', rules, (message, hint) =>
          source.error('condition.syntax', condition, message, hint),
        )
      : undefined;
  const generate = scalar(inner.members.get('generate')?.value ?? node.members.get('generate')?.value);
  return {
    ...head,
    kind: 'correlation',
    type,
    rules,
    groupBy: textList(source, inner, 'group-by'),
    timespanMs,
    aliases: readAliases(source, root, inner.members.get('aliases')),
    ...criteria,
    names,
    generate: generate?.type === 'boolean' ? generate.value : false,
  };
}
