import { isZone } from '#engine/fields/zone.ts';
import { IPV4_TEXT, IPV6_TEXT, parseNetwork } from './address.ts';
import type { Comparison, TimePart, ValueTest } from './condition.ts';
import { caseVariants, foldCase, hasWideCase } from './fold.ts';
import { comparable, DASHES, type Pattern, type Piece, shapeOf } from './pattern.ts';
import { toRe2 } from './regex/re2.ts';
import { HIGHEST, type Node } from './regex/syntax.ts';
import { NUMBER_TEXT, TIME_TEXT } from './values.ts';

/** Gives the SQL for a text value: a bound parameter. */
export type Bind = (value: string) => string;

export const OPERATORS: Readonly<Record<Comparison, string>> = { lt: '<', lte: '<=', gt: '>', gte: '>=', eq: '=' };

const exactly = (code: number): Node => ({ kind: 'chars', ranges: [[code, code]] });

function pieceNodes(piece: Piece, cased: boolean): Node[] {
  if ('text' in piece) {
    return Array.from(piece.text, (letter): Node => {
      const code = letter.codePointAt(0) ?? 0;
      const codes = cased ? [code] : caseVariants(code);
      return { kind: 'chars', ranges: codes.map((one) => [one, one] as const).sort((a, b) => a[0] - b[0]) };
    });
  }
  if (piece.wild === 'dash') return [{ kind: 'choice', of: DASHES.map((dash) => exactly(dash.codePointAt(0) ?? 0)) }];
  const anything: Node = { kind: 'chars', ranges: [[0, HIGHEST]] };
  return [piece.wild === 'one' ? anything : { kind: 'repeat', of: anything, min: 0, max: Infinity }];
}

/** A pattern as a regular expression over the whole value. */
function patternRe2(pattern: Pattern, cased: boolean): string {
  const node: Node = {
    kind: 'sequence',
    of: [
      { kind: 'assert', what: 'text-start' },
      ...pattern.flatMap((piece) => pieceNodes(piece, cased)),
      { kind: 'assert', what: 'text-end' },
    ],
  };
  return toRe2({ source: '', node });
}

const onlyStars = (pattern: Pattern): boolean => pattern.every((piece) => 'text' in piece || piece.wild === 'any');

const likeText = (text: string): string => text.replace(/[\\%_]/g, (letter) => `\\${letter}`);

function textSql(pattern: Pattern, cased: boolean, value: string, bind: Bind): string {
  const compared = comparable(pattern, cased);
  const wide = !cased && compared.some((piece) => 'text' in piece && hasWideCase(piece.text));
  const shape = shapeOf(compared);
  const simple = !wide && (shape.form !== 'segments' || onlyStars(compared));
  if (!simple) return `match(${value}, ${bind(patternRe2(compared, cased))})`;
  const hay = cased ? value : `lower(${value})`;
  switch (shape.form) {
    case 'equals':
      return `${hay} = ${bind(shape.text)}`;
    case 'starts':
      return `startsWith(${hay}, ${bind(shape.text)})`;
    case 'ends':
      return `endsWith(${hay}, ${bind(shape.text)})`;
    case 'contains':
      // Not position(): a text index narrows only what LIKE asks.
      return shape.text === '' ? '1' : `${hay} LIKE ${bind(`%${likeText(shape.text)}%`)}`;
    case 'segments':
      return `${hay} LIKE ${bind(compared.map((piece) => ('text' in piece ? likeText(piece.text) : '%')).join(''))}`;
  }
}

const PARTS: Readonly<Record<TimePart, string>> = {
  minute: 'toMinute',
  hour: 'toHour',
  day: 'toDayOfMonth',
  week: 'toISOWeek',
  month: 'toMonth',
  year: 'toYear',
};

