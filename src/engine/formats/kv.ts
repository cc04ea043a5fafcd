import { readQuoted } from './quoted.ts';
import { boundText, LIMITS, type Parsed, RecordBuilder, reportOnce } from './record.ts';

/** How pairs are written. Chinese firewalls use all four combinations, and full-width marks with them. */
export interface KeyValueStyle {
  /** Between name and value: `=` or `:` (with `：`). */
  readonly assign: '=' | ':';
  /** Between pairs: white space, or a comma or semicolon (with `，` and `；`) after which another `name=` follows. */
  readonly pair: 'space' | 'comma';
}

interface Cursor {
  readonly text: string;
  at: number;
  /** Place after the last character that is no separator. */
  readonly end: number;
}

/** White space of regular expressions (ECMA-262 §12.2 and §12.3), but for line breaks. */
const SPACES =
  ' \t\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';
const [SPACE, SEPARATOR, BREAK, NO_NAME] = [1, 2, 4, 8];
/** What each sign is: a text is read sign by sign, without asking an expression at each place. */
const CLASSES = new Uint8Array(0x10000);
for (const [signs, one] of [
  [SPACES, SPACE],
  ['\r\n', BREAK],
  [',;，；', SEPARATOR],
  // What a name does not hold besides those.
  ['=:："\'(){}', NO_NAME],
] as const) {
  for (const sign of signs) CLASSES[sign.charCodeAt(0)] = one;
}
/** What ends a name. */
const AFTER_NAME = { space: SPACE | BREAK | SEPARATOR | NO_NAME, comma: BREAK | SEPARATOR | NO_NAME };
const NAME_CHARS_MAX = 128;
const [TAB, BLANK, EQUALS, COLON, FULL_COLON] = [0x09, 0x20, 0x3d, 0x3a, 0xff1a];

/** The first place from `at` on, before `end`, with a sign of these classes; else `end`. */
function placeOf(classes: number, text: string, at: number, end: number): number {
  let place = at;
  while (place < end && ((CLASSES[text.charCodeAt(place)] ?? 0) & classes) === 0) place += 1;
  return place;
}

/** With values bounded by commas a comma inside a value must be told from the one before the next name. */
const NEXT_PAIR = {
  '=': /[,;，；]\s*[^\s=:：,;，；"'(){}][^=:：,;，；"'(){}\r\n]{0,127}=/y,
  ':': /[,;，；]\s*[^\s=:：,;，；"'(){}][^=:：,;，；"'(){}\r\n]{0,127}[:：]/y,
};

/**
 * Reads `name=value` pairs: quoted values with backslash escapes, unquoted values to the next separator, empty values
 * as ''. A word that is no pair is passed over and reported once. A name that comes twice makes a list.
 */
export function parseKeyValue(text: string, style: KeyValueStyle): Parsed {
  const problems: string[] = [];
  const builder = new RecordBuilder(problems);
  const bounded = boundText(text, problems);
  const cursor: Cursor = { text: bounded, at: 0, end: lastWordEnd(bounded) };
  let pairs = 0;
  while (pairs < LIMITS.fields * 2) {
    while (isBetween(bounded.charCodeAt(cursor.at))) cursor.at += 1;
    if (cursor.at >= cursor.end) break;
    const name = takeName(cursor, style);
    if (name === '' || !takeAssign(cursor, style)) {
      if (name === '') cursor.at++;
      reportOnce(problems, 'words that are no name and value were passed over');
      continue;
    }
    const value = readValue(cursor, style, problems);
    builder.add(name.trim(), value);
    pairs++;
  }
  return { record: builder.record, problems };
}

const isBetween = (code: number): boolean => ((CLASSES[code] ?? 0) & (SPACE | BREAK | SEPARATOR)) !== 0;

/** Reads a name; '' when none begins here. */
function takeName(cursor: Cursor, { pair }: KeyValueStyle): string {
  const { text, at } = cursor;
  cursor.at = placeOf(AFTER_NAME[pair], text, at, Math.min(at + NAME_CHARS_MAX, text.length));
  return text.slice(at, cursor.at);
}

const isBlank = (code: number): boolean => code === BLANK || code === TAB;

/** Reads what stands between name and value; false when it does not stand here. */
function takeAssign(cursor: Cursor, { assign, pair }: KeyValueStyle): boolean {
  const { text } = cursor;
  let { at } = cursor;
  while (pair === 'comma' && isBlank(text.charCodeAt(at))) at += 1;
  const code = text.charCodeAt(at);
  if (assign === '=' ? code !== EQUALS : code !== COLON && code !== FULL_COLON) return false;
  cursor.at = at + (pair === 'comma' && isBlank(text.charCodeAt(at + 1)) ? 2 : 1);
  return true;
}

function readValue(cursor: Cursor, style: KeyValueStyle, problems: string[]): string {
  const { text, at } = cursor;
  const quote = text.charAt(at);
  if (quote === '"' || quote === "'") return takeQuoted(cursor, quote, problems);
  cursor.at = style.pair === 'space' ? placeOf(SPACE | BREAK, text, at, text.length) : endBeforeNextPair(cursor, style);
  return text.slice(at, cursor.at).trim();
}

function lastWordEnd(text: string): number {
  let end = text.length;
  while (end > 0 && ',;，； \t\r\n'.includes(text.charAt(end - 1))) end--;
  return end;
}

function endBeforeNextPair({ text, at, end }: Cursor, { assign }: KeyValueStyle): number {
  const next = NEXT_PAIR[assign];
  for (let place = at; ; place += 1) {
    place = placeOf(SEPARATOR, text, place, end);
    if (place >= end) return Math.max(at, end);
    next.lastIndex = place;
    if (next.test(text)) return place;
  }
}

function takeQuoted(cursor: Cursor, quote: string, problems: string[]): string {
  // A backslash escapes the quote and itself; before anything else it is part of a Windows path.
  const { text, end } = readQuoted(cursor.text, cursor.at + 1, quote, `${quote}\\`);
  if (end === -1) reportOnce(problems, 'a quoted value is not closed');
  cursor.at = end === -1 ? cursor.text.length : end;
  return text;
}
