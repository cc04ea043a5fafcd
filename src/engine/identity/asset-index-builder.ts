import {
  type AssetIndexParts,
  FIELDS,
  type IndexedAsset,
  KIND,
  noteOf,
  RANK,
  type RangeOfUnit,
  STAY_NUMBERS,
} from './asset-index.ts';
import { KeyTable } from './key-table.ts';
import { STEPS_MAX } from './lineage.ts';
import { NOBODY, type RangeOf } from './ranges.ts';
import { TextTableBuilder } from './text-table.ts';

export interface IndexedKey {
  readonly asset: number;
  readonly kind: 'host' | 'domain' | 'address';
  readonly value: string;
}

/** An asset was at an address from the first to the last time, in a zone (see `AssetIndexBuilder.zone`). */
export interface IndexedStay {
  readonly asset: number;
  readonly address: string;
  readonly zone: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The most there will be of each. */
export interface IndexRoom {
  readonly assets: number;
  readonly keys: number;
  readonly stays: number;
}

const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);

/** Puts assets, keys, stays and ranges into an index. Rows come one by one: a region has a million. */
export class AssetIndexBuilder {
  readonly #room: IndexRoom;
  readonly #units: Int32Array;
  readonly #fields: Int32Array;
  readonly #systems: Int32Array;
  /** Of each asset, the sum of `RANK.entered` when somebody entered it and `RANK.machine` when it is one. */
  readonly #ranks: Uint8Array;
  readonly #ids: Uint8Array;
  readonly #table: KeyTable;
  readonly #paths = new Map<string, number>();
  readonly #texts = new TextTableBuilder();
  /** Names of units come again and again, those of assets do not. */
  readonly #names = new Map<string, number>();
  readonly #ranges: RangeOfUnit[] = [];
  readonly #zones: RangeOfUnit[] = [];
  readonly #zoneIds = new Map<string, number>();
  readonly #stayNumbers: Float64Array;
  /** Weights of the assets that are information systems. */
  readonly #weights = new Map<number, number>();
  /** By asset: the first of its givers in `#givers`, whose next is in `#next`. */
  readonly #firstGiver: Int32Array;
  readonly #givers: number[] = [];
  readonly #next: number[] = [];
  #count = 0;
  #keys = 0;
  #stays = 0;

  constructor(room: IndexRoom) {
    this.#room = room;
    this.#units = new Int32Array(shared(room.assets * 4));
    this.#fields = new Int32Array(shared(room.assets * 4 * FIELDS.length));
    this.#systems = new Int32Array(shared(room.assets * 4)).fill(NOBODY);
    this.#ranks = new Uint8Array(room.assets);
    this.#ids = new Uint8Array(shared(room.assets * 16));
    this.#firstGiver = new Int32Array(room.assets).fill(NOBODY);
    this.#table = KeyTable.for(room.keys + room.stays);
    this.#stayNumbers = new Float64Array(shared(room.stays * STAY_NUMBERS * 8));
  }

  /**
   * @param entered somebody entered it: it does not come from observations alone
   * @param machine it has a network card of its own
   * @returns the number of the asset; undefined when there is no more room
   */
  add(asset: IndexedAsset, entered: boolean, machine = true): number | undefined {
    const number = this.#count;
    if (number >= this.#room.assets) return undefined;
    this.#count += 1;
    this.#units[number] = numberOf(this.#paths, asset.unitPath);
    this.#ranks[number] = (entered ? RANK.entered : 0) + (machine ? RANK.machine : 0);
    for (const [at, field] of FIELDS.entries()) {
      this.#fields[number * FIELDS.length + at] =
        field === 'name' ? this.#texts.add(asset.name) : this.#name(asset[field]);
    }
    const hex = asset.id.replaceAll('-', '');
    for (let at = 0; at < 16; at += 1) this.#ids[number * 16 + at] = Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16);
    return number;
  }

  #name(text: string): number {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.add(text);
    this.#names.set(text, number);
    return number;
  }

