import { areSame, type Memory, memoryOf } from './bytes.ts';
import type { Leaf } from './leaves.ts';
import { KINDS, type KindNumber, type Values } from './values.ts';

const QUOTE = 0x22;
const LETTER_N = 0x6e;
const OPEN_LIST = 0x5b;
const END = 3;

/** What follows a value: the bytes up to the next value, and its kind. */
interface Node<Shape> {
  /** The first line that had these bytes, and where they stand in it. */
  readonly of: Memory;
  readonly from: number;
  readonly length: number;
  readonly kind: KindNumber | typeof END;
  readonly next: Node<Shape>[];
  /** Of the line that ends here. */
  readonly shape: Shape | undefined;
  /** By place in the line: the member whose value stands there; undefined: they are numbered by their places. */
  readonly order: Int32Array | undefined;
}

/** More than any installation's senders have between them, so that made-up lines cannot fill the memory. */
const NODES_MAX = 30_000;

/**
 * The shapes of lines known so far. A line of a known shape is read by comparing what stands between its values, and by
 * finding the ends of these; what it is made of need not be found out again.
 */
export class Shapes<Shape> {
  readonly #values: Values;
  /** True when the last line was not read because of its shape, not of what a value holds. */
  unknown = false;
  #roots: Node<Shape>[] = [];
  #count = 0;

  /** @param values that a read line leaves behind */
  constructor(values: Values) {
    this.#values = values;
  }

  /** Reads a line. @returns its shape; undefined: it has none that is known, or a value for the usual way */
  read(line: Memory, from: number, to: number): Shape | undefined {
    const values = this.#values;
    let nodes = this.#roots;
    let at = from;
    let count = 0;
    values.high = 0;
    this.unknown = false;
    for (;;) {
      const node = pick(nodes, line, at, to);
      if (node === undefined) {
        this.unknown = true;
        return undefined;
      }
      at += node.length;
      if (node.kind === END) {
        values.count = count;
        if (node.order !== undefined) values.renumber(node.order);
        return node.shape;
      }
      values.order[count] = count;
      at = values.take(count, node.kind, line, at, to);
      if (at < 0) return undefined;
      count += 1;
      nodes = node.next;
    }
  }

  /**
   * Adds the shape of a line.
   *
   * @param leaves all values of the line, in their order
   * @param order the members they belong to; undefined: they are numbered as they stand
   */
  learn(
    bytes: Uint8Array,
    from: number,
    to: number,
    leaves: readonly Leaf[],
    shape: Shape,
    order: Int32Array | undefined,
  ): void {
    if (this.#count >= NODES_MAX) {
      this.#roots = [];
      this.#count = 0;
    }
    // One piece of memory for all of it: many small ones would take ten times as much.
    const of = memoryOf(bytes.slice(from, to));
    let nodes = this.#roots;
    let at = from;
    for (const leaf of leaves) {
      const place = { of, from: at - from, length: leaf.from - at };
      nodes = this.#add(nodes, { ...place, kind: KINDS[leaf.kind], next: [], shape: undefined, order: undefined }).next;
      at = leaf.to;
    }
    this.#add(nodes, { of, from: at - from, length: to - at, kind: END, next: [], shape, order });
  }

  #add(nodes: Node<Shape>[], node: Node<Shape>): Node<Shape> {
    const known = nodes.find(
      ({ kind, of, from, length }) =>
        kind === node.kind && length === node.length && areSame(of, from, node.of, node.from, length),
    );
    if (known !== undefined) return known;
    nodes.push(node);
    this.#count += 1;
    return node;
  }
}

function pick<Shape>(nodes: Node<Shape>[], line: Memory, at: number, to: number): Node<Shape> | undefined {
  for (let index = 0; index < nodes.length; index += 1) {
    const node = nodes[index];
    if (node === undefined || !fits(node, line, at, to)) continue;
    // What is often seen comes to the front.
    if (index > 0) [nodes[index - 1], nodes[index]] = [node, nodes[index - 1] ?? node];
    return node;
  }
  return undefined;
}

function fits({ of, from, length, kind }: Node<unknown>, line: Memory, at: number, to: number): boolean {
  if (at + length > to || !areSame(of, from, line, at, length)) return false;
  if (kind === KINDS.text) return true;
  if (kind === END) return at + length === to;
  const next = line.bytes[at + length] ?? 0;
  return kind === KINDS.list ? next === OPEN_LIST : next !== QUOTE && next !== LETTER_N && next !== OPEN_LIST;
}
