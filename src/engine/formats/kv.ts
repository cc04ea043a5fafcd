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

const SPACE = /[\s,;，；]*/y;
const KEY_BY_SPACE = /[^\s=:：,;，；"'(){}]{1,128}/y;
const KEY_BY_COMMA = /[^=:：,;，；"'(){}\r\n]{1,128}/y;

const ASSIGN = {
  space: { '=': /=/y, ':': /[:：]/y },
  comma: { '=': /[ \t]*=[ \t]?/y, ':': /[ \t]*[:：][ \t]?/y },
};
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
    take(cursor, SPACE);
    if (cursor.at >= cursor.end) break;
    const name = take(cursor, style.pair === 'space' ? KEY_BY_SPACE : KEY_BY_COMMA);
    if (name === undefined || take(cursor, ASSIGN[style.pair][style.assign]) === undefined) {
      if (name === undefined) cursor.at++;
      reportOnce(problems, 'words that are no name and value were passed over');
      continue;
    }
    const value = readValue(cursor, style, problems);
    builder.add(name.trim(), value);
    pairs++;
  }
  return { record: builder.record, problems };
}

function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

function readValue(cursor: Cursor, style: KeyValueStyle, problems: string[]): string {
  const quote = cursor.text.charAt(cursor.at);
  if (quote === '"' || quote === "'") return readQuoted(cursor, quote, problems);
  const start = cursor.at;
  const end = style.pair === 'space' ? endOfWord(cursor) : endBeforeNextPair(cursor, style);
  cursor.at = end;
  return cursor.text.slice(start, end).trim();
}

const SPACE_END = /\s|$/g;

function endOfWord(cursor: Cursor): number {
  SPACE_END.lastIndex = cursor.at;
  return SPACE_END.exec(cursor.text)?.index ?? cursor.text.length;
}

function lastWordEnd(text: string): number {
  let end = text.length;
  while (end > 0 && ',;，； \t\r\n'.includes(text.charAt(end - 1))) end--;
  return end;
}

function endBeforeNextPair(cursor: Cursor, style: KeyValueStyle): number {
  const next = NEXT_PAIR[style.assign];
  for (let i = cursor.at; i < cursor.end; i++) {
    if (!',;，；'.includes(cursor.text.charAt(i))) continue;
    next.lastIndex = i;
    if (next.test(cursor.text)) return i;
  }
  return Math.max(cursor.at, cursor.end);
}

function readQuoted(cursor: Cursor, quote: string, problems: string[]): string {
  let value = '';
  for (let i = cursor.at + 1; i < cursor.text.length; i++) {
    const c = cursor.text.charAt(i);
    if (c === quote) {
      cursor.at = i + 1;
      return value;
    }
    // A backslash escapes the quote and itself; before anything else it is part of a Windows path.
    const next = cursor.text.charAt(i + 1);
    if (c === '\\' && (next === quote || next === '\\')) {
      value += next;
      i++;
    } else value += c;
  }
  reportOnce(problems, 'a quoted value is not closed');
  cursor.at = cursor.text.length;
  return value;
}
