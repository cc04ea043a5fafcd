import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { KEY_KINDS, type KeyLists } from '#engine/identity/keys.ts';
import type { Reconciliation } from '#engine/identity/reconcile.ts';
import type { SpreadLimits } from '#engine/identity/spread.ts';
import { faultsOf } from '#platform/input.ts';

const FILE = join(import.meta.dirname, '../../../../content/standards/identity/keys.json');

const Lists = z.strictObject({
  version: z.string(),
  source: z.string(),
  confidence: z.string(),
  serials: z.array(z.string()),
  uuids: z.array(z.string()),
  names: z.array(z.string()),
  macPrefixes: z.array(z.strictObject({ prefix: z.string().regex(/^[0-9a-f]{4,12}$/), what: z.string() })),
  vendors: z.record(z.string(), z.string()),
  spread: z.strictObject({
    windowHours: z.number().positive(),
    most: z.partialRecord(z.enum(KEY_KINDS), z.number().positive()),
  }),
  believed: z.strictObject({
    staleDays: z.number().positive(),
    other: z.number(),
    sources: z.record(z.string(), z.number()),
  }),
});

export interface IdentityLists {
  readonly lists: KeyLists;
  readonly limits: SpreadLimits;
  readonly believed: Reconciliation;
}

/** The product of a source: `wazuh` of `wazuh:region`. */
export const productOf = (source: string): string => source.split(':')[0] ?? source;

let loaded: IdentityLists | undefined;

/**
 * Values that say nothing and the limits of spreading, read once.
 * @throws Error naming the file and every fault in it
 */
export function identityLists(): IdentityLists {
  if (loaded !== undefined) return loaded;
  const result = Lists.safeParse(JSON.parse(readFileSync(FILE, 'utf8')));
  if (!result.success) {
    throw new Error(
      `${FILE}: ${faultsOf(result.error)
        .map(({ at, message }) => `${at}: ${message}`)
        .join('; ')}`,
    );
  }
  const { serials, uuids, names, macPrefixes, vendors, spread, believed } = result.data;
  loaded = {
    lists: {
      serials: new Set(serials),
      uuids: new Set(uuids),
      names: new Set(names),
      macPrefixes,
      vendors: new Map(Object.entries(vendors)),
    },
    limits: spread,
    believed: {
      priority: (source) => believed.sources[productOf(source)] ?? believed.other,
      staleMs: believed.staleDays * 86_400_000,
    },
  };
  return loaded;
}
