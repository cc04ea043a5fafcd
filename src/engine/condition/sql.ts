import { COLUMN_FIELDS, columnOf } from '#engine/fields/aliases.ts';
import { COLUMNS } from '#engine/fields/dictionary.ts';
import type { LogSource } from '#engine/fields/event.ts';
import type { Condition, ValueTest } from './condition.ts';
import { valueTester } from './evaluate.ts';
import { ANY } from './pattern.ts';
import { KEYWORD_COLUMNS, mayHaveKeyword } from './sql-keywords.ts';
import { framedSql, framedTextOf, Prepared, searchSql } from './sql-packed.ts';
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
  readonly lists: Record<string, readonly string[]> = {};
  private readonly names = new Map<string, string>();
  private readonly listNames = new Map<string, string>();
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

  readonly bindList = (values: readonly string[]): string => {
    const key = values.join('\n');
    let name = this.listNames.get(key);
    if (name === undefined) {
      name = `${this.prefix}l${this.listNames.size}`;
      this.listNames.set(key, name);
      this.lists[name] = values;
    }
    return `{${name}:Array(String)}`;
  };
}

/**
 * What is known of the events asked about. Looking into `rest` is dear and keeps the store from using an index of the
 * column, so a name that no event has there need not be looked for.
 */
export interface Held {
  /** False only when no event has a key of this name in `rest`. */
  readonly restHas: (name: string) => boolean;
}

const UNKNOWN: Held = { restHas: () => true };

interface Target extends Held {
  readonly bind: Bind;
  /** Set when the condition shares its query with many others. */
  readonly packed?: {
    readonly prepared: Prepared;
    readonly bindList: (values: readonly string[]) => string;
  };
}

/** The name is a key of `rest`. The plain search first: it is cheap and narrows, reading the JSON decides. */
const inRest = (name: string, to: Target): string =>
  `(position(rest, ${to.bind(`${JSON.stringify(name)}:`)}) > 0 AND JSONHas(rest, ${to.bind(name)}))`;

function restValues(name: string, to: Target): string {
  const key = to.bind(name);
  return `if(JSONType(rest, ${key}) = 'Array', JSONExtract(rest, ${key}, 'Array(String)'), [JSONExtractString(rest, ${key})])`;
}

/** First name of `names` found in `rest` decides. */
function restChain(names: readonly string[], then: (name: string) => string, otherwise: string, to: Target): string {
  const branches = names.flatMap((name) => [inRest(name, to), then(name)]);
  return names.length === 0 ? otherwise : `multiIf(${[...branches, otherwise].join(', ')})`;
}

/** Where a field is looked for: in `rest` under its own name, its column, `rest` under the names of the same meaning. */
function places(
  field: string,
  { restHas }: Target,
): { column: string; before: readonly string[]; after: readonly string[] } {
  const column = columnOf(field);
  const own = [field].filter(restHas);
  if (column === '') return { column: '', before: own, after: [] };
  const names = COLUMN_FIELDS[column] ?? [];
  // The first name of a column goes to the column whenever it is there: no need to look into `rest` before.
  if (names[0] === field) return { column, before: [], after: names.filter(restHas) };
  return { column, before: own, after: names.filter((name) => name !== field && restHas(name)) };
}