function timeSql(test: Extract<ValueTest, { op: 'time' }>, value: string): string {
  // The zone stands in the text of the query: ClickHouse takes no parameter there.
  if (!isZone(test.zone)) throw new Error(`"${test.zone}" is no time zone`);
  const written = `toDateTime64OrNull(concat(substring(${value}, 1, 10), ' ', substring(${value}, 12, 8)), 0, 'UTC')`;
  const zone = `extract(${value}, '[+-][0-9]{2}:?[0-9]{2}$')`;
  const digits = `replaceAll(substring(${zone}, 2), ':', '')`;
  const minutes = `(toInt32OrZero(substring(${digits}, 1, 2)) * 60 + toInt32OrZero(substring(${digits}, 3, 2)))`;
  // The end of a date such as 2026-05-06 looks like an offset: only what follows the time of day is one.
  const offset = `if(length(${value}) > 19, if(startsWith(${zone}, '-'), -1, 1) * ${minutes}, 0)`;
  const local = `toTimeZone(addMinutes(${written}, -1 * ${offset}), '${test.zone}')`;
  const real = `toDayOfMonth(${written}) = toUInt8OrZero(substring(${value}, 9, 2))`;
  const part = `${PARTS[test.part]}(${local}) ${OPERATORS[test.compare]} ${test.value}`;
  return `(match(${value}, '${TIME_TEXT.replaceAll('\\', '\\\\')}') AND ifNull(${real}, 0) AND ifNull(${part}, 0))`;
}

function cidrSql(network: string, value: string, bind: Bind): string {
  const parsed = parseNetwork(network);
  if (!parsed) return '0';
  const groups = Array.from({ length: 8 }, (_, index) => {
    const high = parsed.bytes[index * 2] ?? 0;
    return ((high << 8) | (parsed.bytes[index * 2 + 1] ?? 0)).toString(16);
  });
  const v4 = `match(${value}, '${IPV4_TEXT.replaceAll('\\', '\\\\')}')`;
  const v6 = `match(${value}, '${IPV6_TEXT.replaceAll('\\', '\\\\')}')`;
  const address = `multiIf(${v4}, concat('::ffff:', ${value}), ${v6}, ${value}, '::')`;
  const exact = `(${v4} OR ${v6}) AND isIPAddressInRange(${address}, ${bind(`${groups.join(':')}/${parsed.bits}`)})`;
  const head = dottedHead(parsed);
  // Most values begin otherwise: comparing a few letters is far cheaper than reading every value as an address.
  return head === '' ? `(${exact})` : `((startsWith(${value}, ${bind(head)}) OR ${value} LIKE '%:%') AND ${exact})`;
}

/** With what every address of an IPv4 network begins when written with dots: `10.66.`; '' when nothing is common. */
function dottedHead({ bytes, bits }: { readonly bytes: ArrayLike<number>; readonly bits: number }): string {
  const isV4 = bits >= 96 && Array.from(bytes).slice(0, 12).join() === '0,0,0,0,0,0,0,0,0,0,255,255';
  const whole = isV4 ? Math.floor((bits - 96) / 8) : 0;
  return whole === 0
    ? ''
    : `${Array.from(bytes)
        .slice(12, 12 + Math.min(whole, 3))
        .join('.')}.`;
}

/** The test of one value as SQL over the expression `value`, which is text and never NULL. */
export function valueSql(test: ValueTest, value: string, bind: Bind): string {
  switch (test.op) {
    case 'text':
      return textSql(test.pattern, test.cased, value, bind);
    case 'regex':
      return `match(${value}, ${bind(toRe2(test.regex))})`;
    case 'number':
      return `(match(${value}, '${NUMBER_TEXT.replaceAll('\\', '\\\\')}') AND toFloat64OrZero(${value}) ${OPERATORS[test.compare]} ${test.value})`;
    case 'time':
      return timeSql(test, value);
    case 'cidr':
      return cidrSql(test.network, value, bind);
  }
}

const WIDE_LETTERS: readonly [from: string, to: string] = (() => {
  let from = '';
  let to = '';
  for (let unit = 0x80; unit < 0xd800; unit += 1) {
    const letter = String.fromCharCode(unit);
    const folded = foldCase(letter);
    if (folded !== letter) {
      from += letter;
      to += folded;
    }
  }
  for (let unit = 0xe000; unit <= 0xffff; unit += 1) {
    const letter = String.fromCharCode(unit);
    const folded = foldCase(letter);
    if (folded !== letter) {
      from += letter;
      to += folded;
    }
  }
  return [from, to];
})();

/** `foldCase` in SQL. */
export const foldSql = (value: string, bind: Bind): string =>
  `translateUTF8(lower(${value}), ${bind(WIDE_LETTERS[0])}, ${bind(WIDE_LETTERS[1])})`;
