import { sql } from 'kysely';
import { addressBytes, inNetwork, type Network, parseNetwork } from '#engine/condition/address.ts';
import { isPrivate } from '#engine/identity/address.ts';
import type { IdentityPlace } from '#engine/identity/keys.ts';
import type { Db } from '#platform/postgres/database.ts';

/** A part of a network in which an address stands for one machine. */
interface Zone {
  readonly id: string;
  readonly unitPath: string;
  readonly fixed: boolean;
  readonly networks: readonly Network[];
}

/** The name of the zone of public addresses that no zone claims: there is one internet. */
const INTERNET = 'internet';

type Place = ReturnType<IdentityPlace['zoneOf']>;

/** The declared zones, to tell where an address lies. */
export class Zones {
  readonly #zones: readonly Zone[];
  readonly #byId: ReadonlyMap<string, Zone>;

  constructor(zones: readonly Zone[]) {
    this.#zones = zones;
    this.#byId = new Map(zones.map((zone) => [zone.id, zone]));
  }

  /**
   * The zone of an address that somebody at `unitPath` reported: the one he names; else the narrowest declared range on
   * his way up the tree or below him; else a public address lies in the internet, and a private one in the network of the
   * unit itself, which is one zone until somebody declares others.
   */
  placeOf(address: string, unitPath: string, zoneId?: string): Place {
    const named = zoneId === undefined ? undefined : this.#byId.get(zoneId);
    const zone = named ?? this.#narrowest(address, unitPath);
    if (zone !== undefined) return { zone: zone.id, realm: zone.unitPath, fixed: zone.fixed };
    if (!isPrivate(address)) return { zone: INTERNET, realm: unitPath, fixed: false };
    return { zone: unitPath, realm: unitPath, fixed: false };
  }

  #narrowest(address: string, unitPath: string): Zone | undefined {
    if (this.#zones.length === 0) return undefined;
    const bytes = addressBytes(address);
    if (bytes === undefined) return undefined;
    let best: { zone: Zone; bits: number } | undefined;
    for (const zone of this.#zones) {
      if (!unitPath.startsWith(zone.unitPath) && !zone.unitPath.startsWith(unitPath)) continue;
      for (const network of zone.networks) {
        if (!inNetwork(bytes, network)) continue;
        const better =
          best === undefined ||
          network.bits > best.bits ||
          (network.bits === best.bits && zone.unitPath.length > best.zone.unitPath.length);
        if (better) best = { zone, bits: network.bits };
      }
    }
    return best?.zone;
  }
}

/** Zones in force. @param db the system's: zones of other units decide, too */
export async function loadZones(db: Db): Promise<Zones> {
  const { rows } = await sql<{ id: string; unit_path: string; addressing: string; ranges: string[] }>`
    SELECT id, unit_path, addressing, ranges::text[] AS ranges FROM asset_zone WHERE retired_at IS NULL
    ORDER BY unit_path, id`.execute(db);
  return new Zones(
    rows.map((row) => ({
      id: row.id,
      unitPath: row.unit_path,
      fixed: row.addressing === 'static',
      networks: row.ranges.flatMap((range) => parseNetwork(range) ?? []),
    })),
  );
}
