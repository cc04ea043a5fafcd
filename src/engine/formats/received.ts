/**
 * Bytes that senders hand over, as text. Most are UTF-8; much Chinese equipment still writes GB 18030-2022; and some are
 * damaged: cut in the middle of a character, or mixed with bytes that are no text. Nothing is destroyed: the bytes can be told
 * from the text and what is said beside it.
 */

// The byte order mark stays: it is part of the original.
// Both put U+FFFD for what they cannot read: an exception for each text would cost more than the text.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const gb18030 = new TextDecoder('gb18030');
const UNREADABLE = '\ufffd';

/** More places than these are not listed beside a text; the reading then keeps bytes one by one. */
const FAULTS_MAX = 16;
/** Bytes at which a character of GB 18030 may be cut: one of two or four bytes. */
const GB_CUT_MAX = 3;
const ESCAPED_FROM = 0xdc00;

/** Bytes that are part of no character. */
interface Fault {
  readonly from: number;
  readonly to: number;
}

/** What bytes are that are not UTF-8 throughout. */
interface Reading {
  /** `latin1`: neither of the others, so that each byte stands for itself. */
  readonly as: 'utf-8' | 'gb18030' | 'latin1';
  readonly faults: readonly Fault[];
}

/** A line as text, and how it became that. */
export interface ReceivedLine {
  readonly text: string;
  /**
   * '' for UTF-8, `gb18030`, or `latin1` where bytes were neither and are kept one by one. `utf-8 ff@17 e5ba@end`, and `gb18030 b2@end`:
   * U+FFFD stands in the text where these bytes were, counted from the first one of the line.
   */
  readonly encoding: string;
}

/** A line as text. */
export function receivedLine(bytes: Uint8Array): ReceivedLine {
  const text = asUtf8(bytes);
  if (text !== undefined) return { text, encoding: '' };
  const { as, faults } = readingOf(bytes);
  if (as === 'latin1') return { text: latin1(bytes), encoding: as };
  const places = faults.map((fault) => ` ${placeOf(fault, bytes)}`).join('');
  return { text: textWith(bytes, { as, faults }, () => UNREADABLE), encoding: `${as}${places}` };
}

/** The text of what is UTF-8 throughout. */
function asUtf8(bytes: Uint8Array): string | undefined {
  const text = utf8.decode(bytes);
  return text.includes(UNREADABLE) && utf8Faults(bytes).faults.length > 0 ? undefined : text;
}

/** The text of what is GB 18030 throughout. */
function asGb18030(bytes: Uint8Array): string | undefined {
  const text = gb18030.decode(bytes);
  return text.includes(UNREADABLE) ? undefined : text;
}

const placeOf = ({ from, to }: Fault, bytes: Uint8Array): string =>
  `${Buffer.from(bytes.subarray(from, to)).toString('hex')}@${to === bytes.length ? 'end' : from}`;

/** What is wrong with a text that came in this encoding, for whoever reads its event; '' when nothing is. */
export function damageOf({ text, encoding }: ReceivedLine): string {
  if (encoding === '') {
    const isEscaped = text.includes('\\udc') && ESCAPED_BYTE.test(text);
    return isEscaped ? 'bytes that are no character stand as \\udc80 to \\udcff' : '';
  }
  if (encoding === 'latin1') return 'the bytes are neither UTF-8 nor GB 18030, each stands as a character of Latin-1';
  const space = encoding.indexOf(' ');
  return space < 0 ? '' : `U+FFFD stands for bytes that are no character:${encoding.slice(space)}`;
}

/** As `receivedText` leaves them when it becomes JSON; after the first half of a pair it is the second one. */
const ESCAPED_BYTE = /(?<!\\ud[89ab][0-9a-f]{2})\\udc[89a-f][0-9a-f]/;

/**
 * A text that becomes part of another one. A byte that belongs to no character becomes a lone surrogate, U+DC80 for 0x80 and so on:
 * JSON writes it as `\udc80`, and `receivedBytes` gives it back.
 */
export const receivedText = (bytes: Uint8Array): string => textOf(bytes, false);

/** @param isForeign it stands in something that is not UTF-8, so that letters which would be rare in UTF-8 are not believed */
function textOf(bytes: Uint8Array, isForeign: boolean): string {
  const text = asUtf8(bytes);
  if (text === undefined) return textWith(bytes, readingOf(bytes), escaped);
  return isForeign && RARE_ONLY.test(text) ? (asGb18030(bytes) ?? text) : text;
}

/** Two characters of GB 2312 are often two letters of UTF-8 by chance, and hardly ever a character of three bytes. */
const RARE_ONLY = /^[\0-\u07ff]*[\x80-\u07ff][\0-\u07ff]*$/;

/** The bytes that a text of `receivedText` was made of, as UTF-8 where they were characters. */
export function receivedBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts = text.split(/([\udc80-\udcff]+)/u);
  return Buffer.concat(parts.map((part, at) => Buffer.from(part, at % 2 === 1 ? 'latin1' : 'utf8')));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * A document of JSON as text. When it is not UTF-8 throughout each text in it is read by itself, since one sender may pass
 * on what others wrote; where one ends is told with the second bytes of GB 18030 in mind, which may be a backslash.
 */
export function receivedJson(bytes: Uint8Array): string {
  const whole = asUtf8(bytes);
  if (whole !== undefined) return whole;
  const isForeign = readingOf(bytes).as !== 'utf-8';
  let json = '';
  for (let at = 0; at < bytes.length; ) {
    const from = bytes.indexOf(QUOTE, at);
    if (from < 0) return json + latin1(bytes.subarray(at));
    const to = endOfText(bytes, from + 1);
    json += latin1(bytes.subarray(at, from + 1)) + textOf(bytes.subarray(from + 1, to), isForeign);
    if (to < bytes.length) json += '"';
    at = to + 1;
  }
  return json;
}

