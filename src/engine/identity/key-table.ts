/** Two lanes of 32 bits over a text: what a key is found by. Not stored anywhere: it may change. */
let low = 0;
let high = 0;

/** Bits of a slot's second word that hold the kind; never all 0, so that 0 marks an empty slot. */
const KIND_BITS = 15;
const HASH_BITS = ~KIND_BITS;

function hash(text: string): void {
  let first = 0x811c9dc5;
  let second = 0x9747b28c;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ code, 0x5bd1e995) ^ (second >>> 15);
  }
  first = Math.imul(first ^ (first >>> 16), 0x85ebca6b);
  low = first ^ (first >>> 13);
  second = Math.imul(second ^ (second >>> 13), 0xc2b2ae35);
  high = (second ^ (second >>> 16)) & HASH_BITS;
}

/** Words of a slot: both lanes of the hash, the second with the kind; value; note. */
const WORDS = 4;
/** Slots for each key: more take memory, fewer make rows of full ones long. */
const SLOTS_PER_KEY = 1.6;

/** What a table consists of; other threads may read it at the same time. */
export interface KeyTableParts {
  readonly slots: Int32Array;
}

/**
 * From texts of some kinds to whole numbers, several for a text. Open addressing over one typed array that threads share.
 * Everything about a key lies in the 16 bytes of its slot, and all kinds of a text lie together, so that asking a table that
 * no cache of the processor holds waits for memory once. Texts are told apart by 60 bits of their hash: two of a million keys
 * are taken for one another about once in two million tables.
 */
export class KeyTable {
  readonly parts: KeyTableParts;
  readonly #slots: Int32Array;
  readonly #mask: number;
  #low = 0;
  #high = 0;

  constructor(parts: KeyTableParts) {
    this.parts = parts;
    this.#slots = parts.slots;
    this.#mask = parts.slots.length / WORDS - 1;
  }

  /** An empty table. @param count keys that will be put at most */
  static for(count: number): KeyTable {
    let size = 16;
    while (size < count * SLOTS_PER_KEY) size *= 2;
    return new KeyTable({ slots: new Int32Array(new SharedArrayBuffer(size * WORDS * 4)) });
  }

  /**
   * @param kind one of the bits of `KIND_BITS`
   * @param note whatever helps to choose among the values of a text
   */
  put(kind: number, text: string, value: number, note: number): void {
    hash(text);
    const slots = this.#slots;
    let slot = (low & this.#mask) * WORDS;
    while (slots[slot + 1] !== 0) slot = (slot + WORDS) & (slots.length - 1);
    slots[slot] = low;
    slots[slot + 1] = high | kind;
    slots[slot + 2] = value;
    slots[slot + 3] = note;
  }

  /** The first slot of a text, of whatever kind; -1 when there is none. */
  first(text: string): number {
    hash(text);
    this.#low = low;
    this.#high = high;
    return this.#from((low & this.#mask) * WORDS);
  }

  /** The next slot of the text that `first` was asked for last; -1 when there is none. */
  next(slot: number): number {
    return this.#from((slot + WORDS) & (this.#slots.length - 1));
  }

  #from(start: number): number {
    const slots = this.#slots;
    for (let slot = start; ; slot = (slot + WORDS) & (slots.length - 1)) {
      const second = slots[slot + 1] ?? 0;
      if (second === 0) return -1;
      if (slots[slot] === this.#low && (second & HASH_BITS) === this.#high) return slot;
    }
  }

  kindAt(slot: number): number {
    return (this.#slots[slot + 1] ?? 0) & KIND_BITS;
  }

  valueAt(slot: number): number {
    return this.#slots[slot + 2] ?? 0;
  }

  noteAt(slot: number): number {
    return this.#slots[slot + 3] ?? 0;
  }
}
