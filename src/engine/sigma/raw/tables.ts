import type { Kernel } from './kernel.ts';
import { CASE_BITS, ENTRY, FORM, FORM_BIT, INDEX, MIX, MIX_HIGH } from './memory-map.ts';

/** A text to look for in the values of one key, as the kernel compares it. */
export interface Entry {
  readonly find: 'contains' | 'starts' | 'ends' | 'equals';
  readonly bytes: Uint8Array;
  /** Tells its bytes from those of other texts. */
  readonly key: string;
  /** Number of what it stands for. */
  readonly atom: number;
}

const GRAM = 4;
const TAIL = 8;
const PAIR = 2;

const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
const caseless = (bytes: Uint8Array, at: number): number => word(bytes, at) | CASE_BITS;
const hash4 = (bytes: Uint8Array, at: number): number => Math.imul(caseless(bytes, at), MIX);
const hash8 = (bytes: Uint8Array, at: number): number =>
  Math.imul(Math.imul(word(bytes, at), MIX) ^ Math.imul(word(bytes, at + 4), MIX_HIGH), MIX);
const pairAt = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);

/** An entry and the hash under which it is filed; `offset`: where in its text the hashed bytes begin. */
interface Filed {
  readonly entry: Entry;
  readonly hash: number;
  readonly offset: number;
}

/** Bits of a table's slots: about two slots to an entry. */
function bitsFor(count: number): number {
  let bits = 4;
  while (bits < 16 && 1 << bits < count * 2) bits += 1;
  return bits;
}

function writeEntry(kernel: Kernel, address: number, { entry, offset, hash }: Filed): void {
  const text = kernel.placeText(entry.key, entry.bytes);
  const at = address >> 2;
  kernel.words[at] = text;
  kernel.words[at + 1] = entry.bytes.length | (FORM[entry.find] << FORM_BIT) | (offset << 16);
  kernel.words[at + 2] = hash;
  kernel.words[at + 3] = entry.atom;
}

/** Lays entries down in the order of their slots. Gives heads, shift and address of the entries. */
function layDown(kernel: Kernel, filed: readonly Filed[]): number[] {
  const bits = bitsFor(filed.length);
  const shift = 32 - bits;
  const heads = new Int32Array((1 << bits) + 1);
  for (const { hash } of filed) heads[(hash >>> shift) + 1] = (heads[(hash >>> shift) + 1] ?? 0) + 1;
  for (let slot = 1; slot < heads.length; slot += 1) heads[slot] = (heads[slot] ?? 0) + (heads[slot - 1] ?? 0);
  const entries = kernel.allocate(filed.length * ENTRY);
  const next = heads.slice();
  for (const one of filed) {
    const place = next[one.hash >>> shift] ?? 0;
    next[one.hash >>> shift] = place + 1;
    writeEntry(kernel, entries + place * ENTRY, one);
  }
  return [kernel.placeWords(heads), shift, entries];
}

type RunAt = (bytes: Uint8Array, at: number) => number;

/** What stands in very many lines, so that a text is not filed under a run that is met all the time. */
const FREQUENT = [
  'c:\\windows\\system32\\',
  'c:\\\\windows\\\\system32\\\\',
  ':\\program files (x86)\\microsoft\\',
  '.exe" .dll 0000 "," ":" power \\users\\public\\appdata\\local\\temp\\',
  'windowspowershell\\v1.0\\powershell.exe -command',
  'hklm\\software\\microsoft\\windows\\currentversion\\',
  'hklm\\system\\currentcontrolset\\services\\',
  'nt authority\\system microsoft-windows-security-auditing microsoft-windows-sysmon/operational',
  'eventid eventtype eventtime eventreceivedtime message process name source target severity version',
  'keywords channel category opcode account domain host user logon object thread access record task value',
  'winlog event_data provider_name computer_name @timestamp script context command execution',
].map((text) => new TextEncoder().encode(text));
/** How many texts a run of those counts for. */
const FREQUENT_WEIGHT = 1_000;

/** Runs of so many bytes, as they are compared. */
interface Runs {
  readonly length: number;
  readonly at: RunAt;
  /** Weights of those that stand in very many lines. */
  readonly frequent: ReadonlyMap<number, number>;
}

function addRuns(
  counts: Map<number, number>,
  bytes: Uint8Array,
  weight: number,
  { length, at }: Omit<Runs, 'frequent'>,
): void {
  for (let offset = 0; offset + length <= bytes.length; offset += 1) {
    const run = at(bytes, offset);
    counts.set(run, (counts.get(run) ?? 0) + weight);
  }
}

function runsOf(length: number, at: RunAt): Runs {
  const frequent = new Map<number, number>();
  for (const bytes of FREQUENT) addRuns(frequent, bytes, FREQUENT_WEIGHT, { length, at });
  return { length, at, frequent };
}

const GRAMS = runsOf(GRAM, caseless);
const PAIRS = runsOf(PAIR, pairAt);

/** The offset at which `width` runs after each other are the rarest. */
function rarest(bytes: Uint8Array, counts: ReadonlyMap<number, number>, width: number, { length, at }: Runs): number {
  const each: number[] = [];
  let [best, fewest, sum] = [0, Number.POSITIVE_INFINITY, 0];
  for (let offset = 0; offset + length <= bytes.length; offset += 1) {
    const count = counts.get(at(bytes, offset)) ?? 0;
    each.push(count);
    sum += count - (each[offset - width] ?? 0);
    if (offset >= width - 1 && sum < fewest) [best, fewest] = [offset - width + 1, sum];
  }
  return best;
}

