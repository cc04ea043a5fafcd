import { type Memory, spells, startsAt } from './bytes.ts';
import { LEAVES_MAX, type Leaf } from './leaves.ts';
import { KINDS, type KindNumber, type Values } from './values.ts';

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const [FNV_START, FNV] = [0x811c9dc5, 0x01000193];
const MIX = 0x9e3779b1;
const KIND_COUNT = 3;

/** Names and sets of members that are kept: made-up ones must not fill the memory. */
const NAMES_MAX = 20_000;
const SETS_MAX = 2_000;

const encoder = new TextEncoder();
const NULL = encoder.encode('null');

/** A name in an object of the lines. */
interface Name {
  readonly written: Uint8Array;
  /** Of the value under it, whatever its kind. */
  readonly number: number;
  readonly inside: Names;
  /** Another one of the same hash. */
  readonly other: Name | undefined;
}

type Names = Map<number, Name>;

/** Lines with the same members, and how these are numbered. */
interface MemberSet<Known> {
  readonly members: ReadonlyMap<number, number>;
  readonly known: Known;
}

/**
 * Reads lines whose members are known but come in another order each time, as Elastic's Beats write them: their
 * members are those of a map. Slower than comparing shapes, and much quicker than making an event.
 */
export class AnyOrder<Known> {
  readonly #values: Values;
  /** By place in the line: what its member is, and which number that has in the set. */
  readonly #ids = new Int32Array(LEAVES_MAX);
  readonly #order = new Int32Array(LEAVES_MAX);
  /** By member: the number of the line that had it last. */
  readonly #seenIn = new Int32Array(LEAVES_MAX);
  #line = 0;
  #names: Names = new Map();
  #nameCount = 0;
  #sets = new Map<number, MemberSet<Known>>();
  /** True when the last line was not read because of its members, not of what a value holds. */
  unknown = false;

  /** @param values that a read line leaves behind */
  constructor(values: Values) {
    this.#values = values;
  }

  /** Reads a line. @returns what is known of lines with its members; undefined: nothing, or it has a value for the usual way */
  read(line: Memory, from: number, to: number): Known | undefined {
    this.unknown = false;
    const count = this.#walk(line, from, to);
    if (count < 0) return undefined;
    const set = this.#sets.get(this.#key(count));
    if (set === undefined || !this.#isOf(set, count)) {
      this.unknown = true;
      return undefined;
    }
    this.#values.count = count;
    this.#values.renumber(this.#order);
    return set.known;
  }

  /** Takes the values in the order of the line. @returns how many; -1 when the line cannot be read */
  #walk(line: Memory, from: number, to: number): number {
    const { bytes } = line;
    const values = this.#values;
    const outer: Names[] = [];
    let names = this.#names;
    let [at, count] = [from + 1, 0];
    values.high = 0;
    if (bytes[from] !== OPEN_OBJECT) return this.#ended(false, 0);
    for (;;) {
      const end = endOfName(bytes, at, to);
      const name = end < 0 ? undefined : nameIn(names, bytes, at + 1, end);
      if (name === undefined) {
        this.unknown = true;
        return -1;
      }
      at = end + 2;
      const first = bytes[at] ?? 0;
      if (first === OPEN_OBJECT) {
        outer.push(names);
        names = name.inside;
        at += 1;
        continue;
      }
      if (startsAt(NULL, bytes, at)) at += NULL.length;
      else {
        if (count >= LEAVES_MAX) return -1;
        const kind = first === QUOTE ? KINDS.text : first === OPEN_LIST ? KINDS.list : KINDS.bare;
        at = values.take(count, kind, line, first === QUOTE ? at + 1 : at, to);
        if (at < 0) return -1;
        if (first === QUOTE) at += 1;
        this.#ids[count] = idOf(name, kind);
        count += 1;
      }
      while (bytes[at] === CLOSE_OBJECT && at < to) {
        at += 1;
        const next = outer.pop();
        if (next === undefined) return this.#ended(at === to, count);
        names = next;
      }
      if (bytes[at] !== COMMA) return this.#ended(false, count);
      at += 1;
    }
  }

  #ended(good: boolean, count: number): number {
    this.unknown = !good;
    return good ? count : -1;
  }

  /** The same for the same members, whatever their order. */
  #key(count: number): number {
    let key = count;
    for (let index = 0; index < count; index += 1) key = (key + mixed(this.#ids[index] ?? 0)) | 0;
    return key;
  }

  /** Whether these are the members of the set; finds out their numbers. */
  #isOf({ members }: MemberSet<Known>, count: number): boolean {
    if (members.size !== count) return false;
    this.#line = (this.#line + 1) | 0;
    for (let index = 0; index < count; index += 1) {
      const member = members.get(this.#ids[index] ?? 0);
      if (member === undefined || this.#seenIn[member] === this.#line) return false;
      this.#seenIn[member] = this.#line;
      this.#order[index] = member;
    }
    return true;
  }

  /** Adds what is known of lines with these members. @param leaves as they are numbered */
  learn(leaves: readonly Leaf[], known: Known): void {
    if (this.#nameCount >= NAMES_MAX || this.#sets.size >= SETS_MAX) {
      this.#names = new Map();
      this.#nameCount = 0;
      this.#sets = new Map();
    }
    const members = new Map<number, number>();
    let key = leaves.length;
    for (const [member, { path, kind }] of leaves.entries()) {
      const name = this.#nameOf(path);
      if (name === undefined) return;
      const id = idOf(name, KINDS[kind]);
      members.set(id, member);
      key = (key + mixed(id)) | 0;
    }
    if (members.size === leaves.length) this.#sets.set(key, { members, known });
  }

  /** undefined for names that JSON can write in several ways */
  #nameOf(path: readonly string[]): Name | undefined {
    let names = this.#names;
    let name: Name | undefined;
    for (const text of path) {
      const written = encoder.encode(text);
      if (endOfName(encoder.encode(`"${text}":`), 0, written.length + 3) !== written.length + 1) return undefined;
      name = nameIn(names, written, 0, written.length) ?? this.#add(names, written);
      names = name.inside;
    }
    return name;
  }

  #add(names: Names, written: Uint8Array): Name {
    const hash = hashOf(written, 0, written.length);
    const name = { written, number: this.#nameCount, inside: new Map(), other: names.get(hash) };
    this.#nameCount += 1;
    names.set(hash, name);
    return name;
  }
}

const idOf = ({ number }: Name, kind: KindNumber): number => number * KIND_COUNT + kind;

const mixed = (id: number): number => {
  const half = Math.imul(id + 1, MIX);
  return Math.imul(half ^ (half >>> 15), MIX);
};

/** Where the name that begins here has its end quote, with a colon behind it; -1 for one that is not plain. */
function endOfName(bytes: Uint8Array, from: number, to: number): number {
  if (bytes[from] !== QUOTE) return -1;
  for (let at = from + 1; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return bytes[at + 1] === COLON ? at : -1;
    if (byte < 0x20 || byte >= 0x7f || byte === BACKSLASH) return -1;
  }
  return -1;
}

function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = FNV_START;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV);
  return hash;
}

function nameIn(names: Names, bytes: Uint8Array, from: number, to: number): Name | undefined {
  let name = names.get(hashOf(bytes, from, to));
  while (name !== undefined && !spells(name.written, bytes, from, to)) name = name.other;
  return name;
}
