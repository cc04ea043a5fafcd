import { AppError } from '../errors.ts';

/** A file inside what was handed over; the file itself when it is no archive. */
export interface Member {
  readonly name: string;
  readonly content: AsyncIterable<Buffer>;
}

const BLOCK = 512;

/** Pulls a stream apart by exact lengths. */
class Taker {
  readonly #iterator: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(content: AsyncIterable<Buffer>) {
    this.#iterator = content[Symbol.asyncIterator]();
  }

  /** At most `bytes` bytes, fewer when the stream comes in smaller pieces, none at its end. */
  async some(bytes: number): Promise<Buffer> {
    if (this.#rest.length === 0) {
      const next = await this.#iterator.next();
      if (next.done) return Buffer.alloc(0);
      this.#rest = next.value;
    }
    const part = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** Exactly `bytes` bytes, or undefined at the end of the stream. @throws AppError when it ends in between */
  async exactly(bytes: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    for (let left = bytes; left > 0; ) {
      const part = await this.some(left);
      if (part.length === 0 && parts.length > 0) throw damaged('it ends in the middle of a block');
      if (part.length === 0) return undefined;
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }
}

/**
 * The plain files of a tar archive (POSIX ustar), in order. Each must be read before the next. Links, folders and
 * extension headers are passed over.
 *
 * @throws AppError `invalid_input` when a header is damaged or the archive ends in the middle
 */
export async function* tarMembers(content: AsyncIterable<Buffer>): AsyncGenerator<Member> {
  const taker = new Taker(content);
  for (;;) {
    const header = await taker.exactly(BLOCK);
    if (header === undefined || header.every((byte) => byte === 0)) return;
    const name = textOf(header, 0, 100);
    const size = sizeOf(header);
    const type = String.fromCharCode(header[156] ?? 0);
    const left = { bytes: size };
    if ((type === '0' || type === '\0') && !/(^|\/)\./.test(name.replace(/^\.\//, '')))
      yield { name, content: body(taker, left) };
    while (left.bytes > 0) left.bytes -= (await needed(taker, left.bytes)).length;
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (padding > 0 && (await taker.exactly(padding)) === undefined) throw damaged('it ends in the middle of a block');
  }
}

async function* body(taker: Taker, left: { bytes: number }): AsyncGenerator<Buffer> {
  while (left.bytes > 0) {
    const part = await needed(taker, left.bytes);
    left.bytes -= part.length;
    yield part;
  }
}

async function needed(taker: Taker, bytes: number): Promise<Buffer> {
  const part = await taker.some(bytes);
  if (part.length === 0) throw damaged('it ends in the middle of a file');
  return part;
}

const textOf = (header: Buffer, start: number, length: number): string => {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
};

function sizeOf(header: Buffer): number {
  const text = textOf(header, 124, 12).trim();
  if (!/^[0-7]+$/.test(text)) throw damaged('a header has no size');
  return Number.parseInt(text, 8);
}

const damaged = (reason: string): AppError =>
  new AppError('invalid_input', { public: `The tar archive cannot be read: ${reason}`, reason: 'import.damaged' });
