import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '#platform/queue/disk.ts';

const Position = z.object({
  path: z.string(),
  /** Which file it is, whatever its name: device and inode, and a digest of its first bytes, since inodes are used again. */
  file: z.string(),
  head: z.string(),
  headBytes: z.int().min(0),
  /** Bytes of content (of a packed file: unpacked) that are durable. */
  offset: z.int().min(0),
  seenAt: z.iso.datetime(),
  /** Lines before the offset that name the columns of what follows (logs of Zeek and IIS). */
  directives: z.array(z.string()).readonly().optional(),
});
export type Position = z.infer<typeof Position>;

const Positions = z.object({ version: z.literal(1), files: z.array(Position) });

/** Files of one source that are remembered; the ones seen last win. */
const POSITIONS_MAX = 20_000;

/**
 * How far each file of a source was read.
 *
 * @throws Error when what was kept cannot be understood: guessing would lose or double lines
 */
export async function loadPositions(path: string): Promise<Map<string, Position>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return new Map();
  try {
    return new Map(Positions.parse(JSON.parse(text)).files.map((position) => [position.file, position]));
  } catch (cause) {
    throw new Error(`${path} is damaged; restore it, or move it away to read the files from their beginning`, {
      cause,
    });
  }
}

export async function storePositions(path: string, positions: ReadonlyMap<string, Position>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const files = [...positions.values()].sort((left, right) => right.seenAt.localeCompare(left.seenAt));
  await replaceFile(path, JSON.stringify({ version: 1, files: files.slice(0, POSITIONS_MAX) }));
}
