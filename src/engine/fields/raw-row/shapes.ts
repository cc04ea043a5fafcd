import { endOfList, endsBare, LEAVES_MAX, type Leaf } from './leaves.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const [ZERO, NINE] = [0x30, 0x39];
const [LETTER_F, LETTER_N, LETTER_R, LETTER_T] = [0x66, 0x6e, 0x72, 0x74];
const OPEN_LIST = 0x5b;
const DELETE = 0x7f;
/** Digits of a whole number that stay as they are, whoever reads them. */
const DIGITS_MAX = 20;
/** Bytes of the longest list that is looked at. */
const LIST_MAX = 1_000;

const encoder = new TextEncoder();
const [TRUE, FALSE] = [encoder.encode('true'), encoder.encode('false')];

const END = 3;
const KINDS = { text: 0, bare: 1, list: 2 } as const;

/** What follows a value: the bytes up to the next value, and its kind. */
interface Node<Shape> {
  readonly literal: Uint8Array;
  readonly kind: 0 | 1 | 2 | typeof END;
  readonly next: Node<Shape>[];
  readonly shape: Shape | undefined;
}

/** More than any installation's senders have between them, so that made-up lines cannot fill the memory. */
const NODES_MAX = 30_000;

/** Where the values of a line stand. */
export class Values {
  count = 0;
  readonly from = new Int32Array(LEAVES_MAX);
  readonly to = new Int32Array(LEAVES_MAX);
  /** Signs with a backslash before them in a text. */
  readonly escapes = new Int32Array(LEAVES_MAX);
  /** True when the line has bytes outside ASCII. */
  high = false;
}

/**
 * The shapes of lines known so far. A line of a known shape is read by comparing what stands between its values, and by
 * finding the ends of these; what it is made of need not be found out again.
 */
export class Shapes<Shape> {
  readonly values = new Values();
  /** True when the last line was not read because of its shape, not of what a value holds. */
  unknown = false;
  #roots: Node<Shape>[] = [];
  /** The list that was seen last to be good JSON in ASCII: senders put the same few words in. */
  #list: Uint8Array = new Uint8Array(0);
  #count = 0;

  /** Reads a line into `values`. @returns its shape; undefined: it has none that is known, or a value for the usual way */
  read(bytes: Uint8Array, from: number, to: number): Shape | undefined {
    const { values } = this;
    let nodes = this.#roots;
    let at = from;
    let [count, high] = [0, 0];
    this.unknown = false;
    for (;;) {
      const node = pick(nodes, bytes, at, to);
      if (node === undefined) {
        this.unknown = true;
        return undefined;
      }
      at += node.literal.length;
      if (node.kind === END) {
        values.count = count;
        values.high = high >= 0x80;
        return node.shape;
      }
      values.from[count] = at;
      if (node.kind === KINDS.text) {
        let escapes = 0;
        for (;;) {
          const byte = bytes[at] ?? 0;
          if (byte === QUOTE) break;
          if (byte === BACKSLASH) {
            if (!isPlainEscape(bytes[at + 1] ?? 0)) return undefined;
            escapes += 1;
            at += 2;
            continue;
          }
          if (byte < 0x20 || byte === DELETE) return undefined;
          high |= byte;
          at += 1;
        }
        values.escapes[count] = escapes;
      } else {
        const end = node.kind === KINDS.list ? this.#endOfList(bytes, at, to) : endOfBare(bytes, at, to);
        if (end < 0) return undefined;
        at = end;
        values.escapes[count] = 0;
      }
      if (at >= to) return undefined;
      values.to[count] = at;
      count += 1;
      nodes = node.next;
    }
  }

  /** Adds the shape of a line. @param leaves all values of the line, in their order */
  learn(bytes: Uint8Array, from: number, to: number, leaves: readonly Leaf[], shape: Shape): void {
    if (this.#count >= NODES_MAX) {
      this.#roots = [];
      this.#count = 0;
    }
    // One piece of memory for all of it: many small ones would take ten times as much.
    const line = bytes.slice(from, to);
    let nodes = this.#roots;
    let at = from;
    for (const leaf of leaves) {
      nodes = this.#add(nodes, line.subarray(at - from, leaf.from - from), KINDS[leaf.kind], undefined).next;
      at = leaf.to;
    }
    this.#add(nodes, line.subarray(at - from), END, shape);
  }

  /** Where a list ends; -1 when it is not good JSON, or not ASCII. */
  #endOfList(bytes: Uint8Array, from: number, to: number): number {
    if (from + this.#list.length < to && spells(this.#list, bytes, from, from + this.#list.length)) {
      if (this.#list.length > 0) return from + this.#list.length;
    }
    const end = endOfList(bytes, from, to);
    if (end < 0) return -1;
    const list = bytes.slice(from, end);
    try {
      JSON.parse(String.fromCharCode(...list.subarray(0, LIST_MAX)));
    } catch {
      return -1;
    }
    if (list.length > LIST_MAX || list.some((byte) => byte >= 0x80)) return -1;
    this.#list = list;
    return end;
  }

  #add(nodes: Node<Shape>[], literal: Uint8Array, kind: Node<Shape>['kind'], shape: Shape | undefined): Node<Shape> {
    const known = nodes.find((node) => node.kind === kind && same(node.literal, literal));
    if (known !== undefined) return known;
    const node = { literal, kind, next: [], shape };
    nodes.push(node);
    this.#count += 1;
    return node;
  }
}

function pick<Shape>(nodes: Node<Shape>[], bytes: Uint8Array, at: number, to: number): Node<Shape> | undefined {
  for (let index = 0; index < nodes.length; index += 1) {
    const node = nodes[index];
    if (node === undefined || !fits(node, bytes, at, to)) continue;
    // What is often seen comes to the front.
    if (index > 0) [nodes[index - 1], nodes[index]] = [node, nodes[index - 1] ?? node];
    return node;
  }
  return undefined;
}

function fits({ literal, kind }: Node<unknown>, bytes: Uint8Array, at: number, to: number): boolean {
  const { length } = literal;
  if (at + length > to) return false;
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== literal[index]) return false;
  if (kind === KINDS.text) return true;
  if (kind === END) return at + length === to;
  const next = bytes[at + length] ?? 0;
  return kind === KINDS.list ? next === OPEN_LIST : next !== QUOTE && next !== LETTER_N && next !== OPEN_LIST;
}

/** The escapes that every writer of JSON writes in the same way. */
const isPlainEscape = (byte: number): boolean =>
  byte === BACKSLASH || byte === QUOTE || byte === LETTER_N || byte === LETTER_R || byte === LETTER_T;

/** Where a whole number, true or false ends; -1 for anything else. */
function endOfBare(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && !endsBare(bytes[at] ?? 0)) at += 1;
  const first = bytes[from] ?? 0;
  if (first === LETTER_T) return spells(TRUE, bytes, from, at) ? at : -1;
  if (first === LETTER_F) return spells(FALSE, bytes, from, at) ? at : -1;
  const digits = first === MINUS ? from + 1 : from;
  const length = at - digits;
  if (length < 1 || length > DIGITS_MAX || (bytes[digits] === ZERO && (length > 1 || digits > from))) return -1;
  for (let index = digits; index < at; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte < ZERO || byte > NINE) return -1;
  }
  return at;
}

function spells(word: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === word.length && word.every((byte, index) => bytes[from + index] === byte);
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