/** The one text that a value must have stands in the JSON as it is: looking for it first spares reading most of the JSON. */
function written(field: string, tests: readonly ValueTest[], to: Target): string {
  const [test, another] = tests;
  if (test?.op !== 'text' || another !== undefined) return '';
  const literal = test.pattern.reduce(
    (longest, piece) => ('text' in piece && piece.text.length > longest.length ? piece.text : longest),
    '',
  );
  // Letters outside ASCII may have another case, and these signs are written otherwise in JSON.
  if (literal === '' || !/^[^\P{ASCII}\p{Cc}"\\]+$/u.test(literal)) return '';
  const has = (text: string) =>
    valueSql({ op: 'text', pattern: [ANY, { text }, ANY], cased: test.cased }, 'rest', to.bind);
  if (test.pattern.length > 1) return `${has(literal)} AND `;
  // A value without wild cards stands right after its key, unless it is one of several.
  const key = `${JSON.stringify(field)}:`;
  return `(${has(`${key}"${literal}"`)} OR (${has(literal)} AND position(rest, ${to.bind(`${key}[`)}) > 0)) AND `;
}

function anyTest(tests: readonly ValueTest[], value: string, to: Target): string {
  return tests.map((test) => valueSql(test, value, to.bind)).join(' OR ');
}

/** All values of a field, framed. */
function framesOf(field: string, to: Target): string {
  const { column, before, after } = places(field, to);
  const inRestFrames = (name: string): string =>
    `arrayStringConcat(arrayMap(v -> ${framedSql('v')}, ${restValues(name, to)}))`;
  const rest = restChain(after, inRestFrames, "''", to);
  return restChain(
    before,
    inRestFrames,
    column === '' ? "''" : `if(${column} != '', ${framedSql(column)}, ${rest})`,
    to,
  );
}

/** As `fieldSql`; what a text tells is asked of the framed values. */
function packedFieldSql(field: string, tests: readonly ValueTest[], to: Target): string {
  const { packed } = to;
  const { column, before } = places(field, to);
  const texts = tests.flatMap((test) => framedTextOf(test) ?? []);
  if (packed === undefined || texts.length === 0 || (column === '' && before.length === 0))
    return fieldSql(field, tests, to);
  const found = searchSql(packed.prepared.nameOf(framesOf(field, to)), texts, to.bind, packed.bindList);
  const others = tests.filter((test) => framedTextOf(test) === undefined);
  return others.length === 0 ? `(${found})` : `(${found} OR ${fieldSql(field, others, to)})`;
}

/** Some value of the field passes one of the tests. */
function fieldSql(field: string, tests: readonly ValueTest[], to: Target): string {
  const { column, before, after } = places(field, to);
  const inRestValues = (name: string): string =>
    `arrayExists(v -> ${anyTest(tests, 'v', to)}, ${restValues(name, to)})`;
  if (column === '' && before.length === 0) return '0';
  if (column === '') return `(${written(field, tests, to)}${inRest(field, to)} AND ${inRestValues(field)})`;
  const emptyPasses = tests.some((test) => valueTester(test)(''));
  const typed = `(${anyTest(tests, column, to)})`;
  const stored = emptyPasses ? `(${column} != '' AND ${typed})` : typed;
  const rest = restChain(after, inRestValues, '0', to);
  const found = after.length === 0 ? stored : `(${stored} OR (${column} = '' AND rest != '' AND ${rest}))`;
  return before.length === 0 ? found : restChain(before, inRestValues, found, to);
}

function presentSql(field: string, to: Target): string {
  const { column, before, after } = places(field, to);
  const rest = [...before, ...after].map((name) => inRest(name, to));
  const parts = [...(column === '' ? [] : [`${column} != ''`]), ...rest];
  return parts.length === 0 ? '0' : `(${parts.join(' OR ')})`;
}

function valuesSql(field: string, to: Target): string {
  const { column, before, after } = places(field, to);
  const none = "CAST([], 'Array(String)')";
  if (column === '') return restChain(before, (name) => restValues(name, to), none, to);
  const rest = restChain(after, (name) => restValues(name, to), none, to);
  const found = `if(${column} != '', [toString(${column})], ${rest})`;
  return restChain(before, (name) => restValues(name, to), found, to);
}

const KEYWORD_TEXTS = (() => {
  const columns = COLUMNS.flatMap(({ column, ledger }) => (ledger ? [] : [`toString(${column})`])).join(', ');
  const keys = "arrayFilter(k -> k != '@names' AND NOT startsWith(k, 'tongan.'), JSONExtractKeys(rest))";
  const values = `if(JSONType(rest, k) = 'Array', JSONExtract(rest, k, 'Array(String)'), [JSONExtractString(rest, k)])`;
  return `arrayConcat([raw], arrayFilter(c -> c != '', [${columns}]), arrayFlatten(arrayMap(k -> ${values}, ${keys})))`;
})();

function keywordSql(tests: readonly ValueTest[], to: Target): string {
  const found = `arrayExists(v -> ${anyTest(tests, 'v', to)}, ${KEYWORD_TEXTS})`;
  const may = to.packed && mayHaveKeyword(tests, to.packed.bindList);
  return may === undefined ? found : `(${may} AND ${found})`;
}

function referenceSql(condition: Extract<Condition, { kind: 'reference' }>, to: Target): string {
  const relation = {
    equals: 'a = b',
    starts: 'startsWith(a, b)',
    ends: 'endsWith(a, b)',
    contains: "(b = '' OR position(a, b) > 0)",
  };
  const values = (field: string): string => {
    const plain = valuesSql(field, to);
    return condition.cased ? plain : `arrayMap(x -> ${foldSql('x', to.bind)}, ${plain})`;
  };
  const inner = `arrayExists(b -> ${relation[condition.how]}, ${values(condition.other)})`;
  return `arrayExists(a -> ${inner}, ${values(condition.field)})`;
}

/** Alternatives on one field share one look at it. */
function anySql(parts: readonly Condition[], to: Target): string {
  const fields = new Map<string, ValueTest[]>();
  const keywords: ValueTest[] = [];
  const texts: string[] = [];
  for (const part of parts) {
    if (part.kind === 'field') fields.set(part.field, [...(fields.get(part.field) ?? []), part.test]);
    else if (part.kind === 'keyword') keywords.push(part.test);
    else texts.push(write(part, to));
  }
  for (const [field, tests] of fields) texts.push(packedFieldSql(field, tests, to));
  if (keywords.length > 0) texts.push(keywordSql(keywords, to));
  return `(${texts.join(' OR ')})`;
}

function write(condition: Condition, to: Target): string {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? '1' : '0';
    case 'and':
      return `(${condition.of.map((part) => write(part, to)).join(' AND ')})`;
    case 'or':
      return anySql(condition.of, to);
    case 'not':
      return `NOT ${write(condition.of, to)}`;
    case 'field':
      return packedFieldSql(condition.field, [condition.test], to);
    case 'keyword':
      return keywordSql([condition.test], to);
    case 'absent':
      return `NOT ${presentSql(condition.field, to)}`;
    case 'reference':
      return referenceSql(condition, to);
  }
}

/**
 * Writes a condition as SQL over table `event`, with the meaning it has in memory.
 * @param prefix of the parameters' names, so that several conditions can share one query
 * @param held what is known of the events it is asked of
 */
export function toSql(condition: Condition, prefix = 'p', held: Held = UNKNOWN): ConditionSql {
  const parameters = new Parameters(prefix);
  const text = write(condition, { bind: parameters.bind, restHas: held.restHas });
  return { text, params: parameters.params };
}

/**
 * Conditions that share one query: `SELECT … FROM (SELECT <selected> FROM event)`. They mean what `toSql` gives for each,
 * and are a fraction of the work to understand.
 */
export class ConditionPack {
  private readonly parameters = new Parameters('c');
  private readonly prepared = new Prepared();
  private readonly held: Held;

  constructor(held: Held = UNKNOWN) {
    this.held = held;
  }

  /** The condition as an expression that is 0 or 1. */
  write(condition: Condition): string {
    const { bind, bindList } = this.parameters;
    return write(condition, { bind, restHas: this.held.restHas, packed: { prepared: this.prepared, bindList } });
  }

  /** Values of all expressions written so far. */
  get params(): Readonly<Record<string, string | readonly string[]>> {
    return { ...this.parameters.params, ...this.parameters.lists };
  }

  /** What the subquery selects for the expressions written so far: columns, and `expression AS name`. */
  get selected(): readonly string[] {
    return [...COLUMNS.map(({ column }) => column), ...KEYWORD_COLUMNS, ...this.prepared.selected];
  }
}

/** Names that a condition looks for in `rest` as far as nothing is known of the events. */
export function restNamesOf(condition: Condition): Set<string> {
  const names = new Set<string>();
  toSql(condition, 'p', { restHas: (name) => names.add(name).has(name) });
  return names;
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