/** Files each text under `width` runs after each other. */
function fileRuns(entries: readonly Entry[], width: number, runs: Runs): Filed[] {
  if (entries.length === 0) return [];
  const counts = new Map(runs.frequent);
  for (const { bytes } of entries) addRuns(counts, bytes, 1, runs);
  const filed: Filed[] = [];
  for (const entry of entries) {
    const from = rarest(entry.bytes, counts, width, runs);
    for (let offset = from; offset < from + width; offset += 1)
      filed.push({ entry, offset, hash: Math.imul(runs.at(entry.bytes, offset), MIX) });
  }
  return filed;
}

/** Lays down a filter of 2^bits bits in which these are set. */
function layFilter(kernel: Kernel, bits: number, set: readonly number[]): number {
  const filter = kernel.allocate(1 << (bits - 3));
  for (const bit of set) {
    const at = (filter >> 2) + (bit >>> 5);
    kernel.words[at] = (kernel.words[at] ?? 0) | (1 << bit);
  }
  return filter;
}

/** Bits of a filter that stops nearly all runs which are in no text; at most `most`, because it must lie in a fast cache. */
function filterBits(count: number, most: number): number {
  let bits = 12;
  while (bits < most && 1 << bits < count * 32) bits += 1;
  return bits;
}

/** A table with a filter in front, one bit to a hash. */
function writeWide(kernel: Kernel, filed: readonly Filed[]): number[] {
  if (filed.length === 0) return [0, 0, 0, 0, 0];
  const bits = filterBits(filed.length, 18);
  const shift = 32 - bits;
  const set = filed.map(({ hash }) => hash >>> shift);
  return [...layDown(kernel, filed), layFilter(kernel, bits, set), shift];
}

/** The same with one byte to a hash: quicker to ask, for it is asked at every place. */
function writeGrams(kernel: Kernel, filed: readonly Filed[]): number[] {
  if (filed.length === 0) return [0, 0, 0, 0, 0];
  const bits = filterBits(filed.length, 15);
  const filter = kernel.allocate(1 << bits);
  for (const { hash } of filed) kernel.bytes[filter + (hash >>> (32 - bits))] = 1;
  return [...layDown(kernel, filed), filter, 32 - bits];
}

/** As `writeWide`, with the two bytes themselves instead of a hash of them. */
function writePairs(kernel: Kernel, filed: readonly Filed[]): number[] {
  if (filed.length === 0) return [0, 0, 0, 0, 0];
  const set = filed.map(({ entry, offset }) => pairAt(entry.bytes, offset));
  const filter = layFilter(kernel, 16, set);
  return [...layDown(kernel, filed), filter, 0];
}

const WIDTH = 4;

/** Everything that is looked for in the values of one key. `present`, `high`: atoms that hold of any value, or -1. */
export interface IndexSource {
  readonly entries: readonly Entry[];
  readonly present: number;
  readonly high: number;
}

/** Writes a search index; gives its address. */
export function writeIndex(kernel: Kernel, { entries, present, high }: IndexSource): number {
  const inside = entries.filter(({ find }) => find === 'contains');
  const wide = inside.filter(({ bytes }) => bytes.length >= GRAM + WIDTH - 1);
  const grams = inside.filter(({ bytes }) => bytes.length >= GRAM && bytes.length < GRAM + WIDTH - 1);
  const pairs = inside.filter(({ bytes }) => bytes.length >= PAIR && bytes.length < GRAM);
  const singles = inside.filter(({ bytes }) => bytes.length === 1);
  const anchored = entries.filter(({ find }) => find !== 'contains');
  const atEnd = anchored.filter(({ find }) => find !== 'starts');
  const file = (
    some: readonly Entry[],
    from: (entry: Entry) => number,
    hash: (bytes: Uint8Array, at: number) => number,
  ) => some.map((entry): Filed => ({ entry, offset: from(entry), hash: hash(entry.bytes, from(entry)) }));
  const tails = file(
    atEnd.filter(({ bytes }) => bytes.length >= TAIL),
    ({ bytes }) => bytes.length - TAIL,
    hash8,
  );
  const middling = atEnd.filter(({ bytes }) => bytes.length >= GRAM && bytes.length < TAIL);
  const ends = file(middling, ({ bytes }) => bytes.length - GRAM, hash4);
  const starts = file(
    anchored.filter(({ find, bytes }) => find === 'starts' && bytes.length >= GRAM),
    () => 0,
    hash4,
  );
  const tiny = anchored.filter(({ bytes }) => bytes.length < GRAM);
  const tinyAt = kernel.allocate(tiny.length * ENTRY);
  tiny.forEach((entry, index) => {
    writeEntry(kernel, tinyAt + index * ENTRY, { entry, offset: 0, hash: 0 });
  });
  const parts: (readonly [number, readonly number[]])[] = [
    [INDEX.wide, writeWide(kernel, fileRuns(wide, WIDTH, GRAMS))],
    [INDEX.grams, writeGrams(kernel, fileRuns(grams, 1, GRAMS))],
    [INDEX.pairs, writePairs(kernel, fileRuns(pairs, 1, PAIRS))],
    [INDEX.tails, tails.length > 0 ? layDown(kernel, tails) : []],
    [INDEX.ends, ends.length > 0 ? layDown(kernel, ends) : []],
    [INDEX.starts, starts.length > 0 ? layDown(kernel, starts) : []],
    [INDEX.tiny, [tinyAt, tiny.length, present + 1, high + 1]],
    [INDEX.singles, [kernel.placeWords(singles.flatMap(({ bytes, atom }) => [bytes[0] ?? 0, atom])), singles.length]],
  ];
  const address = kernel.allocate(INDEX.size);
  for (const [offset, words] of parts) kernel.words.set(words, (address + offset) >> 2);
  return address;
}
