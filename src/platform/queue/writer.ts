import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import type { Place } from './checkpoint.ts';
import { DiskSpace, syncFolder, writeFault } from './disk.ts';
import { HEADER_BYTES, markedPieces } from './marked.ts';
import { segmentPath } from './segments.ts';

interface Waiting {
  readonly records: readonly Uint8Array[];
  /** With their headers. */
  readonly bytes: number;
  readonly resolve: (first: Place) => void;
  readonly reject: (error: AppError) => void;
}

interface OpenSegment {
  readonly segment: number;
  readonly file: FileHandle;
  bytes: number;
  records: number;
}

export interface WriterOptions {
  readonly folder: string;
  readonly segmentBytesMax: number;
  readonly pendingBytesMax: number;
  readonly firstSegment: number;
  readonly diskFreeBytesMin: number;
  /** Called after bytes are safe on disk. */
  readonly onDurable: (segment: number, bytes: number) => void;
}

/** Bytes written by one fsync at most: large enough to be rare, small enough to answer soon. */
const GROUP_BYTES = 8 * 1024 * 1024;

/** Appends groups of frames to the newest segment: whoever waits at the same time shares one fsync. */
export class SegmentWriter {
  readonly #options: WriterOptions;
  readonly #space: DiskSpace;
  #next: number;
  #current: OpenSegment | undefined;
  #waiting: Waiting[] = [];
  #pendingBytes = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#space = new DiskSpace(options.folder, options.diskFreeBytesMin);
    this.#next = options.firstSegment;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  append(records: readonly Uint8Array[]): Promise<Place> {
    if (this.#closed) throw new AppError('unavailable', { public: 'The platform is stopping', retryAfterSeconds: 10 });
    const bytes = records.reduce((sum, record) => sum + HEADER_BYTES + record.byteLength, 0);
    if (this.#pendingBytes + bytes > this.#options.pendingBytesMax && this.#pendingBytes > 0) {
      throw new AppError('too_many_requests', {
        public: 'More arrives than the disk takes; send again in a moment',
        reason: 'queue.pressure',
        retryAfterSeconds: 1,
      });
    }
    this.#pendingBytes += bytes;
    const { promise, resolve, reject } = Promise.withResolvers<Place>();
    this.#waiting.push({ records, bytes, resolve, reject });
    this.#running ??= this.#run();
    return promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await this.#current?.file.close();
    this.#current = undefined;
  }

  async #run(): Promise<void> {
    // One turn of the loop later, so that all who append in this turn share the first fsync too.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#writeGroup(this.#takeGroup());
    this.#running = undefined;
  }

  #takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      if (count > 0 && bytes + waiting.bytes > GROUP_BYTES) break;
      bytes += waiting.bytes;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const bytes = group.reduce((sum, waiting) => sum + waiting.bytes, 0);
    try {
      await this.#space.need(bytes);
      const current = await this.#segmentFor(bytes);
      await writeAll(
        current,
        markedPieces(
          group.flatMap(({ records }) => records),
          { segment: current.segment, offset: current.bytes },
          current.records,
        ),
      );
      await current.file.datasync();
      let place: Place = { segment: current.segment, offset: current.bytes, index: current.records };
      for (const { bytes: own, records, resolve } of group) {
        resolve(place);
        place = { segment: place.segment, offset: place.offset + own, index: place.index + records.length };
      }
      current.bytes = place.offset;
      current.records = place.index;
      this.#options.onDurable(current.segment, current.bytes);
    } catch (error) {
      await this.#giveUpSegment();
      const fault = writeFault(error);
      for (const { reject } of group) reject(fault);
    } finally {
      this.#pendingBytes -= bytes;
    }
  }

  async #segmentFor(bytes: number): Promise<OpenSegment> {
    const current = this.#current;
    if (current !== undefined && (current.bytes === 0 || current.bytes + bytes <= this.#options.segmentBytesMax)) {
      return current;
    }
    await current?.file.close();
    this.#current = undefined;
    const segment = this.#next;
    const file = await open(segmentPath(this.#options.folder, segment), 'wx');
    this.#next += 1;
    const opened: OpenSegment = { segment, file, bytes: 0, records: 0 };
    this.#current = opened;
    await syncFolder(this.#options.folder);
    return opened;
  }

  /**
   * After a failed write or fsync nobody knows what the disk holds beyond the last good group: that end is cut off and
   * the next group goes to a new segment.
   */
  async #giveUpSegment(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined) return;
    await current.file.truncate(current.bytes).catch(() => undefined);
    await current.file.close().catch(() => undefined);
  }
}

async function writeAll(current: OpenSegment, buffers: readonly Uint8Array[]): Promise<void> {
  const whole = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  let { bytesWritten: written } = await current.file.writev([...buffers], current.bytes);
  if (written === whole) return;
  // The disk took a part: what it says to the rest tells why.
  const all = Buffer.concat(buffers);
  while (written < whole) {
    const { bytesWritten } = await current.file.write(all, written, whole - written, current.bytes + written);
    written += bytesWritten;
  }
}
