import { COLUMN_FIELDS, columnOf } from '#engine/fields/aliases.ts';
import { COLUMNS } from '#engine/fields/dictionary.ts';
import type { LogSource } from '#engine/fields/event.ts';
import type { Condition, ValueTest } from './condition.ts';
import { valueTester } from './evaluate.ts';
import { type Bind, foldSql, valueSql } from './sql-value.ts';

/** SQL over table `event` with its values kept apart. */
export interface ConditionSql {
  /** An expression that is 0 or 1, never NULL. Values stand as `{p0:String}` … */
  readonly text: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Collects parameters; equal values share one. */
class Parameters {
  readonly params: Record<string, string> = {};
  private readonly names = new Map<string, string>();
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  readonly bind: Bind = (value) => {
    let name = this.names.get(value);
    if (name === undefined) {
      name = `${this.prefix}${this.names.size}`;
      this.names.set(value, name);
      this.params[name] = value;
    }
    return `{${name}:String}`;
  };
}

/** The name is a key of `rest`. The plain search first: it is cheap and narrows, reading the JSON decides. */
const inRest = (name: string, bind: Bind): string =>
  `(position(rest, ${bind(`${JSON.stringify(name)}:`)}) > 0 AND JSONHas(rest, ${bind(name)}))`;

function restValues(name: string, bind: Bind): string {
  const key = bind(name);
  return `if(JSONType(rest, ${key}) = 'Array', JSONExtract(rest, ${key}, 'Array(String)'), [JSONExtractString(rest, ${key})])`;
}

/** First name of `names` found in `rest` decides. */
function restChain(names: readonly string[], then: (name: string) => string, otherwise: string, bind: Bind): string {
  const branches = names.flatMap((name) => [inRest(name, bind), then(name)]);
  return names.length === 0 ? otherwise : `multiIf(${[...branches, otherwise].join(', ')})`;
}

/** Where a field is looked for: in `rest` under its own name, its column, `rest` under the names of the same meaning. */
function places(field: string): { column: string; before: readonly string[]; after: readonly string[] } {
  const column = columnOf(field);
  if (column === '') return { column: '', before: [field], after: [] };
  const names = COLUMN_FIELDS[column] ?? [];
  // The first name of a column goes to the column whenever it is there: no need to look into `rest` before.
  if (names[0] === field) return { column, before: [], after: names };
  return { column, before: [field], after: names.filter((name) => name !== field) };
}

function anyTest(tests: readonly ValueTest[], value: string, bind: Bind): string {
  return tests.map((test) => valueSql(test, value, bind)).join(' OR ');
}

/** Some value of the field passes one of the tests. */
function fieldSql(field: string, tests: readonly ValueTest[], bind: Bind): string {
  const { column, before, after } = places(field);
  const inRestValues = (name: string): string =>
    `arrayExists(v -> ${anyTest(tests, 'v', bind)}, ${restValues(name, bind)})`;
  if (column === '') return `(${inRest(field, bind)} AND ${inRestValues(field)})`;
  const emptyPasses = tests.some((test) => valueTester(test)(''));
  const typed = `(${anyTest(tests, column, bind)})`;
  const stored = emptyPasses ? `(${column} != '' AND ${typed})` : typed;
  const rest = restChain(after, inRestValues, '0', bind);
  const found = `(${stored} OR (${column} = '' AND rest != '' AND ${rest}))`;
  return before.length === 0 ? found : restChain(before, inRestValues, found, bind);
}

function presentSql(field: string, bind: Bind): string {
  const { column, before, after } = places(field);
  const rest = [...before, ...after].map((name) => inRest(name, bind));
  return `(${[...(column === '' ? [] : [`${column} != ''`]), ...rest].join(' OR ')})`;
}

function valuesSql(field: string, bind: Bind): string {
  const { column, before, after } = places(field);
  const none = "CAST([], 'Array(String)')";
  if (column === '') return restChain(before, (name) => restValues(name, bind), none, bind);
  const rest = restChain(after, (name) => restValues(name, bind), none, bind);
  const found = `if(${column} != '', [toString(${column})], ${rest})`;
  return restChain(before, (name) => restValues(name, bind), found, bind);
}

const KEYWORD_TEXTS = (() => {
  const columns = COLUMNS.map(({ column }) => `toString(${column})`).join(', ');
  const keys = "arrayFilter(k -> k != '@names', JSONExtractKeys(rest))";
  const values = `if(JSONType(rest, k) = 'Array', JSONExtract(rest, k, 'Array(String)'), [JSONExtractString(rest, k)])`;
  return `arrayConcat([raw], arrayFilter(c -> c != '', [${columns}]), arrayFlatten(arrayMap(k -> ${values}, ${keys})))`;
})();

const keywordSql = (tests: readonly ValueTest[], bind: Bind): string =>
  `arrayExists(v -> ${anyTest(tests, 'v', bind)}, ${KEYWORD_TEXTS})`;

function referenceSql(condition: Extract<Condition, { kind: 'reference' }>, bind: Bind): string {
  const relation = {
    equals: 'a = b',
    starts: 'startsWith(a, b)',
    ends: 'endsWith(a, b)',
    contains: "(b = '' OR position(a, b) > 0)",
  };
  const values = (field: string): string => {
    const plain = valuesSql(field, bind);
    return condition.cased ? plain : `arrayMap(x -> ${foldSql('x', bind)}, ${plain})`;
  };
  const inner = `arrayExists(b -> ${relation[condition.how]}, ${values(condition.other)})`;
  return `arrayExists(a -> ${inner}, ${values(condition.field)})`;
}

/** Alternatives on one field share one look at it. */
function anySql(parts: readonly Condition[], bind: Bind): string {
  const fields = new Map<string, ValueTest[]>();
  const keywords: ValueTest[] = [];
  const texts: string[] = [];
  for (const part of parts) {
    if (part.kind === 'field') fields.set(part.field, [...(fields.get(part.field) ?? []), part.test]);
    else if (part.kind === 'keyword') keywords.push(part.test);
    else texts.push(write(part, bind));
  }
  for (const [field, tests] of fields) texts.push(fieldSql(field, tests, bind));
  if (keywords.length > 0) texts.push(keywordSql(keywords, bind));
  return `(${texts.join(' OR ')})`;
}

function write(condition: Condition, bind: Bind): string {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? '1' : '0';
    case 'and':
      return `(${condition.of.map((part) => write(part, bind)).join(' AND ')})`;
    case 'or':
      return anySql(condition.of, bind);
    case 'not':
      return `NOT ${write(condition.of, bind)}`;
    case 'field':
      return fieldSql(condition.field, [condition.test], bind);
    case 'keyword':
      return keywordSql([condition.test], bind);
    case 'absent':
      return `NOT ${presentSql(condition.field, bind)}`;
    case 'reference':
      return referenceSql(condition, bind);
  }
}

/**
 * Writes a condition as SQL over table `event`, with the meaning it has in memory.
 * @param prefix of the parameters' names, so that several conditions can share one query
 */
export function toSql(condition: Condition, prefix = 'p'): ConditionSql {
  const parameters = new Parameters(prefix);
  const text = write(condition, parameters.bind);
  return { text, params: parameters.params };
}

/** Which events a log source takes in, as SQL. `categories`: what its category stands for; empty = any. */
export function logSourceSql(logsource: LogSource, categories: readonly string[], prefix = 'l'): ConditionSql {
  const parameters = new Parameters(prefix);
  const parts: string[] = [];
  if (logsource.product !== '') parts.push(`product = ${parameters.bind(logsource.product)}`);
  if (categories.length > 0) parts.push(`category IN (${categories.map(parameters.bind).join(', ')})`);
  if (logsource.service !== '') parts.push(`service = ${parameters.bind(logsource.service)}`);
  return { text: parts.length === 0 ? '1' : `(${parts.join(' AND ')})`, params: parameters.params };
}
