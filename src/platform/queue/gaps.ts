import { type Base, findMark, HEADER_BYTES, type MarkedFrame, markedFrameAt } from './marked.ts';

/** Bytes of a segment in which no whole record lies. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  /** It looks like the end that a killed process or machine leaves: nothing acknowledged is in it. */
  readonly torn: boolean;
}

/**
 * Finds what cannot be read between the whole records of the rest of a segment. Damaged frames that lie side by side are one gap.
 *
 * @param bytes from the place where a frame begins to the end of the segment
 */
export function gapsIn(bytes: Buffer, base: Base, recordBytesMax: number): Gap[] {
  const gaps: Gap[] = [];
  for (let at = 0; at < bytes.length; ) {
    const frame = markedFrameAt(bytes, base, at, recordBytesMax);
    if (frame.kind === 'record') {
      at = frame.end;
      continue;
    }
    const to = endOfDamage(bytes, base, at, frame);
    const torn = to === bytes.length && isTorn(bytes, at, frame);
    const reason = frame.kind === 'bad' ? frame.reason : 'the record is not complete';
    const from = base.offset + at;
    const before = gaps.at(-1);
    if (before?.to === from && !torn) gaps.splice(-1, 1, { ...before, to: base.offset + to });
    else gaps.push({ from, to: base.offset + to, reason, torn });
    at = to;
  }
  return gaps;
}

type Damaged = Exclude<MarkedFrame, { kind: 'record' }>;

function endOfDamage(bytes: Buffer, base: Base, at: number, frame: Damaged): number {
  if (frame.kind === 'bad' && frame.end !== undefined && frame.end <= bytes.length) return frame.end;
  return findMark(bytes, base, at + 1) ?? bytes.length;
}

/** A kill leaves the beginning of a frame, a crash of the machine also zeros in place of it. */
const isTorn = (bytes: Buffer, at: number, frame: Damaged): boolean =>
  frame.kind === 'short' || bytes.subarray(at, at + HEADER_BYTES).every((byte) => byte === 0);
