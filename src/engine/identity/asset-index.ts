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

/** Numbers of one stay, side by side: asset, zone, first and last time in ms. */
export const STAY_NUMBERS = 4;

/** What a slot of the table notes of an asset: its unit (a number into `places`) and its rank. */
export const noteOf = (unit: number, rank: number): number => unit * 4 + rank;
const unitIn = (note: number): number => note >>> 2;
const rankIn = (note: number): number => note & 3;

/** Everything of an index, to be handed to threads: typed arrays are shared, not copied. */
export interface AssetIndexParts {
  readonly table: KeyTableParts;
  /** Of each asset: its unit, a number into `places`. */
  readonly units: Int32Array;
  /** Of each unit: where it is in `paths`. */
  readonly places: Int32Array;
  /** Of each asset: its texts (see `FIELDS`), as numbers in `texts`. */
  readonly fields: Int32Array;
  /** Of each asset: the information system that it belongs to, of several the main one. */
  readonly systems: Int32Array;
  /** UUIDs of the assets, 16 bytes each. */
  readonly ids: Uint8Array;
  /** Units, sorted: those below a place are neighbours. */
  readonly paths: readonly string[];
  readonly texts: TextTableParts;
  /** Sorted by unit. */
  readonly ranges: readonly RangeOfUnit[];
  /** Ranges of the declared zones, `value` being the zone. */
  readonly zones: readonly RangeOfUnit[];
  /** `STAY_NUMBERS` of each stay. */
  readonly stays: Float64Array;
}

export type RangeOfUnit = RangeOf & { readonly unitPath: string };

/** Texts of one asset in `fields`. */
export const FIELDS = ['name', 'supervisedBy', 'operatedBy', 'usedBy'] as const;

/** Assets of one key below the event's unit: with more, none is the answer. */
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

