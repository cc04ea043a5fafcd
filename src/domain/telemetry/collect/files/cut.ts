/** What a piece of a file holds. */
export interface Cut {
  readonly lines: readonly Buffer[];
  /** Bytes that are dealt with: to the end of the last whole line. */
  readonly consumed: number;
  readonly tooLong: number;
  /** The piece ends inside a line that is too long: the rest of it is to be thrown away. */
  readonly skipping: boolean;
}

const NEWLINE = 0x0a;

/**
 * Cuts a piece of a file into lines.
 *
 * @param skipping the piece begins inside a line that is too long
 * @param last nothing more will come: the rest without a newline is a line too
 */
export function cutLines(piece: Buffer, bytesMax: number, skipping: boolean, last: boolean): Cut {
  const lines: Buffer[] = [];
  let tooLong = 0;
  let at = 0;
  let skip = skipping;
  const take = (line: Buffer) => {
    const whole = line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
    if (skip) skip = false;
    else if (whole.length > bytesMax) tooLong += 1;
    else if (whole.length > 0) lines.push(whole);
  };
  for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, at)) {
    take(piece.subarray(at, end));
    at = end + 1;
  }
  if (last && at < piece.length) {
    take(piece.subarray(at));
    at = piece.length;
  } else if (piece.length - at > bytesMax + 1 || skip) {
    if (!skip) tooLong += 1;
    return { lines, consumed: piece.length, tooLong, skipping: true };
  }
  return { lines, consumed: at, tooLong, skipping: skip };
}
