import { canonicalAddress } from './address.ts';
import { holdersAt, type Stay } from './holders.ts';
import { KeyTable, type KeyTableParts } from './key-table.ts';
import { NOBODY, RangeIndex, type RangeOf } from './ranges.ts';
import { type TextTableParts, textAt } from './text-table.ts';

/** What an event names, as the ledger is asked. */
export interface EventQuestion {
  readonly host: string;
  readonly address: string;
  readonly domain: string;
  /** Whose event it is: only assets below it count, or in the network zone that it lies in. */
  readonly unitPath: string;
  /** When it happened: an address is that of whoever had it then. */
  readonly atMs: number;
}

/** What is written to an event about an asset. */
export interface IndexedAsset {
  readonly id: string;
  readonly name: string;
  readonly unitPath: string;
  readonly supervisedBy: string;
  readonly operatedBy: string;
  readonly usedBy: string;
}

/** Kinds of keys in the table; a stay is where an asset was seen for a while. */
export const KIND = { host: 1, domain: 2, address: 4, stay: 8 } as const;
/** By the kinds that fit, as bits: a host name counts 8, domain and address 4 each. A range says only whose network it is. */
const STRENGTH = [0, 8, 4, 12, 4, 12, 8, 16] as const;

/**
 * Of two that are equal otherwise, what somebody entered goes before what was only observed, and then the machine before
 * what stands on it: a system and a service are entered with the addresses of their machines.
 */
export const RANK = { entered: 2, machine: 1 } as const;

/** Who was where when: of each stay the asset, its zone, its first and last time. */
interface StaysParts {
  readonly assets: Int32Array;
  readonly zones: Int32Array;
  readonly firstMs: Float64Array;
  readonly lastMs: Float64Array;
}

/** Everything of an index, to be handed to threads: typed arrays are shared, not copied. */
export interface AssetIndexParts {
  readonly table: KeyTableParts;
  /** Of each asset: where its unit is in `paths`. */
  readonly units: Int32Array;
  /** Of each asset: its texts (see `FIELDS`), as numbers in `texts`. */
  readonly fields: Int32Array;
  /** Of each asset: the information system that it belongs to, of several the main one. */
  readonly systems: Int32Array;
  /** Of each asset, the sum of `RANK.entered` when somebody entered it and `RANK.machine` when it is one. */
  readonly ranks: Uint8Array;
  /** UUIDs of the assets, 16 bytes each. */
  readonly ids: Uint8Array;
  /** Units, sorted: those below a place are neighbours. */
  readonly paths: readonly string[];
  readonly texts: TextTableParts;
  /** Sorted by unit. */
  readonly ranges: readonly RangeOfUnit[];
  /** Ranges of the declared zones, `value` being the zone. */
  readonly zones: readonly RangeOfUnit[];
  readonly stays: StaysParts;
}

export type RangeOfUnit = RangeOf & { readonly unitPath: string };

/** Texts of one asset in `fields`. */
export const FIELDS = ['name', 'supervisedBy', 'operatedBy', 'usedBy'] as const;

/** Assets of one key that are looked at: a usual address such as 192.168.1.1 is in every unit's network. */
const FOUND_MAX = 8_192;
/** Of them below the event's unit: with more, none is the answer. */
const CANDIDATES_MAX = 64;
/** Places that are kept ready: every unit of a region has its own sources. */
const PLACES_MAX = 16_384;

/** A part of the tree of units: which of the sorted `paths` it holds, its ranges, and the zones that it can tell. */
interface Area {
  readonly from: number;
  readonly to: number;
  readonly ranges: RangeIndex;
  readonly zones: RangeIndex;
}

