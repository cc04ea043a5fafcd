import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '#platform/log.ts';
import { cutLines } from './cut.ts';
import {
  type Found,
  findFiles,
  findRenamed,
  HEAD_BYTES,
  type Head,
  headOfHandle,
  headOfPacked,
  unpacked,
} from './find.ts';
import { loadPositions, type Position, storePositions } from './positions.ts';
import { recordsOf } from './records.ts';

export interface FollowerParts {
  /** Pattern of paths. */
  readonly pattern: string;
  readonly roots: readonly string[];
  /** Where the positions are kept. */
  readonly stateFile: string;
  readonly lineBytesMax: number;
  readonly now: () => Date;
  readonly log: Log;
  /** Resolves when the lines are durable. Rejects only when the follower stops: whatever else hinders it is waited for. */
  keep(lines: readonly Buffer[], path: string): Promise<void>;
  rejected(reason: 'too_long' | 'packed_damaged', lines: number): void;
}

const PAUSE_MS = 500;
const PIECE_BYTES = 1024 * 1024;

/** A file renamed out of the pattern is read on for so many rounds without news: its writer may not have noticed yet. */
const QUIET_ROUNDS = 10;
/** A packed file is read once it has been left alone for so long: before, it may still be written. */
const PACKED_SETTLES_MS = 10_000;

/** In front of the digest of a packed file's content, to tell it from a plain file that had the same inode. */
const PACKED = 'gz:';
const DAMAGED: Head = { head: 'damaged', headBytes: 0 };

interface Followed {
  readonly handle: FileHandle;
  position: Position;
  skipping: boolean;
  quietRounds: number;
}

/**
 * Follows the files a pattern names as `tail -F` does: what is appended, files that are renamed (the old one is read to its
 * end), truncated, or packed after rotation. A position goes forward only when its lines are durable, and survives a
 * restart; after a crash in between, at most one piece of a megabyte comes again.
 */
export class Follower {
  readonly #parts: FollowerParts;
  readonly #stopping = new AbortController();
  readonly #open = new Map<string, Followed>();
  readonly #packedSeen = new Set<string>();
  #positions = new Map<string, Position>();
  #running: Promise<void> = Promise.resolve();
  /** Times all files were looked at. */
  rounds = 0;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    for (const { handle } of this.#open.values()) await handle.close();
  }

