import { isComparison, refuseEquality, refuseLoneSign } from './foreign.ts';
import { SearchFault } from './query.ts';

/** A word of a query. `column` is its first character, from 1. */
export type Token =
  | { readonly kind: 'open' | 'close' | 'and' | 'or' | 'not' | 'end'; readonly column: number }
  | { readonly kind: 'field'; readonly name: string; readonly column: number }
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean; readonly column: number }
  | { readonly kind: 'regex'; readonly source: string; readonly column: number };

const OPENS = '(（';
const CLOSES = ')）';
const COLONS = ':：=';
/** What may follow the name of a field, here or elsewhere. */
const SIGNS = `${COLONS}<>!`;
const QUOTES: Readonly<Record<string, string>> = { '"': '"', '“': '”', '”': '”', "'": "'" };
const isBlank = (char: string): boolean => /\s/u.test(char) || char === '，' || char === '、';

const OPERATORS: Readonly<Record<string, 'and' | 'or' | 'not'>> = {
  and: 'and',
  or: 'or',
  not: 'not',
  '&&': 'and',
  '||': 'or',
  '!': 'not',
  且: 'and',
  和: 'and',
  或: 'or',
  非: 'not',
};

/** A name that may stand before a colon; a drive letter or an address before a colon is no field. */
const FIELD_NAME = /^[\p{L}@_][\p{L}\p{N}_.@-]*$/u;

/** Cuts a query into words. @throws SearchFault for a quote or regular expression that is not closed */
export function tokensOf(query: string): Token[] {
  const chars = Array.from(query);
  const tokens: Token[] = [];
  let at = 0;
  while (at < chars.length) {
    const char = chars[at] ?? '';
    const column = at + 1;
    if (isBlank(char)) at += 1;
    else if (OPENS.includes(char) || CLOSES.includes(char)) {
      tokens.push({ kind: OPENS.includes(char) ? 'open' : 'close', column });
      at += 1;
    } else if (Object.hasOwn(QUOTES, char)) {
      const { text, end } = quoted(chars, at);
      tokens.push({ kind: 'text', text, quoted: true, column });
      at = end;
    } else if (char === '~' && tokens.at(-1)?.kind === 'field') {
      const isQuoted = Object.hasOwn(QUOTES, chars[at + 1] ?? '');
      const { text, end } = isQuoted ? quoted(chars, at + 1, true) : bare(chars, at + 1);
      tokens.push({ kind: 'regex', source: text, column });
      at = end;
    } else if ((char === '-' || char === '!' || char === '！') && startsOperand(chars[at + 1]) && standsFree(tokens)) {
      tokens.push({ kind: 'not', column });
      at += 1;
    } else at = word(chars, at, tokens);
  }
  tokens.push({ kind: 'end', column: chars.length + 1 });
  return tokens;
}

const startsOperand = (next: string | undefined): boolean => next !== undefined && !isBlank(next);
/** `-` before a value of a field is part of the value (`Status:-1`). */
const standsFree = (tokens: readonly Token[]): boolean => tokens.at(-1)?.kind !== 'field';

/** Characters up to a blank or bracket. */
function bare(chars: readonly string[], start: number): { text: string; end: number } {
  let end = start;
  while (end < chars.length && !ends(chars[end] ?? '')) end += 1;
  return { text: chars.slice(start, end).join(''), end };
}

const ends = (char: string): boolean => isBlank(char) || OPENS.includes(char) || CLOSES.includes(char);

/** Reads a bare word, which may turn out to be `name:`. @returns the position after it */
function word(chars: readonly string[], start: number, tokens: Token[]): number {
  const afterField = tokens.at(-1)?.kind === 'field';
  // `user: and x` has lost its value; `user:and` asks for the word.
  const isValue = afterField && !isBlank(chars[start - 1] ?? '');
  let text = '';
  let at = start;
  for (; at < chars.length && !ends(chars[at] ?? ''); at += 1) {
    const char = chars[at] ?? '';
    if (SIGNS.includes(char) && !afterField && FIELD_NAME.test(text)) {
      const length = signAfter(text, chars, at);
      if (length !== undefined) {
        tokens.push({ kind: 'field', name: text, column: start + 1 });
        return at + length;
      }
    }
    text += char;
  }
  if (!afterField) refuseLoneSign(tokens.at(-1), text, start + 1);
  const operator = isValue ? undefined : OPERATORS[text.toLowerCase()];
  if (operator !== undefined && Object.hasOwn(OPERATORS, text.toLowerCase())) {
    tokens.push({ kind: operator, column: start + 1 });
  } else tokens.push({ kind: 'text', text, quoted: false, column: start + 1 });
  return at;
}

/** How many signs part a name and its value; undefined where the word is a text. */
function signAfter(name: string, chars: readonly string[], at: number): number | undefined {
  const rest = bare(chars, at).text;
  refuseEquality(name, rest, at + 1);
  if (!COLONS.includes(chars[at] ?? '')) return isComparison(name, rest, at + 1) ? 0 : undefined;
  // Base64 ends so.
  const isPadding = rest === '==';
  return isPadding || isAddressOrDrive(name, chars, at) ? undefined : 1;
}

/** `http://…` and `C:\\…` are texts. */
const isAddressOrDrive = (name: string, chars: readonly string[], at: number): boolean =>
  (chars[at + 1] === '/' && chars[at + 2] === '/') || (name.length === 1 && chars[at + 1] === '\\');

/**
 * Backslashes are themselves: paths are full of them. Before the closing quote two stand for one, so that a text may end with
 * one, and a single one makes the quote part of the text, if another one closes the text later. A regular expression keeps all.
 */
function quoted(chars: readonly string[], start: number, isRegex = false): { text: string; end: number } {
  const close = QUOTES[chars[start] ?? ''] ?? '"';
  let text = '';
  for (let at = start + 1; at < chars.length; at += 1) {
    const from = at;
    while (chars[at] === '\\') at += 1;
    const count = at - from;
    const char = chars[at] ?? '';
    if (char !== close) {
      text += '\\'.repeat(count) + char;
      continue;
    }
    const isPart = count % 2 === 1 && chars.indexOf(close, at + 1) >= 0;
    const before = isPart ? count - 1 : count;
    text += '\\'.repeat(isRegex ? before : Math.ceil(before / 2));
    if (!isPart) return { text, end: at + 1 };
    text += close;
  }
  throw new SearchFault(start + 1, 'quote', 'this quote is not closed', `put ${close} at the end of the text`);
}
