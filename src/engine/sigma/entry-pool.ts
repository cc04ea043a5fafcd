/** Entries that live in a pool and move with it when it is packed anew. */
export interface Tenant {
  /** First of its places. */
  at: number;
  /** Places it has, a power of two or none. */
  room: number;
  /** Places in use. */
  readonly length: number;
}

const ROOM_FIRST = 2;
const PLACES_FIRST = 64;
const BYTES_FIRST = 1_024;
/** Two bytes a letter, and what says how many letters follow. */
const bytesOf = (text: string): number => 2 * text.length + 5;
/** In place of a length: four bytes of length follow, and each letter takes two bytes. */
const WIDE = 255;
const NARROW_MAX = 0xff;

const powerAbove = (least: number): number => 2 ** Math.ceil(Math.log2(Math.max(least, ROOM_FIRST)));

function wideLength(bytes: Uint8Array, at: number): number {
  let length = 0;
  for (let index = at + 4; index > at; index -= 1) length = (length << 8) | (bytes[index] ?? 0);
  return length;
}

/** Bytes that the text at a place takes. */
function sizeAt(bytes: Uint8Array, at: number): number {
  const narrow = bytes[at] ?? 0;
  return narrow === WIDE ? 5 + 2 * wideLength(bytes, at) : 1 + narrow;
}

/**
 * Memory for the entries of all groups of a correlation: numbers and texts side by side in a few large arrays instead of
 * millions of objects, so that an entry touches few places in memory and the garbage collector nothing at all.
 *
 * Each tenant has a run of places. Texts are only ever added. When there is no room left, the memory is doubled while most
 * of it is in use; else what is in use is moved together, so that it stays within a few times of what is needed.
 */
export class EntryPool {
  /** Of the entry in place `p`: `times[2p]` its time. The same memory as `words`. */
  times: Float64Array = new Float64Array(0);
  /** Of the entry in place `p`: `words[4p + 2]` where its text stands, `words[4p + 3]` for the tenant. */
  words: Int32Array = new Int32Array(0);
  private bytes: Uint8Array = new Uint8Array(0);
  private places = 0;
  private next = 0;
  private bytesEnd = 0;
  /** Texts added since they were moved together, and how many of them somebody still has. */
  private added = 0;
  private inUse = 0;
  /** By the size of the run: beginnings of runs that were given back. */
  private free = new Map<number, number[]>();
  private readonly tenants: () => Iterable<Tenant>;

  /** @param tenants everybody who has places here */
  constructor(tenants: () => Iterable<Tenant>) {
    this.tenants = tenants;
  }

  /** Bytes of memory taken. */
  get size(): number {
    return this.words.byteLength + this.bytes.byteLength;
  }

  /** Makes sure that a tenant has a place more and that a text finds room. Others may move, and so may this one. */
  prepare(tenant: Tenant, text: string): void {
    const room = tenant.length < tenant.room ? 0 : powerAbove(tenant.length + 1);
    const found = room === 0 || (this.free.get(room)?.length ?? 0) > 0 || this.next + room <= this.places;
    if (!found || this.bytesEnd + bytesOf(text) > this.bytes.length) this.makeRoom(room, bytesOf(text));
    // Moving may have brought it already.
    if (tenant.length < tenant.room) return;
    const at = this.take(room);
    this.words.copyWithin(4 * at, 4 * tenant.at, 4 * (tenant.at + tenant.length));
    this.leave(tenant);
    tenant.at = at;
    tenant.room = room;
  }

  /** Takes a tenant's places back. */
  leave(tenant: Tenant): void {
    if (tenant.room === 0) return;
    const runs = this.free.get(tenant.room);
    if (runs) runs.push(tenant.at);
    else this.free.set(tenant.room, [tenant.at]);
    tenant.room = 0;
  }

  /** So many texts are no longer anybody's. */
  dropTexts(count: number): void {
    this.inUse -= count;
  }

  /** Forgets everybody. */
  clear(): void {
    this.restart(0, 0);
    this.inUse = 0;
  }