  put({ asset, kind, value }: IndexedKey): void {
    if (this.#keys >= this.#room.keys) return;
    this.#keys += 1;
    this.#table.put(KIND[kind], value, asset, this.#noteOf(asset));
  }

  range(range: RangeOfUnit): void {
    this.#ranges.push(range);
  }

  /** The number of a zone, whether declared or not. @param ranges of a declared one, and where it was declared */
  zone(id: string, unitPath = '', ranges: readonly RangeOf['network'][] = []): number {
    const value = numberOf(this.#zoneIds, id);
    for (const network of ranges) this.#zones.push({ network, value, unitPath });
    return value;
  }

  stay({ asset, address, zone, firstMs, lastMs }: IndexedStay): void {
    const number = this.#stays;
    if (number >= this.#room.stays) return;
    this.#stays += 1;
    this.#stayNumbers.set([asset, zone, firstMs, lastMs], number * STAY_NUMBERS);
    this.#table.put(KIND.stay, address, number, this.#noteOf(asset));
  }

  #noteOf(asset: number): number {
    return noteOf(this.#units[asset] ?? 0, this.#ranks[asset] ?? 0);
  }

  /** The asset is an information system. @param weight see `weightOf` */
  system(asset: number, weight: number): void {
    this.#weights.set(asset, weight);
  }

  /** The asset takes its system, and the holders that it does not have, from the other one: it is run by it, runs on it … */
  takesFrom(asset: number, giver: number): void {
    this.#next.push(this.#firstGiver[asset] ?? NOBODY);
    this.#firstGiver[asset] = this.#givers.length;
    this.#givers.push(giver);
  }

  finish(): AssetIndexParts {
    const paths = [...this.#paths.keys()].sort();
    const sorted = new Map(paths.map((path, at) => [path, at]));
    const places = new Int32Array(shared(paths.length * 4));
    for (const [path, unit] of this.#paths) places[unit] = sorted.get(path) ?? -1;
    this.#inherit();
    return {
      table: this.#table.parts,
      units: this.#units.subarray(0, this.#count),
      places,
      fields: this.#fields,
      systems: this.#systems,
      ids: this.#ids,
      paths,
      texts: this.#texts.finish(),
      ranges: this.#ranges.sort((left, right) =>
        left.unitPath < right.unitPath ? -1 : Number(left.unitPath > right.unitPath),
      ),
      zones: this.#zones,
      stays: this.#stayNumbers.subarray(0, this.#stays * STAY_NUMBERS),
    };
  }

  /**
   * Gives each asset the main one of the nearest systems, and of each holder that it does not have the nearest one's. Written
   * at the end, so that what was inherited is not inherited again.
   */
  #inherit(): void {
    const none = this.#names.get('');
    const taken: [at: number, text: number][] = [];
    for (let asset = 0; asset < this.#count; asset += 1) {
      this.#systems[asset] = this.#weights.has(asset) ? asset : NOBODY;
      if ((this.#firstGiver[asset] ?? NOBODY) === NOBODY) continue;
      const steps = this.#stepsAbove(asset);
      if (this.#systems[asset] === NOBODY) {
        const nearest = steps.find(([first]) => first !== undefined && this.#weights.has(first));
        this.#systems[asset] = nearest?.[0] ?? NOBODY;
      }
      const givers = steps.flat();
      for (let field = 1; field < FIELDS.length; field += 1) {
        const at = asset * FIELDS.length + field;
        if (this.#fields[at] !== none) continue;
        const texts = givers.map((giver) => this.#fields[giver * FIELDS.length + field]);
        const text = texts.find((one) => one !== undefined && one !== none);
        if (text !== undefined) taken.push([at, text]);
      }
    }
    for (const [at, text] of taken) this.#fields[at] = text;
  }

  /** What an asset takes from, step by step; of one step the systems first, the weightiest before the others. */
  #stepsAbove(asset: number): number[][] {
    const steps: number[][] = [];
    const seen = new Set([asset]);
    let border = [asset];
    for (let step = 0; step < STEPS_MAX && border.length > 0; step += 1) {
      border = [...new Set(border.flatMap((one) => this.#giversOf(one)))].filter((one) => !seen.has(one));
      for (const one of border) seen.add(one);
      border.sort((left, right) => this.#weightOf(right) - this.#weightOf(left) || this.#byId(left, right));
      steps.push(border);
    }
    return steps;
  }

  #giversOf(asset: number): number[] {
    const givers: number[] = [];
    for (let at = this.#firstGiver[asset] ?? NOBODY; at !== NOBODY; at = this.#next[at] ?? NOBODY)
      givers.push(this.#givers[at] ?? NOBODY);
    return givers;
  }

  #weightOf(asset: number): number {
    return this.#weights.get(asset) ?? -1;
  }

  #byId(left: number, right: number): number {
    for (let at = 0; at < 16; at += 1) {
      const by = (this.#ids[left * 16 + at] ?? 0) - (this.#ids[right * 16 + at] ?? 0);
      if (by !== 0) return by;
    }
    return 0;
  }
}

function numberOf(numbers: Map<string, number>, text: string): number {
  const known = numbers.get(text);
  if (known !== undefined) return known;
  numbers.set(text, numbers.size);
  return numbers.size - 1;
}
