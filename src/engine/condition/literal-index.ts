/** A text to look for, where it must stand, and whom it speaks for. */
export interface LiteralEntry {
  /** Folded. */
  readonly text: string;
  readonly at: 'equals' | 'starts' | 'ends' | 'contains';
  readonly id: number;
}

interface Anchored {
  readonly text: string;
  readonly id: number;
  /** Where in `text` the indexed gram begins. */
  readonly offset: number;
}

const GRAM = 4;
const FILTER_BITS_MIN = 1 << 12;
const FILTER_BITS_MAX = 1 << 18;
/** Remembered values: how many, and up to which length. */
const MEMO_MAX = 4_000;
const MEMO_LENGTH_MAX = 120;

const gramAt = (text: string, at: number): number =>
  ((text.charCodeAt(at) & 0xff) << 24) |
  ((text.charCodeAt(at + 1) & 0xff) << 16) |
  ((text.charCodeAt(at + 2) & 0xff) << 8) |
  (text.charCodeAt(at + 3) & 0xff);

/** Bits of the filter in front of the table of grams: so many that nearly all grams of a text stop there. */
function filterBits(grams: number): number {
  let bits = FILTER_BITS_MIN;
  while (bits < FILTER_BITS_MAX && bits < grams * 32) bits *= 2;
  return bits;
}

const filterSlot = (gram: number, mask: number): number => (Math.imul(gram, 0x9e3779b1) >>> 14) & mask;

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/**
 * Finds which of thousands of literals a text holds in one pass over it: each literal is filed under one run of four
 * characters, the rarest among all literals; a run that is filed is then compared in full. Nothing is ever missed and
 * nothing reported that is not there. Tables stay small whatever letters occur.
 */
export class LiteralIndex {
  private readonly exact = new Map<string, number[]>();
  private readonly starts = new Map<number, Anchored[]>();
  private readonly ends = new Map<number, Anchored[]>();
  /** By slot of the filter: small whole numbers are quick to look up, and every entry is compared in full anyway. */
  private readonly grams = new Map<number, Anchored[]>();
  private readonly short: LiteralEntry[] = [];
  private readonly filter: Uint32Array;
  private readonly mask: number;
  private memo = new Map<string, readonly number[]>();

  constructor(entries: readonly LiteralEntry[]) {
    const counts = this.countGrams(entries);
    const bits = filterBits(entries.length);
    this.filter = new Uint32Array(bits / 32);
    this.mask = bits - 1;
    for (const { text, at, id } of entries) {
      if (at === 'equals') push(this.exact, text, id);
      else if (text.length < GRAM) this.short.push({ text, at, id });
      else if (at === 'starts') push(this.starts, gramAt(text, 0), { text, id, offset: 0 });
      else if (at === 'ends') push(this.ends, gramAt(text, text.length - GRAM), { text, id, offset: 0 });
      else this.file(text, id, counts);
    }
  }

  private countGrams(entries: readonly LiteralEntry[]): Map<number, number> {
    const counts = new Map<number, number>();
    for (const { text, at } of entries) {
      for (let from = 0; at === 'contains' && from + GRAM <= text.length; from += 1) {
        const gram = gramAt(text, from);
        counts.set(gram, (counts.get(gram) ?? 0) + 1);
      }
    }
    return counts;
  }

  private file(text: string, id: number, counts: ReadonlyMap<number, number>): void {
    let offset = 0;
    let rarest = Infinity;
    for (let from = 0; from + GRAM <= text.length; from += 1) {
      const count = counts.get(gramAt(text, from)) ?? 0;
      if (count < rarest) {
        rarest = count;
        offset = from;
      }
    }
    const gram = gramAt(text, offset);
    const slot = filterSlot(gram, this.mask);
    push(this.grams, slot, { text, id, offset });
    this.filter[slot >>> 5] = (this.filter[slot >>> 5] ?? 0) | (1 << (slot & 31));
  }

  /** Ids of the entries that hold of `text` (folded); an id may come more than once. */
  find(text: string): readonly number[] {
    // Looking up a long text costs as much as a pass over it, and it would not be there.
    const short = text.length <= MEMO_LENGTH_MAX;
    const remembered = short ? this.memo.get(text) : undefined;
    if (remembered) return remembered;
    const found: number[] = [];
    const exact = this.exact.get(text);
    if (exact) found.push(...exact);
    for (const entry of this.short) {
      const { at } = entry;
      const holds =
        at === 'starts'
          ? text.startsWith(entry.text)
          : at === 'ends'
            ? text.endsWith(entry.text)
            : text.includes(entry.text);
      if (holds) found.push(entry.id);
    }
    if (text.length >= GRAM) this.findGrams(text, found);
    if (short) {
      if (this.memo.size >= MEMO_MAX) this.memo = new Map();
      this.memo.set(text, found);
    }
    return found;
  }

  private findGrams(text: string, found: number[]): void {
    for (const entry of this.starts.get(gramAt(text, 0)) ?? []) if (text.startsWith(entry.text)) found.push(entry.id);
    const tail = this.ends.get(gramAt(text, text.length - GRAM));
    for (const entry of tail ?? []) if (text.endsWith(entry.text)) found.push(entry.id);
    if (this.grams.size === 0) return;
    const { filter, mask } = this;
    let gram = gramAt(text, 0);
    for (let end = GRAM; ; end += 1) {
      const slot = filterSlot(gram, mask);
      if (((filter[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0) {
        for (const entry of this.grams.get(slot) ?? []) {
          if (text.startsWith(entry.text, end - GRAM - entry.offset)) found.push(entry.id);
        }
      }
      if (end >= text.length) return;
      gram = (gram << 8) | (text.charCodeAt(end) & 0xff);
    }
  }
}
