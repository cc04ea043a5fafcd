import { COLUMNS } from '#engine/fields/dictionary.ts';
import { STORED_COLUMNS } from '#engine/fields/stored.ts';

const LEDGER = new Set(COLUMNS.flatMap(({ column, ledger }) => (ledger ? [column] : [])));

/** Columns a template may name. */
const HELD = STORED_COLUMNS.flatMap(({ column, kind }) =>
  kind === 'text' && column !== 'template' && !LEDGER.has(column) ? [column] : [],
);

const list = (items: readonly string[]): string => `[${items.join(', ')}]`;
const quoted = (text: string): string => `'${text}'`;

const TIME_TEXT = 'toString(time)';
/** What `toTemplate` calls the forms of a time. */
const TIME_FORMS: readonly (readonly [string, string])[] = [
  ['@T', `replaceOne(${TIME_TEXT}, ' ', 'T')`],
  ['@t', TIME_TEXT],
  ['@S', `replaceOne(substring(${TIME_TEXT}, 1, 19), ' ', 'T')`],
  ['@s', `substring(${TIME_TEXT}, 1, 19)`],
];

/** JSON's form of a value: only values with these five signs are ever replaced by a mark. */
const JSON_FORM = [
  ['\\\\', '\\\\\\\\'],
  ['"', '\\\\"'],
  ['\\n', '\\\\n'],
  ['\\r', '\\\\r'],
  ['\\t', '\\\\t'],
].reduce((sql, [sign, form]) => `replaceAll(${sql}, '${sign}', '${form}')`, 'v');

/** SQL of the value of a mark, `name` being in scope: a key of `rest`, a form of the time, or a column. */
const VALUE = (() => {
  const forms = TIME_FORMS.flatMap(([name, sql]) => [`name = '${name}'`, sql]);
  const names = list(HELD.map(quoted));
  const values = list(HELD.map((column) => `toString(${column})`));
  const column = `${values}[indexOf(${names}, name)]`;
  return `multiIf(startsWith(name, '.'), JSONExtractString(rest, substring(name, 2)), ${forms.join(', ')}, ${column})`;
})();

/** SQL of what stands after a mark's start: its value, and the text up to the next mark. */
const PIECE = (json: string): string =>
  `arrayMap((name, tail) -> concat(arrayMap(v -> if(${json}, ${JSON_FORM}, v), [${VALUE}])[1], tail), ` +
  `arrayMap(p -> substring(p, 1, position(p, '\\x02') - 1), pieces), ` +
  `arrayMap(p -> substring(p, position(p, '\\x02') + 1), pieces))`;

/** SQL that puts the values back into a part of a template. The same as `fromTemplate` does in memory. */
function expanded(part: string, json: string): string {
  const pieces = `arrayPopFront(splitByChar('\\x01', ${part}))`;
  const mapped = PIECE(json).replaceAll('pieces', pieces);
  return `concat(splitByChar('\\x01', ${part})[1], arrayStringConcat(${mapped}))`;
}

/** SQL of the original text. */
export const RAW_SQL =
  "multiIf(startsWith(template, '\\x02'), substring(template, 2), position(template, '\\x01') = 0, template, " +
  `${expanded('template', "startsWith(template, '{')")})`;

const MESSAGE_START = '\\x01(\\x02';
const MESSAGE_END = '\\x01)\\x02';
const INNER = `extract(template, '(?s)\\x01[(]\\x02(.*)\\x01[)]\\x02')`;

/** SQL of the rendered message: as it was kept, or read from the original text. */
export const MESSAGE_SQL =
  `if(message_text != '' OR position(template, '${MESSAGE_START}') = 0 OR position(template, '${MESSAGE_END}') = 0, ` +
  `message_text, JSONExtractString(concat('{"m":"', ${expanded(INNER, '1')}, '"}'), 'm'))`;