function endOfText(bytes: Uint8Array, from: number): number {
  const walk = new CharacterWalk();
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (walk.goesOn(byte)) continue;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  return bytes.length;
}

/** Tells which bytes of a text begin a character, in UTF-8 and in GB 18030, whose second bytes may be those of signs of JSON. */
export class CharacterWalk {
  #isSecond = false;
  /** Bytes that are still to come if it is UTF-8. */
  #more = 0;

  /** True when a byte, the next one, belongs to a character that began before it. */
  goesOn(byte: number): boolean {
    if (byte < 0x80 && !this.#isSecond) {
      this.#more = 0;
      return false;
    }
    const isOfUtf8 = this.#more > 0 && byte >= 0x80 && byte < 0xc0;
    this.#more = isOfUtf8 ? this.#more - 1 : 0;
    const isOfGb = this.#isSecond && byte >= 0x40 && byte !== 0x7f && byte !== 0xff;
    this.#isSecond = false;
    if (isOfUtf8 || isOfGb) return true;
    if (byte > 0x80) {
      this.#isSecond = true;
      this.#more = byte < 0xc2 || byte > 0xf4 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    }
    return false;
  }
}

/** Bytes of Latin-1, which are characters one by one. */
const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

function escaped(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length);
  for (const [at, byte] of bytes.entries()) units[at] = byte < 0x80 ? byte : ESCAPED_FROM + byte;
  return Buffer.from(units.buffer).toString('utf16le');
}

/** The text of a reading. @param stand what stands for the bytes of a fault */
function textWith(bytes: Uint8Array, { as, faults }: Reading, stand: (bytes: Uint8Array) => string): string {
  if (as === 'latin1') return stand(bytes);
  const decoder = as === 'utf-8' ? utf8 : gb18030;
  let text = '';
  let at = 0;
  for (const { from, to } of faults) {
    text += decoder.decode(bytes.subarray(at, from)) + stand(bytes.subarray(from, to));
    at = to;
  }
  return text + decoder.decode(bytes.subarray(at));
}

/**
 * Tells damaged UTF-8 from GB 18030. Chinese in UTF-8 whose end is missing is often good GB 18030 too, but of characters that nobody
 * writes; and GB 18030 hardly ever has characters of UTF-8 of three bytes or more without many bytes that are no UTF-8.
 */
function readingOf(bytes: Uint8Array): Reading {
  const { wide, narrow, faults } = utf8Faults(bytes);
  const damaged: Reading = { as: 'utf-8', faults };
  const mayBeUtf8 = faults.length <= FAULTS_MAX && wide >= faults.length;
  if (asGb18030(bytes) !== undefined) {
    const isUtf8 = mayBeUtf8 && wide >= faults.length + narrow && !isOrdinary(bytes);
    return isUtf8 ? damaged : { as: 'gb18030', faults: [] };
  }
  if (mayBeUtf8) return damaged;
  const cut = gbCut(bytes);
  return cut === undefined ? { as: 'latin1', faults: [] } : { as: 'gb18030', faults: [cut] };
}

/**
 * True when two of three characters of a text in GB 18030 are punctuation or among the 3,755 most frequent ones (level 1 of GB 2312). Nearly all
 * are in Chinese that is written so; hardly half of them in what UTF-8 becomes when it is read so.
 */
function isOrdinary(bytes: Uint8Array): boolean {
  let [ordinary, others] = [0, 0];
  for (let at = 0; at < bytes.length; ) {
    const [lead = 0, second = 0] = bytes.subarray(at, at + 2);
    if (lead < 0x80) at += 1;
    else {
      const isLevel1 = lead >= 0xb0 && lead <= 0xd7;
      if (second >= 0xa1 && (isLevel1 || (lead >= 0xa1 && lead <= 0xa3))) ordinary += 1;
      else others += 1;
      at += second < 0x40 ? 4 : 2;
    }
  }
  return ordinary >= 2 * others;
}

/** What is no UTF-8, up to one more than may be listed, and how many characters of two bytes, and of more, were there until then. */
function utf8Faults(bytes: Uint8Array): { wide: number; narrow: number; faults: Fault[] } {
  const faults: Fault[] = [];
  let [wide, narrow] = [0, 0];
  for (let at = 0; at < bytes.length && faults.length <= FAULTS_MAX; ) {
    const step = (bytes[at] ?? 0) < 0x80 ? 1 : stepOf(bytes, at);
    if (step < 0) faults.push({ from: at, to: at - step });
    else if (step > 2) wide += 1;
    else if (step === 2) narrow += 1;
    at += Math.abs(step);
  }
  return { wide, narrow, faults };
}

/**
 * Bytes of the character of UTF-8 that begins here with a byte above 0x7f (RFC 3629, 4); of its beginning that is there, negative,
 * when it is not whole.
 */
function stepOf(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let there = 1; there < length; there += 1) {
    const byte = bytes[at + there] ?? 0;
    if (byte < (there === 1 ? least : 0x80) || byte > (there === 1 ? most : 0xbf)) return -there;
  }
  return length;
}

/** The bytes at the end of a text in GB 18030 that begin a character; undefined when what is before them does not speak for one. */
function gbCut(bytes: Uint8Array): Fault | undefined {
  for (let length = 1; length <= GB_CUT_MAX && length < bytes.length; length += 1) {
    const from = bytes.length - length;
    const [lead = 0] = bytes.subarray(from);
    const before = bytes.subarray(0, from);
    const begins = lead > 0x80 && lead < 0xff;
    if (begins && before.some((byte) => byte > 0x80) && asGb18030(before) !== undefined)
      return { from, to: bytes.length };
  }
  return undefined;
}
