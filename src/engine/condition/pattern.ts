import { foldCase } from './fold.ts';

/** One part of a text pattern: literal text, `*`, `?` (one character) or a dash of any of the five kinds. */
export type Piece = { readonly text: string } | { readonly wild: 'any' | 'one' | 'dash' };

/** Pieces in order; the pattern covers the whole value. `contains x` is `* x *`. */
export type Pattern = readonly Piece[];

/** The dashes Windows programs take for one another (Sigma 2.1, modifier `windash`). */
export const DASHES = ['-', '/', '–', '—', '―'] as const;

export const ANY: Piece = { wild: 'any' };

/** A pattern in the form that is cheapest to test. */
export type Shape =
  | { readonly form: 'equals' | 'starts' | 'ends' | 'contains'; readonly text: string }
  | {
      readonly form: 'segments';
      /** The value begins with the first segment. */
      readonly fromStart: boolean;
      /** The value ends with the last segment. */
      readonly toEnd: boolean;
      /** Parts between the `*`s, each of literal text, `?` and dashes. */
      readonly segments: readonly (readonly Piece[])[];
    };

const isText = (piece: Piece): piece is { readonly text: string } => 'text' in piece;

/** Joins neighbouring texts and stars. */
export function tidy(pieces: readonly Piece[]): Pattern {
  const tidied: Piece[] = [];
  for (const piece of pieces) {
    const last = tidied.at(-1);
    if (isText(piece)) {
      if (piece.text === '') continue;
      if (last && isText(last)) tidied[tidied.length - 1] = { text: last.text + piece.text };
      else tidied.push(piece);
    } else if (!(piece.wild === 'any' && last && !isText(last) && last.wild === 'any')) tidied.push(piece);
  }
  return tidied;
}

/** Brings a pattern into its cheapest form. */
export function shapeOf(pattern: Pattern): Shape {
  const segments: Piece[][] = [[]];
  for (const piece of tidy(pattern)) {
    if (!isText(piece) && piece.wild === 'any') segments.push([]);
    else segments.at(-1)?.push(piece);
  }
  const fromStart = (segments[0]?.length ?? 0) > 0 || segments.length === 1;
  const toEnd = (segments.at(-1)?.length ?? 0) > 0 || segments.length === 1;
  const filled = segments.filter((segment) => segment.length > 0);
  const only = filled.length === 1 ? filled[0]?.[0] : undefined;
  if (filled.length === 0) return segments.length === 1 ? { form: 'equals', text: '' } : { form: 'contains', text: '' };
  if (filled[0]?.length === 1 && only !== undefined && isText(only)) {
    const form = fromStart ? (toEnd ? 'equals' : 'starts') : toEnd ? 'ends' : 'contains';
    return { form, text: only.text };
  }
  return { form: 'segments', fromStart, toEnd, segments: filled };
}

const isLow = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
};
const isHigh = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdbff;
};
const isDash = (text: string, at: number): boolean => (DASHES as readonly string[]).includes(text.charAt(at));

/** Matches a segment at `at`; gives the position after it, or -1. */
function matchAt(text: string, at: number, segment: readonly Piece[]): number {
  let here = at;
  for (const piece of segment) {
    if (isText(piece)) {
      if (!text.startsWith(piece.text, here)) return -1;
      here += piece.text.length;
    } else {
      if (here >= text.length || (piece.wild === 'dash' && !isDash(text, here))) return -1;
      here += isHigh(text, here) && isLow(text, here + 1) ? 2 : 1;
    }
  }
  return here;
}

/** Matches a segment that ends at `end`; gives the position where it begins, or -1. */
function matchBack(text: string, end: number, segment: readonly Piece[]): number {
  let here = end;
  for (let index = segment.length - 1; index >= 0; index -= 1) {
    const piece = segment[index];
    if (piece === undefined) return -1;
    if (isText(piece)) {
      here -= piece.text.length;
      if (here < 0 || !text.startsWith(piece.text, here)) return -1;
    } else {
      here -= isLow(text, here - 1) && isHigh(text, here - 2) ? 2 : 1;
      if (here < 0 || (piece.wild === 'dash' && !isDash(text, here))) return -1;
    }
  }
  return here;
}

/** First match of a segment at or after `from`; gives the position after it, or -1. */
function search(text: string, from: number, segment: readonly Piece[]): number {
  const first = segment[0];
  for (let at = from; at <= text.length; at += 1) {
    if (first && isText(first)) {
      at = text.indexOf(first.text, at);
      if (at < 0) return -1;
    } else if (isLow(text, at) && at > 0 && isHigh(text, at - 1)) continue;
    const end = matchAt(text, at, segment);
    if (end >= 0) return end;
  }
  return -1;
}

function matchSegments(text: string, shape: Extract<Shape, { form: 'segments' }>): boolean {
  const { segments, fromStart, toEnd } = shape;
  let low = 0;
  let high = text.length;
  let next = 0;
  let last = segments.length;
  const [head] = segments;
  if (fromStart && head) {
    low = matchAt(text, 0, head);
    if (low < 0) return false;
    next = 1;
    if (segments.length === 1 && toEnd) return low === text.length;
  }
  const tail = segments.at(-1);
  if (toEnd && tail && last > next) {
    high = matchBack(text, high, tail);
    if (high < low) return false;
    last -= 1;
  }
  for (; next < last; next += 1) {
    low = search(text, low, segments[next] ?? []);
    if (low < 0 || low > high) return false;
  }
  return true;
}

/** A pattern ready to test text. `cased` compares letters as they are; otherwise the tester folds the text itself. */
export interface TextTester {
  readonly cased: boolean;
  /** `text` must be folded already unless `cased`. Linear in the text for each segment; never backtracks. */
  readonly test: (text: string) => boolean;
}

const foldPiece = (piece: Piece): Piece => (isText(piece) ? { text: foldCase(piece.text) } : piece);

/** The pattern as it is compared: folded unless `cased`. */
export const comparable = (pattern: Pattern, cased: boolean): Pattern => (cased ? pattern : pattern.map(foldPiece));

/** Prepares a pattern for testing. */
export function textTester(pattern: Pattern, cased: boolean): TextTester {
  const shape = shapeOf(comparable(pattern, cased));
  if (shape.form === 'segments') return { cased, test: (text) => matchSegments(text, shape) };
  const wanted = shape.text;
  switch (shape.form) {
    case 'equals':
      return { cased, test: (text) => text === wanted };
    case 'starts':
      return { cased, test: (text) => text.startsWith(wanted) };
    case 'ends':
      return { cased, test: (text) => text.endsWith(wanted) };
    case 'contains':
      return { cased, test: (text) => text.includes(wanted) };
  }
}
