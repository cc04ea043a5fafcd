import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './disk.ts';
import { frameAt } from './frame.ts';

/** Damage that was found: the bytes are kept aside, the rest of the log goes on. */
export interface Damage {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
  readonly reason: string;
  /** `torn` is the normal end of a log whose process was killed; nothing acknowledged is in it. */
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

/**
 * Cuts what is not a whole record off the end of the newest segment. The cut bytes are kept in `quarantine/`.
 *
 * @returns what was cut, and the bytes that remain
 */
export async function cutTornTail(
  folder: string,
  segment: number,
  bytes: number,
  recordBytesMax: number,
): Promise<{ bytes: number; damage: Damage | undefined }> {
  let good = 0;
  while (good < bytes) {
    const part = await readPart(
      folder,
      segment,
      good,
      Math.min(Math.max(READ_BYTES, recordBytesMax + 8), bytes - good),
    );
    let at = 0;
    let frame = frameAt(part, at, recordBytesMax);
    while (frame.kind === 'record') {
      at = frame.end;
      frame = frameAt(part, at, recordBytesMax);
    }
    good += at;
    if (at === 0) {
      const reason = frame.kind === 'bad' ? frame.reason : 'the last record is not complete';
      const damage: Damage = { segment, offset: good, bytes: bytes - good, reason, kind: 'torn' };
      await setAside(folder, damage);
      const file = await open(segmentPath(folder, segment), 'r+');
      try {
        await file.truncate(good);
        await file.sync();
      } finally {
        await file.close();
      }
      return { bytes: good, damage };
    }
  }
  return { bytes, damage: undefined };
}

/** Copies damaged bytes to `quarantine/`, at most 64 MB of them, so that somebody can look at what was lost. */
export async function setAside(folder: string, damage: Damage): Promise<void> {
  const kept = await readPart(folder, damage.segment, damage.offset, Math.min(damage.bytes, 64 * 1024 * 1024));
  const aside = join(folder, 'quarantine');
  await mkdir(aside, { recursive: true });
  const name = `${damage.segment}-${damage.offset}.${damage.kind}`;
  const file = await open(join(aside, name), 'w');
  try {
    await file.writeFile(kept);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(aside);
}
