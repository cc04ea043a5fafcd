import { addressBytes, type Network } from '../condition/address.ts';

/** A range and whose it is. */
export interface RangeOf {
  readonly network: Network;
  readonly value: number;
}

/** No answer: nothing holds the address, or several of the same width do. */
export const NOBODY = -1;

/** The 32 bits of an IPv4 address in canonical form; -1 when it is none. */
function ipv4Bits(text: string): number {
  let bits = 0;
  let part = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      bits = bits * 256 + part;
      part = 0;
      parts += 1;
    } else if (code >= 48 && code <= 57) part = part * 10 + code - 48;
    else return -1;
  }
  return parts === 3 ? bits * 256 + part : -1;
}

const asBig = (bytes: Uint8Array): bigint => bytes.reduce((big, byte) => (big << 8n) | BigInt(byte), 0n);

interface Span {
  readonly from: bigint;
  readonly to: bigint;
  readonly value: number;
}

/** Ranges without overlap: inside a range a narrower one holds; of the same one twice nobody does. */
function disjoint(ranges: readonly RangeOf[]): Span[] {
  const all = new Map<string, { from: bigint; to: bigint; value: number; bits: number }>();
  for (const { network, value } of ranges) {
    const size = 1n << BigInt(128 - network.bits);
    const from = (asBig(network.bytes) / size) * size;
    const id = `${from} ${network.bits}`;
    const known = all.get(id);
    all.set(id, { from, to: from + size, bits: network.bits, value: known && known.value !== value ? NOBODY : value });
  }
  // CIDR ranges are nested or apart: wider ones first, each cut by those inside it.
  const sorted = [...all.values()].sort((left, right) =>
    left.from < right.from ? -1 : left.from > right.from ? 1 : left.bits - right.bits,
  );
  const spans: Span[] = [];
  const open: { to: bigint; value: number }[] = [];
  let at = 0n;
  const until = (to: bigint) => {
    const inner = open.at(-1);
    if (inner !== undefined && at < to) spans.push({ from: at, to, value: inner.value });
    at = to;
  };
  const close = (before: bigint) => {
    for (let inner = open.at(-1); inner !== undefined && inner.to <= before; inner = open.at(-1)) {
      until(inner.to);
      open.pop();
    }
  };
  for (const { from, to, value } of sorted) {
    close(from);
    until(from);
    open.push({ to, value });
  }
  close(1n << 128n);
  return spans;
}

const V4_FROM = 0xffffn << 32n;
const V4_TO = V4_FROM + (1n << 32n);

/**
 * From addresses to the narrowest range that holds them: a binary search over sorted typed arrays, IPv4 and IPv6 apart.
 */
export class RangeIndex {
  readonly #starts4: Uint32Array;
  readonly #ends4: Float64Array;
  readonly #values4: Int32Array;
  readonly #high6: BigUint64Array;
  readonly #low6: BigUint64Array;
  readonly #spans6: readonly Span[];
  readonly #isEmpty: boolean;

  constructor(ranges: readonly RangeOf[]) {
    const spans = disjoint(ranges);
    this.#isEmpty = spans.length === 0;
    const v4 = spans.filter(({ from }) => from >= V4_FROM && from < V4_TO);
    this.#starts4 = Uint32Array.from(v4, ({ from }) => Number(from - V4_FROM));
    this.#ends4 = Float64Array.from(v4, ({ to }) => Number(to - V4_FROM));
    this.#values4 = Int32Array.from(v4, ({ value }) => value);
    this.#spans6 = spans.filter(({ from }) => from < V4_FROM || from >= V4_TO);
    this.#high6 = BigUint64Array.from(this.#spans6, ({ from }) => from >> 64n);
    this.#low6 = BigUint64Array.from(this.#spans6, ({ from }) => from & 0xffff_ffff_ffff_ffffn);
  }

  /** @param address in canonical form. @returns `NOBODY` where nothing holds it */
  find(address: string): number {
    // Most units have no ranges: what they would be looked for by is not read.
    if (this.#isEmpty) return NOBODY;
    const bits = ipv4Bits(address);
    return bits >= 0 ? this.#find4(bits) : this.#find6(address);
  }

  #find4(bits: number): number {
    const starts = this.#starts4;
    let from = 0;
    let to = starts.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((starts[middle] ?? 0) <= bits) from = middle + 1;
      else to = middle;
    }
    return from > 0 && bits < (this.#ends4[from - 1] ?? 0) ? (this.#values4[from - 1] ?? NOBODY) : NOBODY;
  }

  #find6(address: string): number {
    if (this.#spans6.length === 0) return NOBODY;
    const bytes = addressBytes(address);
    if (bytes === undefined) return NOBODY;
    const big = asBig(bytes);
    const [high, low] = [big >> 64n, big & 0xffff_ffff_ffff_ffffn];
    let from = 0;
    let to = this.#spans6.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const [first, second] = [this.#high6[middle] ?? 0n, this.#low6[middle] ?? 0n];
      if (first < high || (first === high && second <= low)) from = middle + 1;
      else to = middle;
    }
    const span = this.#spans6[from - 1];
    return span !== undefined && big < span.to ? span.value : NOBODY;
  }
}
