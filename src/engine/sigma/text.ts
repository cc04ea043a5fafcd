import { ANY, DASHES, type Pattern, type Piece, tidy } from '#engine/condition/pattern.ts';

/**
 * Reads a value of a rule: `*` any characters, `?` one character; a backslash makes `*`, `?` and `\` plain and is itself
 * plain before anything else (Sigma 2.1, "Escaping").
 */
export function parseText(text: string): Pattern {
  const pieces: Piece[] = [];
  // Pieces are cut out of the text: put together letter by letter, thousands of them would take many times their size.
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    const next = text.charAt(at + 1);
    if (letter === '\\' && (next === '*' || next === '?' || next === '\\')) {
      pieces.push({ text: text.slice(from, at) });
      at += 1;
      from = at;
    } else if (letter === '*' || letter === '?') {
      pieces.push({ text: text.slice(from, at) }, letter === '*' ? ANY : { wild: 'one' });
      from = at + 1;
    }
  }
  return tidy([...pieces, { text: text.slice(from) }]);
}

/** The text of a pattern without wildcards; undefined when it has some. */
export function plainOf(pattern: Pattern): string | undefined {
  let text = '';
  for (const piece of pattern) {
    if (!('text' in piece)) return undefined;
    text += piece.text;
  }
  return text;
}

const isWordChar = (letter: string): boolean => /^\w$/.test(letter);

/** A dash that begins an option: nothing of a word before it, a letter or digit after it (as `\B-\b` finds). */
function foldDashes(text: string, before: string): Piece[] {
  const pieces: Piece[] = [];
  let plain = '';
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    const previous = at === 0 ? before : text.charAt(at - 1);
    const option =
      (DASHES as readonly string[]).includes(letter) && !isWordChar(previous) && isWordChar(text.charAt(at + 1));
    if (option) {
      pieces.push({ text: plain }, { wild: 'dash' });
      plain = '';
    } else plain += letter;
  }
  return [...pieces, { text: plain }];
}

/** Modifier `windash`: the dash of an option may be any of the five that Windows programs accept. */
export function windash(pattern: Pattern): Pattern {
  return tidy(pattern.flatMap((piece) => ('text' in piece ? foldDashes(piece.text, '') : [piece])));
}

const utf8 = new TextEncoder();
const binary = (bytes: Iterable<number>): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/** The bytes of a text as one character each. */
export const utf8Bytes = (text: string): string => binary(utf8.encode(text));

/** UTF-16 bytes of a text as one character each. */
export function utf16Bytes(text: string, order: 'little' | 'big'): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (order === 'little') bytes.push(unit & 0xff, unit >> 8);
    else bytes.push(unit >> 8, unit & 0xff);
  }
  return binary(bytes);
}

/** Base64 of bytes given as one character each (RFC 4648, section 4). */
export const base64 = (bytes: string): string => btoa(bytes);

const FROM = [0, 2, 3] as const;
const TO = [undefined, -3, -2] as const;

/**
 * The three ways the base64 of a longer text can contain these bytes, without the characters that neighbouring bytes
 * decide as well.
 */
export function base64Offsets(bytes: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = btoa(' '.repeat(offset) + bytes);
    return encoded.slice(FROM[offset], TO[(bytes.length + offset) % 3]);
  });
}
