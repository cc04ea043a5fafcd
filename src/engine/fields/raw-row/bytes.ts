/** Memory that is read byte by byte, and four bytes at a time where that is quicker. */
export interface Memory {
  readonly bytes: Uint8Array;
  readonly words: DataView;
}

/** The same memory, not a copy. */
export const memoryOf = (bytes: Uint8Array): Memory => ({
  bytes,
  words: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
});

/** Bytes of a word. */
export const WORD = 4;
const LOWEST_BITS = 0x01010101;
const HIGHEST_BITS = 0x80808080;
const SPACES = 0x20202020;

/** Four times the same byte. */
export const everyByte = (byte: number): number => Math.imul(byte, LOWEST_BITS);

/**
 * Whether one of the four bytes is this one. True for some words without it too (whose byte below the other is one more than
 * wanted): whoever hears true looks at each byte.
 *
 * @param pattern the byte wanted, four times
 */
export const mayHold = (word: number, pattern: number): boolean => {
  const zeroed = word ^ pattern;
  return ((zeroed - LOWEST_BITS) & ~zeroed & HIGHEST_BITS) !== 0;
};

const QUOTES = everyByte(0x22);
const BACKSLASHES = everyByte(0x5c);
const DELETES = everyByte(0x7f);

/**
 * Whether four bytes are all signs of ASCII that stand for themselves in a text of JSON. False for some words of such signs
 * too: whoever hears false looks at each byte.
 */
export const arePlain = (word: number): boolean => {
  const quotes = (word ^ QUOTES) - LOWEST_BITS;
  const backslashes = (word ^ BACKSLASHES) - LOWEST_BITS;
  const deletes = (word ^ DELETES) - LOWEST_BITS;
  return ((quotes | backslashes | deletes | (word - SPACES) | word) & HIGHEST_BITS) === 0;
};

/** Whether the same bytes stand at two places. Both must lie within their memories. */
export function areSame(left: Memory, leftAt: number, right: Memory, rightAt: number, length: number): boolean {
  if (length < WORD) {
    for (let at = 0; at < length; at += 1) if (left.bytes[leftAt + at] !== right.bytes[rightAt + at]) return false;
    return true;
  }
  const [one, other] = [left.words, right.words];
  const last = length - WORD;
  for (let at = 0; at < last; at += WORD) {
    if (one.getInt32(leftAt + at, true) !== other.getInt32(rightAt + at, true)) return false;
  }
  // The last word may overlap the one before it.
  return one.getInt32(leftAt + last, true) === other.getInt32(rightAt + last, true);
}

/** Whether these bytes stand at this place. */
export function startsAt(wanted: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < wanted.length; index += 1) if (bytes[at + index] !== wanted[index]) return false;
  return true;
}

/** Whether these bytes are what stands from here to there. */
export const spells = (wanted: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean =>
  to - from === wanted.length && startsAt(wanted, bytes, from);