  /** Adds a text for which `prepare` made room. @returns where it stands */
  addText(text: string): number {
    const { bytes, bytesEnd: start } = this;
    const { length } = text;
    let end = start;
    let wide = length >= WIDE;
    if (!wide) {
      bytes[end++] = length;
      for (let index = 0; index < length; index += 1) {
        const unit = text.charCodeAt(index);
        if (unit > NARROW_MAX) wide = true;
        bytes[end++] = unit;
      }
    }
    if (wide) {
      end = start;
      bytes[end++] = WIDE;
      for (let shift = 0; shift < 32; shift += 8) bytes[end++] = length >> shift;
      for (let index = 0; index < length; index += 1) {
        const unit = text.charCodeAt(index);
        bytes[end++] = unit;
        bytes[end++] = unit >> 8;
      }
    }
    this.bytesEnd = end;
    this.added += 1;
    this.inUse += 1;
    return start;
  }

  text(at: number): string {
    const { bytes } = this;
    const wide = bytes[at] === WIDE;
    const end = at + sizeAt(bytes, at);
    if (wide) {
      let text = '';
      for (let index = at + 5; index < end; index += 2) {
        text += String.fromCharCode((bytes[index] ?? 0) | ((bytes[index + 1] ?? 0) << 8));
      }
      return text;
    }
    const units: number[] = [];
    for (let index = at + 1; index < end; index += 1) units.push(bytes[index] ?? 0);
    return String.fromCharCode(...units);
  }

  private take(room: number): number {
    const known = this.free.get(room)?.pop();
    if (known !== undefined) return known;
    const at = this.next;
    this.next += room;
    return at;
  }

  private restart(places: number, bytes: number): void {
    const memory = new ArrayBuffer(16 * places);
    this.times = new Float64Array(memory);
    this.words = new Int32Array(memory);
    this.bytes = new Uint8Array(bytes);
    this.places = places;
    this.free = new Map();
    this.next = 0;
    this.bytesEnd = 0;
    this.added = 0;
  }

  private makeRoom(room: number, bytes: number): void {
    if (2 * this.inUse < this.added) this.moveTogether(room, bytes);
    else this.double(room, bytes);
  }

  private double(room: number, bytes: number): void {
    const { words, bytes: texts, free, next, bytesEnd, added } = this;
    this.restart(Math.max(PLACES_FIRST, 2 * next + room), Math.max(BYTES_FIRST, 2 * bytesEnd + bytes));
    this.words.set(words.subarray(0, 4 * next));
    this.bytes.set(texts.subarray(0, bytesEnd));
    Object.assign(this, { free, next, bytesEnd, added });
  }

  private moveTogether(room: number, bytes: number): void {
    const { words: oldWords, bytes: oldBytes } = this;
    const tenants = [...this.tenants()].filter(({ length }) => length > 0);
    let places = room;
    let used = bytes;
    for (const { at, length } of tenants) {
      places += powerAbove(length + 1);
      for (let place = at; place < at + length; place += 1) used += sizeAt(oldBytes, oldWords[4 * place + 2] ?? 0);
    }
    this.restart(Math.max(PLACES_FIRST, 2 * places), Math.max(BYTES_FIRST, 2 * used));
    for (const tenant of tenants) {
      const from = tenant.at;
      tenant.room = powerAbove(tenant.length + 1);
      tenant.at = this.take(tenant.room);
      this.words.set(oldWords.subarray(4 * from, 4 * (from + tenant.length)), 4 * tenant.at);
      for (let place = tenant.at; place < tenant.at + tenant.length; place += 1) {
        const text = this.words[4 * place + 2] ?? 0;
        this.words[4 * place + 2] = this.bytesEnd;
        const end = text + sizeAt(oldBytes, text);
        for (let index = text; index < end; index += 1) this.bytes[this.bytesEnd++] = oldBytes[index] ?? 0;
      }
    }
    this.added = this.inUse;
  }
}
