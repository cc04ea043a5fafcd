/** Two lanes of 32 bits over a text: what a key is found by. Not stored anywhere: it may change. */
let low = 0;
let high = 0;

function hash(kind: number, text: string): void {
  let first = 0x811c9dc5 ^ kind;
  let second = 0x9747b28c + kind;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ code, 0x5bd1e995) ^ (second >>> 15);
  }
  first = Math.imul(first ^ (first >>> 16), 0x85ebca6b);
  low = (first ^ (first >>> 13)) >>> 0;
  second = Math.imul(second ^ (second >>> 13), 0xc2b2ae35);
  // 0 marks an empty place.
  high = ((second ^ (second >>> 16)) | 1) >>> 0;
}

/** The arrays of a table, which other threads may read at the same time. */
export interface KeyTableParts {
  readonly lows: Uint32Array;
  readonly highs: Uint32Array;
  readonly values: Int32Array;
}

/**
 * From texts of some kinds to whole numbers, several for a text. Open addressing over typed arrays: a million keys take
 * 24 MB, and threads share them. Texts are told apart by 63 bits of their hash: two of a million keys are taken for one
 * another about once in ten million tables.
 */
export class KeyTable {
  readonly parts: KeyTableParts;
  readonly #mask: number;

  constructor(parts: KeyTableParts) {
    this.parts = parts;
    this.#mask = parts.lows.length - 1;
  }

  /** An empty table. @param count keys that will be put at most */
  static for(count: number): KeyTable {
    let size = 16;
    while (size < count * 2) size *= 2;
    const bytes = () => new SharedArrayBuffer(size * 4);
    return new KeyTable({
      lows: new Uint32Array(bytes()),
      highs: new Uint32Array(bytes()),
      values: new Int32Array(bytes()),
    });
  }

  put(kind: number, text: string, value: number): void {
    hash(kind, text);
    const { lows, highs, values } = this.parts;
    let at = low & this.#mask;
    while (highs[at] !== 0) at = (at + 1) & this.#mask;
    lows[at] = low;
    highs[at] = high;
    values[at] = value;
  }

  /** Puts the values of a text into `found` from `from` on. @returns where they end */
  find(kind: number, text: string, found: Int32Array, from: number): number {
    hash(kind, text);
    const { lows, highs, values } = this.parts;
    let to = from;
    for (let at = low & this.#mask; highs[at] !== 0; at = (at + 1) & this.#mask) {
      if (lows[at] === low && highs[at] === high && to < found.length) {
        found[to] = values[at] ?? 0;
        to += 1;
      }
    }
    return to;
  }
}
