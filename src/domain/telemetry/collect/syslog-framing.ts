/**
 * Cuts a stream of a syslog sender into messages (RFC 6587): octet counting (`123 <34>…`, 3.4.1), or one message a line
 * (3.4.2). Each message is judged by its first byte, so a sender may mix both: `<` and text begin a line, a digit an
 * octet count.
 */
export class SyslogFraming {
  readonly #bytesMax: number;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of an oversized message that are still to be thrown away: a number, or 'line' up to the next newline. */
  #skip: number | 'line' = 0;

  /** @param bytesMax longest message; longer ones are dropped and counted */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  push(chunk: Buffer): { messages: Buffer[]; tooLong: number } {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: Buffer[] = [];
    let tooLong = 0;
    for (;;) {
      if (!this.#skipped()) break;
      const taken = this.#take();
      if (taken === undefined) break;
      if (taken === 'too_long') tooLong += 1;
      else if (taken.length > 0) messages.push(taken);
    }
    return { messages, tooLong };
  }

  /** What a sender that closed its connection left without a newline. */
  end(): Buffer | undefined {
    const rest = this.#skip === 0 ? trimmed(this.#rest) : Buffer.alloc(0);
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 || countedLength(rest) !== undefined ? undefined : rest;
  }

  /** @returns false when all there is had to be skipped */
  #skipped(): boolean {
    if (this.#skip === 'line') {
      const end = this.#rest.indexOf(NEWLINE);
      this.#rest = end < 0 ? Buffer.alloc(0) : this.#rest.subarray(end + 1);
      if (end < 0) return false;
    } else if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, this.#rest.length);
      this.#rest = this.#rest.subarray(skipped);
      this.#skip -= skipped;
      if (this.#skip > 0) return false;
    }
    this.#skip = 0;
    return this.#rest.length > 0;
  }

  /** @returns undefined when the message is not complete yet */
  #take(): Buffer | 'too_long' | undefined {
    const counted = countedLength(this.#rest);
    if (counted === 'unknown') return undefined;
    if (counted !== undefined) return this.#takeCounted(counted.start, counted.length);
    const end = this.#rest.indexOf(NEWLINE);
    if (end < 0 && this.#rest.length <= this.#bytesMax) return undefined;
    if (end < 0 || end > this.#bytesMax) {
      this.#skip = 'line';
      return 'too_long';
    }
    const message = trimmed(this.#rest.subarray(0, end));
    this.#rest = this.#rest.subarray(end + 1);
    return message;
  }

  #takeCounted(start: number, length: number): Buffer | 'too_long' | undefined {
    if (length > this.#bytesMax) {
      this.#skip = start + length;
      return 'too_long';
    }
    if (this.#rest.length < start + length) return undefined;
    const message = trimmed(this.#rest.subarray(start, start + length));
    this.#rest = this.#rest.subarray(start + length);
    return message;
  }
}

const NEWLINE = 0x0a;
const SPACE = 0x20;
const LESS_THAN = 0x3c;
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/**
 * The octet count that begins here: `MSG-LEN SP` before `<`, MSG-LEN without leading zero and at most nine digits.
 *
 * @returns undefined when no count begins here, 'unknown' when more bytes must come to tell
 */
function countedLength(bytes: Buffer): { start: number; length: number } | 'unknown' | undefined {
  if (!isDigit(bytes[0]) || bytes[0] === 0x30) return undefined;
  let at = 0;
  while (at < 9 && isDigit(bytes[at])) at += 1;
  if (at === bytes.length || (bytes[at] === SPACE && at + 1 === bytes.length)) return 'unknown';
  if (bytes[at] !== SPACE || bytes[at + 1] !== LESS_THAN) return undefined;
  return { start: at + 1, length: Number.parseInt(bytes.toString('latin1', 0, at), 10) };
}

/** Without the line ends and NUL bytes that senders add. */
function trimmed(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === NEWLINE || bytes[end - 1] === 0x0d || bytes[end - 1] === 0)) end -= 1;
  return bytes.subarray(0, end);
}
