import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { faultsOf } from '#platform/input.ts';

const FOLDER = join(import.meta.dirname, '../../../content/standards/vulnerabilities');

const Days = z.number().int().min(1).max(365);
const LikelyFrom = z.number().min(0.001).max(1);
const LevelFrom = z.number().int().min(1).max(5);
const Months = z.number().int().min(1).max(36);

/** How soon weaknesses are to be mended: the centre's own choice. */
export const Policy = z.strictObject({
  workingDays: z.strictObject({ 1: Days, 2: Days, 3: Days, 4: Days }).describe('to mend, by priority'),
  likelyFrom: LikelyFrom.describe('EPSS probability from which exploitation counts as likely'),
  protectionLevelFrom: LevelFrom.describe('等保 level from which a system is of weight'),
  acceptanceMonthsMax: Months.describe('longest time a risk is accepted for'),
});
export type MendingPolicy = z.output<typeof Policy>;

const Deadlines = z.strictObject({
  version: z.string(),
  source: z.string(),
  confidence: z.string(),
  workingDays: Policy.shape.workingDays,
  priority: z.strictObject({ likelyFrom: LikelyFrom, protectionLevelFrom: LevelFrom, source: z.string() }),
  acceptance: z.strictObject({ monthsMax: Months, source: z.string() }),
});

let loaded: MendingPolicy | undefined;

/** The policy that comes with the platform, read once. @throws Error naming the file and every fault in it */
export function standardPolicy(): MendingPolicy {
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
  const { workingDays, priority, acceptance } = result.data;
  loaded = {
    workingDays,
    likelyFrom: priority.likelyFrom,
    protectionLevelFrom: priority.protectionLevelFrom,
    acceptanceMonthsMax: acceptance.monthsMax,
  };
  return loaded;
}
