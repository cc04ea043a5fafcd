import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import type { IdentityKey } from '#engine/identity/keys.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { type Route, route } from '#platform/http/route.ts';
import type { Db } from '#platform/postgres/database.ts';
import { differences } from '../asset.ts';
import { staysOf } from '../holders/store.ts';
import { observationsOfAssets } from '../observations/store.ts';
import { assetsById, resolveAsset } from '../resolve.ts';
import { findAsset } from '../store.ts';
import { Side, sidesOf } from './sides.ts';

/** Differences and addresses that a preview shows. */
const SHOWN_MAX = 50;

const MergePreview = z.object({
  kept: Side,
  other: Side,
  differences: z
    .array(z.object({ field: z.string(), kept: z.unknown(), other: z.unknown() }))
    .describe('what the ledger says differently; the asset that stays keeps its own'),
  observations: z.number().int().describe('observations of the other asset, which go over'),
  addresses: z.array(z.string()).describe('addresses, host names, domains and ranges that the asset that stays gains'),
  stays: z.number().int().describe('stays of the other asset at addresses, which go over'),
  contradictions: z
    .array(z.object({ kept: z.array(z.string()), other: z.array(z.string()) }))
    .describe('keys of each side, by kinds that both have and differ in'),
});

/** What merging `otherId` into `id` would do. Nothing is changed. */
async function previewMerge(db: Db, id: string, otherId: string): Promise<z.input<typeof MergePreview>> {
  if (id === otherId) throw conflict('An asset is the same as itself', 'asset.merge.itself');
  const [kept, other] = [await findAsset(db, id), await findAsset(db, otherId)];
  const sides = await sidesOf(db, [id, otherId]);
  const [keptSide, otherSide] = [sides.get(id), sides.get(otherId)];
  if (!kept || !other || !keptSide || !otherSide) throw notFound('The asset');
  const observations = await observationsOfAssets(db, [id, otherId]);
  const keysOf = (asset: string) =>
    observations.filter(({ assetId }) => assetId === asset).flatMap(({ node }) => node.keys);
  const [mine, theirs] = [keysOf(id), keysOf(otherId)];
  const { facts } = kept;
  const known = new Set([...facts.addresses, ...facts.hosts, ...facts.domains, ...facts.segments]);
  const { addresses, hosts, domains, segments } = other.facts;
  return {
    kept: keptSide,
    other: otherSide,
    differences: differences(facts, other.facts)
      .filter(({ field }) => !CARRIED.has(field))
      .slice(0, SHOWN_MAX)
      .map(({ field, from, to }) => ({ field, kept: from, other: to })),
    observations: observations.filter(({ assetId }) => assetId === otherId).length,
    addresses: [...addresses, ...hosts, ...domains, ...segments].filter((key) => !known.has(key)).slice(0, SHOWN_MAX),
    stays: (await staysOf(db, otherId, 1000)).length,
    contradictions: contradictionsBetween(mine, theirs).slice(0, SHOWN_MAX),
  };
}

/** What each side says, of the kinds in which the other asset says something that the one that stays does not. */
function contradictionsBetween(mine: readonly IdentityKey[], theirs: readonly IdentityKey[]) {
  const placeOf = ({ kind, space }: IdentityKey) => `${kind}|${space}`;
  const textsOf = (keys: readonly IdentityKey[]) => [...new Set(keys.map(({ text }) => text))].slice(0, SHOWN_MAX);
  const deciding = theirs.filter(({ kind }) => DECIDING.has(kind));
  return [...Map.groupBy(deciding, placeOf)].flatMap(([place, said]) => {
    const kept = mine.filter((key) => placeOf(key) === place);
    const other = said.filter(({ value }) => kept.every((key) => key.value !== value));
    return kept.length === 0 || other.length === 0 ? [] : { kept: textsOf(kept), other: textsOf(other) };
  });
}

/** Kinds of keys that one machine has one of. */
const DECIDING: ReadonlySet<string> = new Set(['instance', 'agent', 'serial', 'uuid', 'designation']);
/** What goes over to the asset that stays. */
const CARRIED: ReadonlySet<string> = new Set(['addresses', 'hosts', 'domains', 'segments']);

const Found = z.object({
  asset: z
    .object({
      id: z.uuid(),
      name: z.string(),
      unit: z.string(),
      unitPath: z.string(),
      importance: z.string(),
      protectionLevel: z.number().int().nullable(),
      supervisedBy: z.string(),
      operatedBy: z.string(),
      usedBy: z.string(),
      foundBy: z.array(z.string()).describe('keys that led to it, such as `address 10.1.2.3`'),
    })
    .nullable()
    .describe('null: nothing fits, or several do equally well'),
});

export const askingRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/assets/merge-preview',
    permission: 'asset.read',
    summary: 'What merging one asset into another would do',
    query: z.object({ keptId: z.uuid(), otherId: z.uuid() }),
    response: MergePreview,
    handler: (ctx, { query }) => ctx.read((db) => previewMerge(db, query.keptId, query.otherId)),
  }),
  route({
    method: 'GET',
    url: '/api/assets/whose',
    permission: 'asset.read',
    summary: 'Which asset a host name, address or domain belonged to at a time, and who answers for it',
    query: z.object({
      host: z.string().trim().max(255).optional(),
      address: z.string().trim().max(64).optional(),
      domain: z.string().trim().max(255).optional(),
      unitPath: z.string().max(300).optional().describe('only assets below it; default: the own unit or area'),
      at: z.iso.datetime({ offset: true }).optional().describe('default: now'),
    }),
    response: Found,
    handler: (ctx, { query }) => {
      const { host, address, domain, unitPath = ctx.scope.path } = query;
      if (!host && !address && !domain) {
        throw invalid('Nothing was asked', [{ at: '/address', message: 'Give an address, a host name or a domain' }]);
      }
      const at = query.at === undefined ? ctx.clock.now() : new Date(query.at);
      return ctx.read(async (db) => {
        const found = await resolveAsset(db, {
          ...(host ? { host } : {}),
          addresses: address ? [address] : [],
          domains: domain ? [domain] : [],
          unitPath,
          at,
        });
        const summary = found && (await assetsById(db, [found.id])).get(found.id);
        if (found === undefined || summary === undefined) return { asset: null };
        const names = await namesAtPaths(db, [found.unitPath]);
        const { id, name, importance, protectionLevel, supervisedBy, operatedBy, usedBy } = summary;
        const unit = names.get(found.unitPath)?.name ?? found.unitPath;
        const who = { supervisedBy, operatedBy, usedBy, foundBy: [...found.foundBy] };
        return { asset: { id, name, unit, unitPath: found.unitPath, importance, protectionLevel, ...who } };
      });
    },
  }),
];
