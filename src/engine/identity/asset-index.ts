import { canonicalAddress } from './address.ts';
import { KeyTable, type KeyTableParts } from './key-table.ts';
import { NOBODY, RangeIndex, type RangeOf } from './ranges.ts';

/** What an event names, as the ledger is asked. */
export interface EventQuestion {
  readonly host: string;
  readonly address: string;
  readonly domain: string;
  /** Whose event it is: only assets below it count. */
  readonly unitPath: string;
}

/** What is written to an event about an asset. */
export interface IndexedAsset {
  readonly id: string;
  readonly name: string;
  readonly unitPath: string;
  readonly supervisedBy: string;
  readonly operatedBy: string;
  readonly usedBy: string;
  readonly importance: string;
}

const KIND = { host: 1, domain: 2, address: 4 } as const;
/** By the kinds that fit, as bits: a host name counts 8, domain and address 4 each. A range says only whose network it is. */
const STRENGTH = [0, 8, 4, 12, 4, 12, 8, 16] as const;

/** Everything of an index, to be handed to threads: typed arrays are shared, not copied. */
export interface AssetIndexParts {
  readonly table: KeyTableParts;
  /** Of each asset: where its unit is in `paths`. */
  readonly units: Int32Array;
  /** Of each asset: its texts (see `IndexedAsset`), as numbers in `texts`. */
  readonly fields: Int32Array;
  /** UUIDs of the assets, 16 bytes each. */
  readonly ids: Uint8Array;
  /** Units, sorted: those below a place are neighbours. */
  readonly paths: readonly string[];
  readonly texts: readonly string[];
  /** Sorted by unit. */
  readonly ranges: readonly RangeOfUnit[];
}

type RangeOfUnit = RangeOf & { readonly unitPath: string };

/** Texts of one asset in `fields`. */
const FIELDS = ['name', 'supervisedBy', 'operatedBy', 'usedBy', 'importance'] as const;

const CANDIDATES_MAX = 64;
/** Places that are kept ready: every unit of a region has its own sources. */
const PLACES_MAX = 16_384;

/** A part of the tree of units: which of the sorted `paths` it holds, and its ranges. */
interface Area {
  readonly from: number;
  readonly to: number;
  readonly ranges: RangeIndex;
}

/** The first of sorted texts that is not before `text`. */
function firstFrom(count: number, textAt: (at: number) => string, text: string): number {
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (textAt(middle) < text) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** After everything that begins with a path in the order of code units. */
const after = (unitPath: string): string => `${unitPath}\uffff`;

const NO_RANGES = new RangeIndex([]);

/**
 * Finds the asset that an event is about, in memory: the strongest keys below the event's unit, as the ledger answers
 * from its tables. Two of equal strength are no answer.
 */
export class AssetIndex {
  readonly parts: AssetIndexParts;
  readonly #table: KeyTable;
  readonly #found = new Int32Array(CANDIDATES_MAX);
  readonly #kinds = new Int32Array(CANDIDATES_MAX);
  readonly #areas = new Map<string, Area>();

  constructor(parts: AssetIndexParts) {
    this.parts = parts;
    this.#table = new KeyTable(parts.table);
  }

  get size(): number {
    return this.parts.units.length;
  }

  /** The number of the asset; `NOBODY` when none or several fit. */
  find({ host, address, domain, unitPath }: EventQuestion): number {
    const area = this.#areaOf(unitPath);
    let to = 0;
    if (host !== '') {
      const name = host.toLowerCase();
      to = this.#add(KIND.host, name, to);
      const dot = name.indexOf('.');
      if (dot > 0) {
        to = this.#add(KIND.host, name.slice(0, dot), to);
        to = this.#add(KIND.domain, name, to);
      }
    }
    if (domain !== '') to = this.#add(KIND.domain, domain.toLowerCase(), to);
    const canonical = address === '' ? undefined : canonicalAddress(address);
    if (canonical !== undefined) to = this.#add(KIND.address, canonical, to);
    const best = this.#strongest(to, area);
    if (best !== undefined) return best;
    return canonical === undefined ? NOBODY : area.ranges.find(canonical);
  }

  #add(kind: number, text: string, from: number): number {
    const to = this.#table.find(kind, text, this.#found, from);
    for (let at = from; at < to; at += 1) this.#kinds[at] = kind;
    return to;
  }

  /** Undefined when there is no candidate. */
  #strongest(to: number, area: Area): number | undefined {
    const found = this.#found;
    const { units } = this.parts;
    let best = NOBODY;
    let most = 0;
    let equal = false;
    let any = false;
    for (let at = 0; at < to; at += 1) {
      const asset = found[at] ?? NOBODY;
      const unit = units[asset] ?? -1;
      if (unit < area.from || unit >= area.to) continue;
      any = true;
      if (asset === best) continue;
      let kinds = 0;
      for (let other = 0; other < to; other += 1) if (found[other] === asset) kinds |= this.#kinds[other] ?? 0;
      const sum = STRENGTH[kinds] ?? 0;
      if (sum > most) {
        best = asset;
        most = sum;
        equal = false;
      } else if (sum === most) equal = true;
    }
    if (!any) return undefined;
    return equal ? NOBODY : best;
  }

  #areaOf(unitPath: string): Area {
    const known = this.#areas.get(unitPath);
    if (known !== undefined) return known;
    if (this.#areas.size >= PLACES_MAX) this.#areas.clear();
    const { paths, ranges } = this.parts;
    const [path, range] = [(at: number) => paths[at] ?? '', (at: number) => ranges[at]?.unitPath ?? ''];
    const first = firstFrom(ranges.length, range, unitPath);
    const own = ranges.slice(first, firstFrom(ranges.length, range, after(unitPath)));
    const area = {
      from: firstFrom(paths.length, path, unitPath),
      to: firstFrom(paths.length, path, after(unitPath)),
      ranges: own.length === 0 ? NO_RANGES : new RangeIndex(own),
    };
    this.#areas.set(unitPath, area);
    return area;
  }

  /** @param asset a number that `find` gave */
  asset(asset: number): IndexedAsset {
    const { ids, units, paths, fields, texts } = this.parts;
    const hex = Array.from(ids.subarray(asset * 16, asset * 16 + 16), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('');
    const text = (field: number): string => texts[fields[asset * FIELDS.length + field] ?? -1] ?? '';
    return {
      id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
      unitPath: paths[units[asset] ?? -1] ?? '',
      name: text(0),
      supervisedBy: text(1),
      operatedBy: text(2),
      usedBy: text(3),
      importance: text(4),
    };
  }
}