interface NotedStay {
  readonly stay: number;
  readonly note: number;
}

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
  readonly #found = new Int32Array(CANDIDATES_MAX);
  readonly #kinds = new Int32Array(CANDIDATES_MAX);
  readonly #ranks = new Int32Array(CANDIDATES_MAX);
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
      const dot = name.indexOf('.');
      to = this.#add(dot > 0 ? KIND.host | KIND.domain : KIND.host, name, area, to);
      if (dot > 0) to = this.#add(KIND.host, name.slice(0, dot), area, to);
    }
    if (domain !== '') to = this.#add(KIND.domain, domain.toLowerCase(), area, to);
    const canonical = address === '' ? undefined : canonicalAddress(address);
    if (canonical !== undefined) to = this.#addHolder(canonical, atMs, area, to);
    if (to > CANDIDATES_MAX) return NOBODY;
    if (to > 0) return to === 1 ? (this.#found[0] ?? NOBODY) : this.#strongest(to);
    return canonical === undefined ? NOBODY : area.ranges.find(canonical);
  }

  /** Keeps an asset at `to`; those that are too many are only counted. @returns where the next one goes */
  #keep(asset: number, kind: number, note: number, to: number): number {
    if (to < CANDIDATES_MAX) {
      this.#found[to] = asset;
      this.#kinds[to] = kind;
      this.#ranks[to] = rankIn(note);
    }
    return to + 1;
  }

  /** Puts the assets below the area that a text is a key of after those found so far. @returns where they end */
  #add(kinds: number, text: string, area: Area, from: number): number {
    const table = this.#table;
    const { places } = this.parts;
    let to = from;
    for (let slot = table.first(text); slot >= 0; slot = table.next(slot)) {
      const kind = table.kindAt(slot);
      if ((kind & kinds) === 0) continue;
      const note = table.noteAt(slot);
      const place = places[unitIn(note)] ?? -1;
      if (place >= area.from && place < area.to) to = this.#keep(table.valueAt(slot), kind, note, to);
    }
    return to;
  }

  /** The assets of an address: whoever had it then, or those that have it by the ledger. */
  #addHolder(address: string, atMs: number, area: Area, from: number): number {
    const table = this.#table;
    const { places, paths } = this.parts;
    const zone = area.zones.find(address);
    let to = from;
    let declared = false;
    // Numbers as long as there is one: an object for each event is work for the collector.
    let stay = NOBODY;
    let noteOfStay = 0;
    let several: NotedStay[] | undefined;
    for (let slot = table.first(address); slot >= 0; slot = table.next(slot)) {
      const kind = table.kindAt(slot);
      if (kind !== KIND.address && kind !== KIND.stay) continue;
      const note = table.noteAt(slot);
      const place = places[unitIn(note)] ?? -1;
      const value = table.valueAt(slot);
      if (zone === NOBODY) {
        if (place < area.from || place >= area.to) continue;
      } else if (kind === KIND.stay) {
        if (this.#zoneOf(value) !== zone) continue;
      } else if (this.#areaOf(paths[place] ?? '').zones.find(address) !== zone) continue;
      if (kind === KIND.address) {
        declared ||= rankIn(note) >= RANK.entered;
        to = this.#keep(value, kind, note, to);
      } else if (stay === NOBODY) {
        stay = value;
        noteOfStay = note;
      } else {
        several ??= [{ stay, note: noteOfStay }];
        several.push({ stay: value, note });
      }
    }
    if (several !== undefined) ({ stay, note: noteOfStay } = this.#holderAmong(several, atMs));
    if (stay === NOBODY || this.#firstMsOf(stay) > atMs || (declared && rankIn(noteOfStay) < RANK.entered)) return to;
    return this.#keep(this.#assetOf(stay), KIND.address, noteOfStay, from);
  }

  /** A stay of the one asset that had the address then, over all zones; that of `NOBODY` when none or several had it. */
  #holderAmong(all: readonly NotedStay[], atMs: number): NotedStay {
    const byZone = Map.groupBy(all, ({ stay }) => this.#zoneOf(stay));
    const holders = new Set(
      [...byZone.values()].flatMap((stays) =>
        holdersAt(
          stays.map(({ stay }) => this.#stayOf(stay)),
          atMs,
        ),
      ),
    );
    const [holder, other] = holders;
    const fits = ({ stay }: NotedStay) => String(this.#assetOf(stay)) === holder && this.#firstMsOf(stay) <= atMs;
    return (other === undefined ? all.find(fits) : undefined) ?? { stay: NOBODY, note: 0 };
  }

  #assetOf(stay: number): number {
    return this.parts.stays[stay * STAY_NUMBERS] ?? NOBODY;
  }

  #zoneOf(stay: number): number {
    return this.parts.stays[stay * STAY_NUMBERS + 1] ?? NOBODY;
  }

  #firstMsOf(stay: number): number {
    return this.parts.stays[stay * STAY_NUMBERS + 2] ?? 0;
  }

  #stayOf(stay: number): Stay {
    const lastMs = this.parts.stays[stay * STAY_NUMBERS + 3] ?? 0;
    return { assetId: String(this.#assetOf(stay)), firstMs: this.#firstMsOf(stay), lastMs };
  }

  #strongest(to: number): number {
    const found = this.#found;
    const ranks = this.#ranks;
    let best = NOBODY;
    let most = 0;
    let equal = false;
    for (let at = 0; at < to; at += 1) {
      const asset = found[at] ?? NOBODY;
      if (asset === best) continue;
      let kinds = 0;
      for (let other = 0; other < to; other += 1) if (found[other] === asset) kinds |= this.#kinds[other] ?? 0;
      const sum = (STRENGTH[kinds] ?? 0) + (ranks[at] ?? 0);
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
    const { ids, units, places, paths, fields, texts } = this.parts;
    const hex = Array.from(ids.subarray(asset * 16, asset * 16 + 16), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('');
    const text = (field: number): string => textAt(texts, fields[asset * FIELDS.length + field] ?? -1);
    return {
      id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
      unitPath: paths[places[units[asset] ?? -1] ?? -1] ?? '',
      name: text(0),
      supervisedBy: text(1),
      operatedBy: text(2),
      usedBy: text(3),
    };
  }
}
