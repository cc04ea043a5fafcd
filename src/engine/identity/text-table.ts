/** Texts in memory that threads share: where each begins, and their bytes. */
export interface TextTableParts {
  readonly starts: Uint32Array;
  readonly bytes: Uint8Array;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const STARTS_FIRST = 1024;
const BYTES_FIRST = 16_384;
/** UTF-8 needs no more for one unit of UTF-16. */
const UNIT_BYTES_MAX = 3;

/** The text of a number that `TextTableBuilder` gave; '' for another one. */
export function textAt({ starts, bytes }: TextTableParts, number: number): string {
  const from = starts[number];
  const to = starts[number + 1];
  if (from === undefined || to === undefined || to <= from) return '';
  // A decoder does not read shared memory: a copy.
  return decoder.decode(bytes.slice(from, to));
}

/** Collects texts. A million names are not a million objects, and other threads read them without a copy. */
export class TextTableBuilder {
  #starts = new Uint32Array(new SharedArrayBuffer(STARTS_FIRST * 4));
  #bytes = new Uint8Array(new SharedArrayBuffer(BYTES_FIRST));
  #count = 0;
  #at = 0;

  /** @returns the number of the text */
  add(text: string): number {
    const number = this.#count;
    if (number + 2 > this.#starts.length) {
      const larger = new Uint32Array(new SharedArrayBuffer(this.#starts.length * 8));
      larger.set(this.#starts);
      this.#starts = larger;
    }
    const room = this.#at + text.length * UNIT_BYTES_MAX;
    if (room > this.#bytes.length) {
      const larger = new Uint8Array(new SharedArrayBuffer(Math.max(this.#bytes.length * 2, room)));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    const encoded = encoder.encode(text);
    this.#bytes.set(encoded, this.#at);
    this.#at += encoded.length;
    this.#count += 1;
    this.#starts[this.#count] = this.#at;
    return number;
  }

  finish(): TextTableParts {
    return { starts: this.#starts.subarray(0, this.#count + 1), bytes: this.#bytes };
  }
}
