import type { ValueTest } from '#engine/condition/condition.ts';
import { hasWideCase } from '#engine/condition/fold.ts';
import { ANY, comparable } from '#engine/condition/pattern.ts';
import { type Bind, valueSql } from '#engine/condition/sql-value.ts';
import { COLUMNS } from '#engine/fields/dictionary.ts';
import type { HeldFields } from './held.ts';

/** Read whatever is known: what the original text has besides its values, and values without a column. */
const ALWAYS = ['template', 'rest'];
const STORED = COLUMNS.map(({ column }) => (column === 'message' ? 'message_text' : column));
const DICTIONARY = COLUMNS.map(({ column }) => column);
/** Columns of which the roll-up says whether they hold anything but digits, hexadecimal letters and these signs. */
export const NARROW_COLUMNS: ReadonlySet<string> = new Set(
  COLUMNS.filter(({ type, low }) => !low && ['guid', 'ip', 'port', 'number'].includes(type)).map(
    ({ column }) => column,
  ),
);
const NARROW_TEXT = /^[0-9a-f{}.:-]*$/;

/** A template names its columns; what is looked for must not be found in such a name. */
const WITHOUT_NAMES = String.raw`replaceRegexpAll(template, '\x01[^\x02]*\x02', '\x01')`;

/**
 * Free text as SQL: some column has it. Column by column a scan reads only what is in use, and no long text is put
 * together for each event; only a pattern with wild cards, which may reach over several values, is decided on all of them
 * in one, for events that have its longest piece.
 *
 * @param held what the events have; undefined: anything
 */
export function freeTextSql(test: ValueTest, held: HeldFields | undefined, bind: Bind): string {
  const literal = longestLiteral(test);
  const whole = () => valueSql(test, 'searchable', bind).replaceAll('lower(searchable)', 'searchable');
  if (literal === '' || literal.includes('\n')) return `(${whole()})`;
  const mayHave = (column: string): boolean =>
    held === undefined ||
    (NARROW_COLUMNS.has(column) && !NARROW_TEXT.test(literal)
      ? held.wideColumns.has(column)
      : held.columns.has(column));
  const columns = [...ALWAYS, ...STORED.filter((_, index) => mayHave(DICTIONARY[index] ?? ''))];
  const found = `(${columns.map((column) => containsSql(column, literal, bind)).join(' OR ')})`;
  return isPlain(test) ? found : `(${found} AND ${whole()})`;
}

/** The pattern is one literal text with anything before and after. */
const isPlain = (test: ValueTest): boolean =>
  test.op === 'text' && test.pattern.filter((piece) => 'text' in piece).length === 1 && test.pattern.length === 3;

function longestLiteral(test: ValueTest): string {
  if (test.op !== 'text' || test.cased) return '';
  const texts = comparable(test.pattern, false).map((piece) => ('text' in piece ? piece.text : ''));
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}

function containsSql(column: string, literal: string, bind: Bind): string {
  const inName = column === 'template' && STORED.some((name) => name.includes(literal));
  const pattern = [ANY, { text: literal }, ANY];
  // Nothing need be lower-cased where no letter has two forms.
  const cased = !/[a-z]/.test(literal) && !hasWideCase(literal);
  return valueSql({ op: 'text', pattern, cased }, inName ? WITHOUT_NAMES : column, bind);
}
