import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './disk.ts';
import { gapsIn } from './gaps.ts';
import { type Base, HEADER_BYTES, markedFrameAt } from './marked.ts';

/** Damage that was found: the bytes are kept aside, all others are handed out. */
export interface Damage {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
  readonly reason: string;
  /** `torn` is the normal end of a log whose process was killed; nothing acknowledged is in it, and no whole record behind it. */
  readonly kind: 'torn' | 'corrupt';
}

export const segmentPath = (folder: string, segment: number): string =>
  join(folder, `${String(segment).padStart(10, '0')}.seg`);

/** Numbers and sizes of the segments on disk, oldest first. */
export async function listSegments(folder: string): Promise<{ segment: number; bytes: number }[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{10}\.seg$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => ({
      segment: Number.parseInt(name, 10),
      bytes: (await stat(join(folder, name))).size,
    })),
  );
}

const READ_BYTES = 4 * 1024 * 1024;

/**
 * Reads `bytes` bytes of a segment from `offset`, fewer at its end.
 *
 * @param buffer takes them when given: it has room for as many
 */
export async function readPart(
  folder: string,
  segment: number,
  offset: number,
  bytes: number,
  buffer: Buffer = Buffer.allocUnsafe(bytes),
): Promise<Buffer> {
  const file = await open(segmentPath(folder, segment), 'r');
  try {
    let filled = 0;
    while (filled < bytes) {
      const { bytesRead } = await file.read(buffer, filled, bytes - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } finally {
    await file.close();
  }
}

/** Whether everything from `from` to `size` is whole records. */
async function isWhole(folder: string, from: Base, size: number, recordBytesMax: number): Promise<boolean> {
  const partBytes = Math.max(READ_BYTES, recordBytesMax + HEADER_BYTES);
  for (let { offset } = from; offset < size; ) {
    const base = { segment: from.segment, offset };
    const part = await readPart(folder, base.segment, offset, Math.min(partBytes, size - offset));
    let at = 0;
    let frame = markedFrameAt(part, base, at, recordBytesMax);
    while (frame.kind === 'record') {
      at = frame.end;
      frame = markedFrameAt(part, base, at, recordBytesMax);
    }
    if (at === 0) return false;
    offset += at;
  }
  return true;
}

/**
 * Finds the damage of a segment from the beginning of a frame to its end. What is damaged is kept in `quarantine/`.
 *
 * @param size the segment's end, wherever its file ends
 * @param tornFrom an end that looks torn and begins before is damage
 */
export async function survey(
  folder: string,
  from: Base,
  size: number,
  { recordBytesMax, tornFrom }: { readonly recordBytesMax: number; readonly tornFrom: number },
): Promise<Damage[]> {
  if (await isWhole(folder, from, size, recordBytesMax)) return [];
  const { segment, offset } = from;
  const bytes = await readPart(folder, segment, offset, size - offset);
  const gaps = gapsIn(bytes, from, recordBytesMax);
  const end = offset + bytes.length;
  if (end < size) gaps.push({ from: end, to: size, reason: 'the file became shorter', torn: false });
  const damages = gaps.map(
    ({ from, to, reason, torn }): Damage => ({
      segment,
      offset: from,
      bytes: to - from,
      reason,
      kind: torn && from >= tornFrom ? 'torn' : 'corrupt',
    }),
  );
  for (const damage of damages) await setAside(folder, damage);
  return damages;
}

/** Cuts the end off a segment. */
export async function cutAt(folder: string, { segment, offset }: Base): Promise<void> {
  const file = await open(segmentPath(folder, segment), 'r+');
  try {
    await file.truncate(offset);
    await file.sync();
  } finally {
    await file.close();
  }
}

const quarantine = (folder: string): string => join(folder, 'quarantine');

/** Copies damaged bytes to `quarantine/`, at most 64 MB of them, so that somebody can look at what was lost. */
async function setAside(folder: string, damage: Damage): Promise<void> {
  const kept = await readPart(folder, damage.segment, damage.offset, Math.min(damage.bytes, 64 * 1024 * 1024));
  const aside = quarantine(folder);
  await mkdir(aside, { recursive: true });
  const name = `${damage.segment}-${damage.offset}-${damage.bytes}.${damage.kind}`;
  const file = await open(join(aside, name), 'w');
  try {
    await file.writeFile(kept);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(aside);
}

/** The damage that earlier runs have found and nobody has dealt with: its bytes still lie in quarantine. */
export async function listQuarantine(folder: string): Promise<Damage[]> {
  const names = await readdir(quarantine(folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) => {
    const [, segment, offset, bytes] = /^(\d+)-(\d+)-(\d+)\.corrupt$/.exec(name) ?? [];
    if (bytes === undefined) return [];
    const reason = 'found by an earlier run';
    return [{ segment: Number(segment), offset: Number(offset), bytes: Number(bytes), reason, kind: 'corrupt' }];
  });
}
