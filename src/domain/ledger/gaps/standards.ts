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

const Services = z.object({
  values: z.object({
    weakApplications: z.array(z.string()),
    weakTlsVersions: z.array(z.string()),
    riskyPorts: z.array(z.number().int().positive()),
  }),
});

const SERVICES = new URL('../../../../content/standards/ledger/services.json', import.meta.url);

let services: z.output<typeof Services>['values'] | undefined;

/** Which protocols are weak and which ports ought not to face the internet, as data with source and confidence. */
export function serviceLists(): z.output<typeof Services>['values'] {
  services ??= Services.parse(JSON.parse(readFileSync(SERVICES, 'utf8'))).values;
  return services;
}
