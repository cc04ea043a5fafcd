import type { Member } from '../row-layout.ts';

/** A member and where its value stands, a text without its quotes. */
export interface Leaf extends Member {
  readonly from: number;
  readonly to: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];
const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** More members than this, or deeper ones, are for the usual way. */
export const LEAVES_MAX = 250;
const DEPTH_MAX = 6;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Where the list that begins here ends; -1 when it does not. */
export function endOfList(bytes: Uint8Array, from: number, to: number): number {
  let depth = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20) return -1;
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (byte === QUOTE) {
      for (at += 1; at < to && bytes[at] !== QUOTE; at += 1) if (bytes[at] === BACKSLASH) at += 1;
    }
  }
  return -1;
}

/** Takes a JSON object apart that is known to be good JSON. */
class Walk {
  readonly leaves: Leaf[] = [];
  readonly #bytes: Uint8Array;
  readonly #to: number;
  #at: number;

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = bytes;
    this.#at = from;
    this.#to = to;
  }

  /** @returns false when it has more than can be looked at */
  object(path: readonly string[]): boolean {
    if (path.length > DEPTH_MAX) return false;
    this.#at += 1;
    for (;;) {
      this.#blanks();
      const byte = this.#bytes[this.#at];
      if (byte === CLOSE_OBJECT) {
        this.#at += 1;
        return true;
      }
      if (byte === COMMA) this.#at += 1;
      else if (!this.#member(path)) return false;
    }
  }

  #member(path: readonly string[]): boolean {
    const from = this.#at;
    this.#text();
    const name = String(JSON.parse(decoder.decode(this.#bytes.slice(from, this.#at))));
    this.#blanks();
    if (this.#bytes[this.#at] !== COLON) return false;
    this.#at += 1;
    this.#blanks();
    return this.#value([...path, name]);
  }

  #value(path: readonly string[]): boolean {
    const bytes = this.#bytes;
    const from = this.#at;
    if (bytes[from] === OPEN_OBJECT) return this.object(path);
    if (this.leaves.length >= LEAVES_MAX) return false;
    if (bytes[from] === QUOTE) {
      this.#text();
      this.leaves.push({ path, kind: 'text', from: from + 1, to: this.#at - 1 });
      return true;
    }
    if (bytes[from] === OPEN_LIST) {
      this.#at = endOfList(bytes, from, this.#to);
      if (this.#at < 0) return false;
      this.leaves.push({ path, kind: 'list', from, to: this.#at });
      return true;
    }
    while (this.#at < this.#to && !endsBare(bytes[this.#at] ?? 0)) this.#at += 1;
    // "null" is part of what stands between values.
    if (bytes[from] !== 0x6e) this.leaves.push({ path, kind: 'bare', from, to: this.#at });
    return this.#at > from;
  }

  #text(): void {
    for (this.#at += 1; this.#at < this.#to; this.#at += 1) {
      if (this.#bytes[this.#at] === BACKSLASH) this.#at += 1;
      else if (this.#bytes[this.#at] === QUOTE) break;
    }
    this.#at += 1;
  }

  #blanks(): void {
    while (isBlank(this.#bytes[this.#at] ?? 0)) this.#at += 1;
  }
}

/** A number, true, false or null ends before this byte. */
export const endsBare = (byte: number): boolean => byte === COMMA || byte === CLOSE_OBJECT || isBlank(byte);

/** The values of a JSON object in their order; undefined when the line is none, or has too many. */
export function leavesOf(bytes: Uint8Array, from: number, to: number): readonly Leaf[] | undefined {
  if (bytes[from] !== OPEN_OBJECT) return undefined;
  try {
    JSON.parse(decoder.decode(bytes.slice(from, to)));
  } catch {
    return undefined;
  }
  const walk = new Walk(bytes, from, to);
  return walk.object([]) ? walk.leaves : undefined;
}