  async #run(): Promise<void> {
    const { stateFile, log, pattern } = this.#parts;
    const { signal } = this.#stopping;
    let loaded = false;
    while (!signal.aborted) {
      try {
        if (!loaded) {
          this.#positions = await loadPositions(stateFile);
          loaded = true;
          await this.#recoverRenamed();
        }
        await this.#round();
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error, pattern }, 'files cannot be followed at the moment');
      }
      this.rounds += 1;
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Reads once all there is. */
  async #round(): Promise<void> {
    const found = await findFiles(this.#parts.pattern, this.#parts.roots);
    const names = new Map(found.map((file) => [file.file, file]));
    for (const [file, followed] of this.#open) {
      if (!names.has(file)) await this.#finish(file, followed);
    }
    for (const file of found) {
      if (this.#stopping.signal.aborted) return;
      if (file.isPacked) await this.#readPacked(file, names);
      else await this.#follow(file);
    }
  }

  /** Files that were renamed out of the pattern while nobody followed them are read to their end. */
  async #recoverRenamed(): Promise<void> {
    const found = await findFiles(this.#parts.pattern, this.#parts.roots);
    const names = new Set(found.map(({ file }) => file));
    for (const position of this.#positions.values()) {
      const isPacked = position.head.startsWith(PACKED);
      const path =
        isPacked || names.has(position.file) ? undefined : await findRenamed(dirname(position.path), position.file);
      if (path === undefined) continue;
      const handle = await open(path, 'r');
      if ((await headOfHandle(handle, position.headBytes)).head !== position.head) await handle.close();
      else this.#open.set(position.file, { handle, position, skipping: false, quietRounds: 0 });
    }
  }

  async #finish(file: string, followed: Followed): Promise<void> {
    const before = followed.position.offset;
    await this.#readOn(followed, false);
    followed.quietRounds = followed.position.offset === before ? followed.quietRounds + 1 : 0;
    if (followed.quietRounds < QUIET_ROUNDS) return;
    await this.#readOn(followed, true);
    await followed.handle.close();
    this.#open.delete(file);
  }

  async #follow(found: Found): Promise<void> {
    let followed = this.#open.get(found.file);
    if (followed !== undefined && followed.position.offset === found.bytes) return;
    if (followed === undefined && found.bytes === 0) return;
    const handle = followed?.handle ?? (await open(found.path, 'r'));
    const known = followed?.position ?? this.#positions.get(found.file);
    const isSame =
      known !== undefined &&
      found.bytes >= known.offset &&
      (await headOfHandle(handle, known.headBytes)).head === known.head;
    if (followed === undefined || !isSame) {
      // A name of the file not seen before, an inode that is used again, or a file that was emptied: from its beginning.
      const position = isSame ? known : this.#positionOf(found, await headOfHandle(handle), 0);
      followed = { handle, position, skipping: false, quietRounds: 0 };
      this.#open.set(found.file, followed);
    }
    await this.#readOn(followed, false);
  }

  #positionOf({ path, file }: Found, head: Head, offset: number): Position {
    return { path, file, ...head, offset, seenAt: this.#parts.now().toISOString() };
  }

  async #readOn(followed: Followed, last: boolean): Promise<void> {
    const piece = Buffer.alloc(PIECE_BYTES + this.#parts.lineBytesMax);
    while (!this.#stopping.signal.aborted) {
      const { bytesRead } = await followed.handle.read(piece, 0, piece.length, followed.position.offset);
      if (bytesRead === 0) return;
      const isEnd = last && bytesRead < piece.length;
      const consumed = await this.#take(followed, Buffer.from(piece.subarray(0, bytesRead)), isEnd);
      if (consumed === 0 || bytesRead < piece.length) return;
    }
  }

  /** Keeps the lines of a piece and then moves the position. @returns bytes that are dealt with */
  async #take(followed: Followed, piece: Buffer, last: boolean): Promise<number> {
    const { lineBytesMax, rejected, keep, stateFile } = this.#parts;
    const cut = cutLines(piece, lineBytesMax, followed.skipping, last);
    if (cut.consumed === 0) return 0;
    const { position } = followed;
    const { records, ...columns } = recordsOf(cut.lines, position.directives, position.offset === 0);
    if (records.length > 0) await keep(records, position.path);
    if (cut.tooLong > 0) rejected('too_long', cut.tooLong);
    followed.skipping = cut.skipping;
    const offset = position.offset + cut.consumed;
    const { headBytes } = position;
    const head = headBytes < HEAD_BYTES && headBytes < offset ? await headOfHandle(followed.handle) : {};
    followed.position = { ...position, ...head, ...columns, offset, seenAt: this.#parts.now().toISOString() };
    this.#positions.set(followed.position.file, followed.position);
    await storePositions(stateFile, this.#positions);
    return cut.consumed;
  }

  /**
   * Reads a packed file once, from where the plain file it was made of had been read to: the one with the same beginning
   * that lies there no longer.
   */
  async #readPacked(found: Found, names: ReadonlyMap<string, Found>): Promise<void> {
    const seen = `${found.file} ${found.bytes} ${found.changedMs}`;
    const isSettled = this.#parts.now().getTime() - found.changedMs >= PACKED_SETTLES_MS;
    if (this.#packedSeen.has(seen) || !isSettled) return;
    const known = this.#positions.get(found.file);
    const digest = await headOfPacked(found.path).catch(() => DAMAGED);
    const fresh = this.#positionOf(found, { ...digest, head: `${PACKED}${digest.head}` }, 0);
    if (known?.head !== fresh.head) {
      const plain = [...this.#positions.values()].find(
        ({ file, head, headBytes }) =>
          names.get(file)?.isPacked !== false && `${PACKED}${head}` === fresh.head && headBytes === fresh.headBytes,
      );
      await this.#unpackWhole(found, plain ?? fresh);
      if (plain !== undefined) this.#positions.delete(plain.file);
      this.#positions.set(found.file, fresh);
      await storePositions(this.#parts.stateFile, this.#positions);
    }
    this.#packedSeen.add(seen);
  }

  async #unpackWhole(found: Found, position: Position): Promise<void> {
    try {
      await this.#unpack(found, position);
    } catch (error) {
      if (this.#stopping.signal.aborted) throw error;
      this.#parts.log.warn({ err: error, path: found.path }, 'a packed file cannot be read to its end');
      this.#parts.rejected('packed_damaged', 1);
    }
  }

  async #unpack(found: Found, position: Position): Promise<void> {
    const { lineBytesMax, keep, rejected } = this.#parts;
    let toSkip = position.offset;
    let rest = Buffer.alloc(0);
    let skipping = false;
    let isBeginning = position.offset === 0;
    let { directives } = position;
    const take = async (piece: Buffer, last: boolean) => {
      const cut = cutLines(piece, lineBytesMax, skipping, last);
      const { records, ...columns } = recordsOf(cut.lines, directives, isBeginning);
      if (records.length > 0) await keep(records, found.path);
      isBeginning &&= cut.consumed === 0;
      ({ directives } = columns);
      if (cut.tooLong > 0) rejected('too_long', cut.tooLong);
      skipping = cut.skipping;
      rest = Buffer.from(piece.subarray(cut.consumed));
    };
    for await (const chunk of unpacked(found.path)) {
      this.#stopping.signal.throwIfAborted();
      const part = chunk.subarray(Math.min(toSkip, chunk.length));
      toSkip -= chunk.length - part.length;
      if (rest.length + part.length < PIECE_BYTES) rest = Buffer.concat([rest, part]);
      else await take(Buffer.concat([rest, part]), false);
    }
    await take(rest, true);
  }
}
