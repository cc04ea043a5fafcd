import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from './disk.ts';

/** A place between two records: number of the segment, byte in its file, and how many records stand before it. */
const Place = z.object({
  segment: z.int().min(0),
  offset: z.int().min(0),
  index: z.int().min(0),
});
export type Place = z.infer<typeof Place>;

/** The end of a batch; `more`: the next one has its effect together with it. */
const PlannedEnd = Place.extend({ more: z.literal(true).optional() });
export type PlannedEnd = z.infer<typeof PlannedEnd>;

const State = z.object({
  /** Makes identifiers of this log differ from those of any other log, also one that took its folder's place. */
  logId: z.string().regex(/^[0-9a-z]{6}$/),
  /** All before this is done with. */
  done: Place,
  /** Ends of the batches after `done` that may have been worked on when the process ended, in order. */
  planned: z.array(PlannedEnd).max(1000),
});
export type State = z.infer<typeof State>;

const FILE = 'checkpoint.json';

/**
 * Reads how far the consumer got.
 *
 * @returns a fresh state when there is none
 * @throws Error when the file is there and cannot be understood: going on from a guess would double events
 */
export async function loadState(folder: string): Promise<State> {
  const text = await readFile(join(folder, FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) {
    const start: Place = { segment: 0, offset: 0, index: 0 };
    const logId = BigInt(`0x${randomBytes(5).toString('hex')}`)
      .toString(36)
      .padStart(6, '0')
      .slice(-6);
    const fresh: State = { logId, done: start, planned: [] };
    await storeState(folder, fresh);
    return fresh;
  }
  try {
    return State.parse(JSON.parse(text));
  } catch (cause) {
    const mend = 'restore it, or move it away to work through all kept segments once more';
    throw new Error(`${join(folder, FILE)} is damaged; ${mend}`, { cause });
  }
}

export const storeState = (folder: string, state: State): Promise<void> =>
  replaceFile(join(folder, FILE), JSON.stringify(state));

export const isBefore = (left: Place, right: Place): boolean =>
  left.segment < right.segment || (left.segment === right.segment && left.offset < right.offset);