export interface IndexedKey {
  readonly asset: number;
  readonly kind: keyof typeof KIND;
  readonly value: string;
}

/** Puts assets, keys and ranges into an index. Rows come one by one: a region has a million. */
export class AssetIndexBuilder {
  readonly #units: Int32Array;
  readonly #fields: Int32Array;
  readonly #ids: Uint8Array;
  readonly #table: KeyTable;
  readonly #paths = new Map<string, number>();
  readonly #texts = new Map<string, number>([['', 0]]);
  readonly #ranges: RangeOfUnit[] = [];
  #count = 0;

  /** @param assets the most assets there will be, @param keys the most keys */
  constructor(assets: number, keys: number) {
    this.#units = new Int32Array(new SharedArrayBuffer(assets * 4));
    this.#fields = new Int32Array(new SharedArrayBuffer(assets * 4 * FIELDS.length));
    this.#ids = new Uint8Array(new SharedArrayBuffer(assets * 16));
    this.#table = KeyTable.for(keys);
  }

  /** @returns the number of the asset */
  add(asset: IndexedAsset): number {
    const number = this.#count;
    this.#count += 1;
    this.#units[number] = numberOf(this.#paths, asset.unitPath);
    for (const [at, field] of FIELDS.entries()) {
      this.#fields[number * FIELDS.length + at] = numberOf(this.#texts, asset[field]);
    }
    const hex = asset.id.replaceAll('-', '');
    for (let at = 0; at < 16; at += 1) this.#ids[number * 16 + at] = Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16);
    return number;
  }

  put({ asset, kind, value }: IndexedKey): void {
    this.#table.put(KIND[kind], value, asset);
  }

  range(range: RangeOfUnit): void {
    this.#ranges.push(range);
  }

  finish(): AssetIndexParts {
    const paths = [...this.#paths.keys()].sort();
    const places = new Map(paths.map((path, at) => [path, at]));
    const placeOf = Int32Array.from(this.#paths.keys(), (path) => places.get(path) ?? -1);
    const units = this.#units.subarray(0, this.#count);
    for (const [asset, unit] of units.entries()) units[asset] = placeOf[unit] ?? -1;
    return {
      table: this.#table.parts,
      units,
      fields: this.#fields,
      ids: this.#ids,
      paths,
      texts: [...this.#texts.keys()],
      ranges: this.#ranges.sort((left, right) =>
        left.unitPath < right.unitPath ? -1 : Number(left.unitPath > right.unitPath),
      ),
    };
  }
}

function numberOf(numbers: Map<string, number>, text: string): number {
  const known = numbers.get(text);
  if (known !== undefined) return known;
  numbers.set(text, numbers.size);
  return numbers.size - 1;
}
