import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Priority } from '#engine/vulnerability/priority.ts';
import { faultsOf } from '#platform/input.ts';

const FOLDER = join(import.meta.dirname, '../../../content/standards/vulnerabilities');

const Days = z.number().int().min(1).max(365);
const Deadlines = z.strictObject({
  version: z.string(),
  source: z.string(),
  confidence: z.string(),
  workingDays: z.strictObject({ 1: Days, 2: Days, 3: Days, 4: Days }),
  priority: z.strictObject({
    likelyFrom: z.number().min(0.001).max(1),
    protectionLevelFrom: z.number().int().min(1).max(5),
    source: z.string(),
  }),
  acceptance: z.strictObject({ monthsMax: z.number().int().min(1).max(36), source: z.string() }),
});

let loaded: z.output<typeof Deadlines> | undefined;

/** The policy of mending in force, read once. @throws Error naming the file and every fault in it */
export function mendingPolicy(): z.output<typeof Deadlines> {
  if (loaded !== undefined) return loaded;
  const file = join(FOLDER, 'deadlines.json');
  const result = Deadlines.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!result.success) {
    throw new Error(
      `${file}: ${faultsOf(result.error)
        .map((fault) => `${fault.at}: ${fault.message}`)
        .join('; ')}`,
    );
  }
  loaded = result.data;
  return loaded;
}

/** Working days to mend a weakness of this priority. */
export const workingDaysFor = (priority: Priority): number => mendingPolicy().workingDays[priority];
