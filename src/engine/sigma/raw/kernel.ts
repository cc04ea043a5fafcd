import { assemble } from './assembler.ts';
import { FOLD_FUNCTIONS } from './kernel-fold.ts';
import { MEMO_FUNCTIONS } from './kernel-memo.ts';
import { SEARCH_FUNCTIONS } from './kernel-search.ts';
import { TOKEN_FUNCTIONS } from './kernel-tokens.ts';
import { CELLS, KEY, LINE, LINE_MAX, MEMO, MIX, MIX_HIGH, PLAN, TABLES } from './memory-map.ts';

/** What the engine uses of WebAssembly, which the language's own type library leaves to browsers. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Record<string, (...values: number[]) => number> };
};

const PAGE = 65_536;
let compiled: object | undefined;

/** The same for all kernels of a process: the code does not depend on rules. */
function moduleOf(): object {
  compiled ??= new WebAssembly.Module(
    assemble([...TOKEN_FUNCTIONS, ...FOLD_FUNCTIONS, ...MEMO_FUNCTIONS, ...SEARCH_FUNCTIONS]),
  );
  return compiled;
}

/** A key of interest: a member's name and the number of the object it stands in. */
export interface Key {
  readonly parent: number;
  readonly name: string;
  /** Number of the object it opens, 0 = its value is text. */
  readonly opens: number;
  /** True when nothing in or below it is ever a field. */
  readonly ignored: boolean;
}

const encoder = new TextEncoder();

/** Of a key: its first four bytes, four in the middle and the last four, its length and what it stands in. */
function hashOfKey(name: Uint8Array, parent: number): number {
  const word = (at: number): number =>
    (name[at] ?? 0) | ((name[at + 1] ?? 0) << 8) | ((name[at + 2] ?? 0) << 16) | ((name[at + 3] ?? 0) << 24);
  const { length } = name;
  const inner = length < 4 ? 0 : Math.imul(word((length - 4) >> 1), MIX) ^ Math.imul(word(length - 4), MIX_HIGH);
  const hash = Math.imul(word(0) ^ inner ^ (length | (parent << 8)), MIX);
  return hash ^ (hash >>> 15);
}

/** The kernel's memory: tables are laid down in it and never moved; one line at a time is read and searched. */
export class Kernel {
  private readonly memory = new WebAssembly.Memory({ initial: Math.ceil(TABLES / PAGE) });
  private readonly code = new WebAssembly.Instance(moduleOf(), { host: { memory: this.memory } }).exports;
  private free = TABLES;
  private keys = { table: 0, mask: 0, stamps: 0 };
  private longest = 0;
  private readonly texts = new Map<string, number>();
  private readonly stamps: { readonly address: number; readonly count: number }[] = [];
  bytes = new Uint8Array(this.memory.buffer);
  words = new Int32Array(this.memory.buffer);
  /** Number of the line being read, from 1. */
  epoch = 0;

  /** Ids in use, 0 included. */
  keyCount = 1;

  get tableBytes(): number {
    return this.free - MEMO.at;
  }

  /** Room of so many bytes, all 0, at an address that 4 divides. */
  allocate(size: number): number {
    const address = this.free;
    this.free = (address + size + 3) & ~3;
    const missing = this.free + PAGE - this.bytes.length;
    if (missing > 0) {
      this.memory.grow(Math.max(Math.ceil(missing / PAGE), 16));
      this.bytes = new Uint8Array(this.memory.buffer);
      this.words = new Int32Array(this.memory.buffer);
    }
    return address;
  }

  /** Lays bytes down with room to read a few beyond them. */
  place(bytes: Uint8Array): number {
    const address = this.allocate(bytes.length + 4);
    this.bytes.set(bytes, address);
    return address;
  }

  /** As `place`; equal texts stand in one place, since most plans look for the same ones. @param key tells them apart */
  placeText(key: string, bytes: Uint8Array): number {
    const known = this.texts.get(key);
    if (known !== undefined) return known;
    const address = this.place(bytes);
    this.texts.set(key, address);
    return address;
  }

