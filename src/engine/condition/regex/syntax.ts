/** Inclusive range of code points. */
export type Range = readonly [low: number, high: number];

/** A regular expression without anything that needs going back: no look-around, no back-references. */
export type Node =
  | { readonly kind: 'chars'; readonly ranges: readonly Range[] }
  | { readonly kind: 'sequence' | 'choice'; readonly of: readonly Node[] }
  /** `max` is Infinity when open. */
  | { readonly kind: 'repeat'; readonly of: Node; readonly min: number; readonly max: number }
  | { readonly kind: 'assert'; readonly what: Assertion };

export type Assertion = 'text-start' | 'text-end' | 'line-start' | 'line-end' | 'word-edge' | 'no-word-edge';

export interface RegexFlags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/** A checked regular expression: searched anywhere in the text, case-sensitive unless its flags say otherwise. */
export interface Regex {
  readonly source: string;
  readonly node: Node;
}

export const HIGHEST = 0x10ffff;

/** The parts `\d`, `\w` and `\s` stand for: ASCII only, as in RE2. */
export const DIGITS: readonly Range[] = [[0x30, 0x39]];
export const WORD: readonly Range[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
export const SPACE: readonly Range[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
];

/** Sorted, without overlaps. */
export function normalise(ranges: readonly Range[]): Range[] {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const merged: Range[] = [];
  for (const [low, high] of sorted) {
    const last = merged.at(-1);
    if (last && low <= last[1] + 1) merged[merged.length - 1] = [last[0], Math.max(last[1], high)];
    else merged.push([low, high]);
  }
  return merged;
}

/** Everything that is not in `ranges`. */
export function complement(ranges: readonly Range[]): Range[] {
  const gaps: Range[] = [];
  let next = 0;
  for (const [low, high] of normalise(ranges)) {
    if (low > next) gaps.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= HIGHEST) gaps.push([next, HIGHEST]);
  return gaps;
}
