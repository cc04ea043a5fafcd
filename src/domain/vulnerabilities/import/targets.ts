import { BlockList, isIP } from 'node:net';
import { type AssetSummary, assetsById, resolveAsset } from '#domain/ledger/index.ts';
import type { Exposure, Stake } from '#engine/vulnerability/priority.ts';
import type { ReportTarget } from '#engine/vulnerability/report.ts';
import type { Db } from '#platform/postgres/database.ts';

/** A target of a report with what the ledger says it is. */
export interface ResolvedTarget {
  readonly target: ReportTarget;
  readonly key: string;
  /** The key it had before it was in the ledger. */
  readonly hostKey: string;
  readonly unitPath: string;
  readonly assetId: string | null;
  readonly foundBy: readonly string[];
  readonly stake: Stake;
  readonly exposure: Exposure;
}

const NOT_INTERNET = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
] as const)
  NOT_INTERNET.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128],
] as const)
  NOT_INTERNET.addSubnet(net, bits, 'ipv6');

/** Whether the addresses a host was scanned at are of the internet. A name alone tells nothing. */
function exposureOf(addresses: readonly string[]): Exposure {
  if (addresses.length === 0) return 'unknown';
  const isInside = (address: string) => NOT_INTERNET.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return addresses.every(isInside) ? 'internal' : 'internet';
}

const NO_STAKE: Stake = { protectionLevel: null, criticalInfrastructure: false, importance: '', dataGrade: '' };

export const stakeOf = (asset: AssetSummary | undefined): Stake =>
  asset === undefined
    ? NO_STAKE
    : {
        protectionLevel: asset.protectionLevel,
        criticalInfrastructure: asset.criticalInfrastructure,
        importance: asset.importance,
        dataGrade: asset.dataGrade,
      };

/** The one place that asks the ledger which asset a scanned host is. */
async function assetOf(db: Db, unitPath: string, target: ReportTarget) {
  const [host] = target.hosts;
  return resolveAsset(db, {
    ...(host === undefined ? {} : { host }),
    addresses: target.addresses,
    domains: target.hosts,
    unitPath,
  });
}

/**
 * Which asset a target is. A host that the ledger does not know, or knows twice, keeps its own key: its findings stay
 * visible as those of a host that is not in the ledger.
 *
 * @param chosen the asset that a person named for an artefact
 */
export async function resolveTarget(
  db: Db,
  unitPath: string,
  target: ReportTarget,
  chosen: AssetSummary | undefined,
): Promise<ResolvedTarget> {
  const exposure = exposureOf(target.addresses);
  const hostKey = `${target.kind}:${unitPath}:${target.name.toLowerCase()}`;
  const found = target.kind === 'artefact' ? undefined : await assetOf(db, unitPath, target);
  const asset = found === undefined ? chosen : (await assetsById(db, [found.id])).get(found.id);
  if (asset === undefined) {
    return { target, key: hostKey, hostKey, unitPath, assetId: null, foundBy: [], stake: NO_STAKE, exposure };
  }
  // Two images of one system are two places: the asset alone would mix their packages.
  const key = target.kind === 'artefact' ? `asset:${asset.id}:${target.name.toLowerCase()}` : `asset:${asset.id}`;
  const foundBy = found?.foundBy ?? [];
  return {
    target,
    key,
    hostKey,
    unitPath: asset.unitPath,
    assetId: asset.id,
    foundBy,
    stake: stakeOf(asset),
    exposure,
  };
}
