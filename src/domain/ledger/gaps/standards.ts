import { readFileSync } from 'node:fs';
import { z } from 'zod';

const File = z.object({
  values: z.object({
    shadow: z.number().int().positive(),
    zombie: z.number().int().positive(),
    stale: z.number().int().positive(),
    ownDomains: z.string(),
  }),
});

const PATH = new URL('../../../../content/standards/ledger/marks.json', import.meta.url);

let known: z.output<typeof File>['values'] | undefined;

/** After how many days an asset is marked, and which domains belong to government, as data with source and confidence. */
export function markDays(): z.output<typeof File>['values'] {
  known ??= File.parse(JSON.parse(readFileSync(PATH, 'utf8'))).values;
  return known;
}
