import type { MemberReader } from '../row-layout.ts';
import { startsAt } from './bytes.ts';
import type { Values } from './values.ts';

/** Up to this length texts are looked up among those seen before: channels, numbers and names repeat. */
const WORD_MAX = 64;
const WORDS_MAX = 4_096;
const FNV = 0x01000193;

/** The values of the line that was read last, as texts. */
export class LineReader implements MemberReader {
  readonly #values: Values;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #words = new Map<number, string>();
  bytes: Uint8Array = new Uint8Array(0);

  constructor(values: Values) {
    this.#values = values;
  }

  isEmpty(member: number): boolean {
    return this.#values.from[member] === this.#values.to[member];
  }

  text(member: number): string {
    const { from, to, escapes } = this.#values;
    const [start, end] = [from[member] ?? 0, to[member] ?? 0];
    if ((escapes[member] ?? 0) > 0) return String(JSON.parse(`"${this.written(member)}"`));
    return end - start <= WORD_MAX ? this.#word(start, end) : this.#decode(start, end);
  }

  /** The value as it stands in the line. */
  written(member: number): string {
    return this.#decode(this.#values.from[member] ?? 0, this.#values.to[member] ?? 0);
  }

  holds(member: number, wanted: Uint8Array): boolean {
    const { bytes } = this;
    const first = wanted[0] ?? 0;
    const last = (this.#values.to[member] ?? 0) - wanted.length;
    for (let at = this.#values.from[member] ?? 0; at <= last; at += 1) {
      if (bytes[at] === first && startsAt(wanted, bytes, at)) return true;
    }
    return false;
  }

  // A copy: not every decoder takes memory that threads share.
  #decode(from: number, to: number): string {
    return this.#decoder.decode(this.bytes.slice(from, to));
  }

  #word(from: number, to: number): string {
    const { bytes } = this;
    let hash = to - from;
    let high = 0;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at] ?? 0;
      hash = Math.imul(hash ^ byte, FNV);
      high |= byte;
    }
    const known = this.#words.get(hash);
    if (known !== undefined && isWritten(known, bytes, from, to)) return known;
    const text = this.#decode(from, to);
    if (high < 0x80) {
      if (this.#words.size >= WORDS_MAX) this.#words = new Map();
      this.#words.set(hash, text);
    }
    return text;
  }
}

function isWritten(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) !== bytes[from + at]) return false;
  return true;
}
