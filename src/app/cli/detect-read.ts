import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isZip, openArchive } from '#domain/telemetry/archive.ts';
import type { SplitItem } from '#domain/telemetry/collect/lines.ts';
import { textSplitterFor } from '#domain/telemetry/file-splitter.ts';
import { EvtxCutter, isEvtx } from '#engine/formats/evtx/evtx.ts';
import type { Piece } from './detect-messages.ts';

const PIECE_BYTES = 2 * 1024 * 1024;
const PIECE_RECORDS = 5_000;
const RECORD_BYTES_MAX = 1024 * 1024;

/** The files of the named files and folders, folders with all that is below them, sorted. */
export function filesOf(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  });
}

/** Gathers records into pieces. */
class Gatherer {
  private readonly file: string;
  private parts: Buffer[] = [];
  private bytes = 0;
  /** Records that were too long or incomplete. */
  rejected = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** The pieces that are full after these records. */
  add(items: readonly SplitItem[]): Piece[] {
    const full: Piece[] = [];
    for (const item of items) {
      if (item.kind === 'rejected') {
        this.rejected += 1;
        continue;
      }
      this.parts.push(item.bytes);
      this.bytes += item.bytes.length;
      if (this.bytes >= PIECE_BYTES || this.parts.length >= PIECE_RECORDS) full.push(...this.rest());
    }
    return full;
  }

  rest(): Piece[] {
    if (this.parts.length === 0) return [];
    const bytes = new Uint8Array(this.bytes);
    const ends = new Uint32Array(this.parts.length);
    let at = 0;
    this.parts.forEach((part, index) => {
      bytes.set(part, at);
      at += part.length;
      ends[index] = at;
    });
    this.parts = [];
    this.bytes = 0;
    return [{ file: this.file, kind: 'records', bytes, ends }];
  }
}

/** The chunks of an EVTX file: each can be read by another thread. */
async function* evtxPieces(file: string, content: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  const cutter = new EvtxCutter();
  const pieces = (chunks: Uint8Array<ArrayBuffer>[]): Piece[] =>
    chunks.map((bytes) => ({ file, kind: 'evtx', bytes, ends: new Uint32Array() }));
  for await (const next of content) yield* pieces(cutter.push(next));
  yield* pieces(cutter.end());
}

async function* recordPieces(gatherer: Gatherer, head: Buffer, content: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  const splitter = textSplitterFor(head, RECORD_BYTES_MAX);
  for await (const chunk of content) yield* gatherer.add(splitter.push(chunk));
  yield* gatherer.add(splitter.end());
  yield* gatherer.rest();
}

/** The content with its first bytes looked at. */
async function opened(content: AsyncIterable<Buffer>): Promise<{ head: Buffer; content: AsyncIterable<Buffer> }> {
  const iterator = content[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* whole(): AsyncGenerator<Buffer> {
    if (!first.done) yield first.value;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  return { head: first.done ? Buffer.alloc(0) : first.value, content: whole() };
}

/** Reads to the end what nobody wants: what comes after it in an archive is behind it. */
async function passOver(content: AsyncIterable<Buffer>): Promise<void> {
  const iterator = content[Symbol.asyncIterator]();
  while (!(await iterator.next()).done);
}

/** What reading a file came to. */
export interface FileRead {
  readonly bytes: number;
  /** Records that were too long or incomplete. */
  readonly rejected: number;
  /** What was passed over, one text each. */
  readonly skipped: readonly string[];
}

/**
 * Reads a file, or the files in an archive (zip, tar, gz, zst), piece by piece: EVTX, NDJSON, JSON, Zeek's
 * tables or lines, told by their content.
 *
 * @param give takes a piece; the next one is read when it is done
 * @throws AppError when the file is damaged; what was given before stays given
 */
export async function readPieces(path: string, give: (piece: Piece) => Promise<void>): Promise<FileRead> {
  let bytes = 0;
  let rejected = 0;
  const skipped: string[] = [];
  for await (const member of openArchive(path, basename(path))) {
    const { head, content } = await opened(member.content);
    const file = member.name === basename(path) ? path : `${path}!${member.name}`;
    if (isZip(head)) {
      skipped.push(`${file}: a zip within an archive is not opened, unpack it first`);
      await passOver(content);
      continue;
    }
    const gatherer = new Gatherer(file);
    const pieces = isEvtx(head) ? evtxPieces(file, content) : recordPieces(gatherer, head, content);
    for await (const piece of pieces) {
      bytes += piece.bytes.length;
      await give(piece);
    }
    rejected += gatherer.rejected;
  }
  return { bytes, rejected, skipped };
}