  placeWords(values: ArrayLike<number>): number {
    const address = this.allocate(Math.max(4, values.length * 4));
    this.words.set(values, address >> 2);
    return address;
  }

  /** Says which keys are read; key n gets the id n + 1. Once, before any line. */
  readKeys(keys: readonly Key[]): void {
    this.keyCount = keys.length + 1;
    let slots = 64;
    while (slots < keys.length * 4) slots *= 2;
    const table = this.allocate(slots * KEY.size);
    this.keys = { table, mask: slots - 1, stamps: this.allocateStamps(keys.length + 1) };
    keys.forEach((key, index) => {
      const name = encoder.encode(key.name);
      const hash = hashOfKey(name, key.parent);
      let slot = hash & (slots - 1);
      while (this.words[(table + slot * KEY.size + KEY.text) >> 2] !== 0) slot = (slot + 1) & (slots - 1);
      const flags = (key.opens === 0 ? 0 : key.opens + 1) | (key.ignored ? 256 : 0);
      this.words.set(
        [hash, key.parent, this.place(name), name.length, index + 1, flags],
        (table + slot * KEY.size) >> 2,
      );
    });
  }

  /**
   * Reads a line into tokens.
   * @returns how many; -1 when the line is none the kernel can read
   */
  read(source: Uint8Array, from: number, to: number): number {
    const length = to - from;
    if (length > LINE_MAX) return -1;
    this.bytes.set(from === 0 && to === source.length ? source : source.subarray(from, to), LINE);
    return this.readPlaced(length);
  }

  /** As `read`, of a line that is a text already. */
  readText(text: string): number {
    const { read, written } = encoder.encodeInto(text, this.bytes.subarray(LINE, LINE + LINE_MAX));
    return read < text.length ? -1 : this.readPlaced(written);
  }

  private readPlaced(length: number): number {
    this.bytes.fill(0, LINE + length, LINE + length + 32);
    this.longest = LINE + length;
    this.nextEpoch();
    const { table, mask, stamps } = this.keys;
    return this.code.readTokens?.(LINE, this.longest, table, mask, stamps, this.epoch) ?? -1;
  }

  /** Bit n: in object n stood something that could become fields the kernel does not know. */
  get nested(): number {
    return this.words[CELLS.nested >> 2] ?? 0;
  }

  /** True when the line that was read has a member with this id, whatever its value. */
  has(id: number): boolean {
    return this.words[(this.keys.stamps >> 2) + id] === this.epoch;
  }

  /** Searches the line that was read for what the plan at `address` looks for. */
  search(address: number, tokens: number): number {
    return this.code.searchLine?.(address, tokens, LINE, this.longest, this.epoch) ?? -1;
  }

  /** The rules of a plan that the last search found possible. */
  candidates(address: number, found: number): Int32Array {
    const at = (this.words[(address + PLAN.candidates) >> 2] ?? 0) >> 2;
    return this.words.subarray(at, at + found);
  }

  /** True when the last search saw a filter of the rule hold. */
  isRefuted(address: number, rule: number): boolean {
    const stamp = ((this.words[(address + PLAN.ruleStamps) >> 2] ?? 0) >> 2) + rule;
    const count = ((this.words[(address + PLAN.ruleCounts) >> 2] ?? 0) >> 2) + rule;
    return this.words[stamp] === this.epoch && (this.words[count] ?? 0) < 0;
  }

  /** Forgets the values seen so far. */
  forget(): void {
    for (let slot = 0; slot < MEMO.slots; slot += 1) this.words[(MEMO.at + slot * MEMO.size) >> 2] = 0;
  }

  /** Room for stamps: words that hold the number of the line in which something was last seen. */
  allocateStamps(count: number): number {
    const address = this.allocate(Math.max(4, count * 4));
    this.stamps.push({ address, count });
    return address;
  }

  /** Every 2^32 lines the numbers begin anew: older stamps must not count for new lines. */
  private nextEpoch(): void {
    this.epoch = (this.epoch + 1) | 0;
    if (this.epoch !== 0) return;
    for (const { address, count } of this.stamps) this.words.fill(0, address >> 2, (address >> 2) + count);
    this.epoch = 1;
  }
}