/** The first of sorted texts that is not before `text`. */
function firstFrom(count: number, textOf: (at: number) => string, text: string): number {
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (textOf(middle) < text) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** After everything that begins with a path in the order of code units. */
const after = (unitPath: string): string => `${unitPath}\uffff`;

const NO_RANGES = new RangeIndex([]);

/** The ranges of zones on the way up from a unit or below it; of the same range twice the nearer zone's. */
function zonesSeenFrom(unitPath: string, zones: readonly RangeOfUnit[]): RangeIndex {
  const seen = new Map<string, RangeOfUnit>();
  for (const zone of zones) {
    if (!unitPath.startsWith(zone.unitPath) && !zone.unitPath.startsWith(unitPath)) continue;
    const range = `${zone.network.bytes.join('.')}/${zone.network.bits}`;
    const known = seen.get(range);
    if (known === undefined || zone.unitPath.length > known.unitPath.length) seen.set(range, zone);
  }
  return seen.size === 0 ? NO_RANGES : new RangeIndex([...seen.values()]);
}

/**
 * Finds the asset that an event is about, in memory: the strongest keys below the event's unit, as the ledger answers
 * from its tables. Two of equal strength are no answer. An address that lies in a declared zone is one of that zone,
 * whoever's asset has it; whom an address belonged to at the time goes before what a unit never declared.
 */
export class AssetIndex {
  readonly parts: AssetIndexParts;
  readonly #table: KeyTable;
  readonly #found = new Int32Array(FOUND_MAX);
  readonly #kinds = new Int32Array(FOUND_MAX);
  readonly #areas = new Map<string, Area>();

  constructor(parts: AssetIndexParts) {
    this.parts = parts;
    this.#table = new KeyTable(parts.table);
  }

  get size(): number {
    return this.parts.units.length;
  }

  /** The number of the asset; `NOBODY` when none or several fit. */
  find({ host, address, domain, unitPath, atMs }: EventQuestion): number {
    const area = this.#areaOf(unitPath);
    let to = 0;
    if (host !== '') {
      const name = host.toLowerCase();
      to = this.#add(KIND.host, name, area, to);
      const dot = name.indexOf('.');
      if (dot > 0) {
        to = this.#add(KIND.host, name.slice(0, dot), area, to);
        to = this.#add(KIND.domain, name, area, to);
      }
    }
    if (domain !== '') to = this.#add(KIND.domain, domain.toLowerCase(), area, to);
    const canonical = address === '' ? undefined : canonicalAddress(address);
    if (canonical !== undefined) to = this.#addHolder(canonical, atMs, area, to);
    if (to > 0) return to > CANDIDATES_MAX ? NOBODY : this.#strongest(to);
    return canonical === undefined ? NOBODY : area.ranges.find(canonical);
  }

  /** Puts the assets of a key below the area after those found so far. @returns where they end */
  #add(kind: number, text: string, area: Area, from: number): number {
    const found = this.#found;
    const { units } = this.parts;
    const end = this.#table.find(kind, text, found, from);
    let to = from;
    for (let at = from; at < end; at += 1) {
      const asset = found[at] ?? NOBODY;
      const unit = units[asset] ?? -1;
      if (unit < area.from || unit >= area.to) continue;
      found[to] = asset;
      this.#kinds[to] = kind;
      to += 1;
    }
    return to;
  }

  /** The assets of an address: whoever had it then, or those that have it by the ledger. */
  #addHolder(address: string, atMs: number, area: Area, from: number): number {
    const { ranks, stays } = this.parts;
    const entered = (asset: number) => (ranks[asset] ?? 0) >= RANK.entered;
    const zone = area.zones.find(address);
    const to = zone === NOBODY ? this.#add(KIND.address, address, area, from) : this.#addOfZone(address, zone, from);
    if (stays.assets.length === 0) return to;
    const holder = this.#holderAt(address, atMs, { area, zone, from: to });
    if (holder === NOBODY) return to;
    let declared = false;
    for (let at = from; at < to; at += 1) declared ||= entered(this.#found[at] ?? NOBODY);
    if (declared && !entered(holder)) return to;
    this.#found[from] = holder;
    this.#kinds[from] = KIND.address;
    return from + 1;
  }

  /** Those with the address whose own place has it in the same zone. */
  #addOfZone(address: string, zone: number, from: number): number {
    const found = this.#found;
    const { units, paths } = this.parts;
    const end = this.#table.find(KIND.address, address, found, from);
    let to = from;
    for (let at = from; at < end; at += 1) {
      const asset = found[at] ?? NOBODY;
      const own = this.#areaOf(paths[units[asset] ?? -1] ?? '');
      if (own.zones.find(address) !== zone) continue;
      found[to] = asset;
      this.#kinds[to] = KIND.address;
      to += 1;
    }
    return to;
  }

  #holderAt(address: string, atMs: number, { area, zone, from }: { area: Area; zone: number; from: number }): number {
    const { stays, units } = this.parts;
    const end = this.#table.find(KIND.stay, address, this.#found, from);
    let only = NOBODY;
    let byZone: Map<number, Stay[]> | undefined;
    for (let at = from; at < end; at += 1) {
      const stay = this.#found[at] ?? NOBODY;
      const unit = units[stays.assets[stay] ?? NOBODY] ?? -1;
      const fits = zone === NOBODY ? unit >= area.from && unit < area.to : stays.zones[stay] === zone;
      if (!fits) continue;
      if (only !== NOBODY) {
        byZone ??= new Map([[stays.zones[only] ?? NOBODY, [this.#stay(only)]]]);
        const own = stays.zones[stay] ?? NOBODY;
        byZone.set(own, [...(byZone.get(own) ?? []), this.#stay(stay)]);
      } else only = stay;
    }
    if (only === NOBODY) return NOBODY;
    if (byZone === undefined) return (stays.firstMs[only] ?? 0) <= atMs ? (stays.assets[only] ?? NOBODY) : NOBODY;
    const [holder, other] = new Set([...byZone.values()].flatMap((all) => holdersAt(all, atMs)));
    return holder === undefined || other !== undefined ? NOBODY : Number(holder);
  }

  #stay(stay: number): Stay {
    const { assets, firstMs, lastMs } = this.parts.stays;
    return { assetId: String(assets[stay]), firstMs: firstMs[stay] ?? 0, lastMs: lastMs[stay] ?? 0 };
  }

  #strongest(to: number): number {
    const found = this.#found;
    const { ranks } = this.parts;
    let best = NOBODY;
    let most = 0;
    let equal = false;
    for (let at = 0; at < to; at += 1) {
      const asset = found[at] ?? NOBODY;
      if (asset === best) continue;
      let kinds = 0;
      for (let other = 0; other < to; other += 1) if (found[other] === asset) kinds |= this.#kinds[other] ?? 0;
      const sum = (STRENGTH[kinds] ?? 0) + (ranks[asset] ?? 0);
      if (sum > most) {
        best = asset;
        most = sum;
        equal = false;
      } else if (sum === most) equal = true;
    }
    return equal ? NOBODY : best;
  }

  #areaOf(unitPath: string): Area {
    const known = this.#areas.get(unitPath);
    if (known !== undefined) return known;
    if (this.#areas.size >= PLACES_MAX) this.#areas.clear();
    const { paths, ranges, zones } = this.parts;
    const [path, range] = [(at: number) => paths[at] ?? '', (at: number) => ranges[at]?.unitPath ?? ''];
    const first = firstFrom(ranges.length, range, unitPath);
    const own = ranges.slice(first, firstFrom(ranges.length, range, after(unitPath)));
    const area = {
      from: firstFrom(paths.length, path, unitPath),
      to: firstFrom(paths.length, path, after(unitPath)),
      ranges: own.length === 0 ? NO_RANGES : new RangeIndex(own),
      zones: zones.length === 0 ? NO_RANGES : zonesSeenFrom(unitPath, zones),
    };
    this.#areas.set(unitPath, area);
    return area;
  }

  /** The information system that an asset belongs to, of several the main one; `NOBODY` when the ledger names none. */
  systemOf(asset: number): number {
    return this.parts.systems[asset] ?? NOBODY;
  }

  /** @param asset a number that `find` gave */
  asset(asset: number): IndexedAsset {
    const { ids, units, paths, fields, texts } = this.parts;
    const hex = Array.from(ids.subarray(asset * 16, asset * 16 + 16), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('');
    const text = (field: number): string => textAt(texts, fields[asset * FIELDS.length + field] ?? -1);
    return {
      id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
      unitPath: paths[units[asset] ?? -1] ?? '',
      name: text(0),
      supervisedBy: text(1),
      operatedBy: text(2),
      usedBy: text(3),
    };
  }
}
