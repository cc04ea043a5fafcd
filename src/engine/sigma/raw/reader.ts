import { type Place, type RawReader, UNSURE } from '#engine/fields/raw-layout.ts';
import type { Kernel } from './kernel.ts';
import { KIND, LINE, TOKEN, TOKENS } from './memory-map.ts';

/** Up to this length a text is looked up among those seen before instead of being decoded again. */
const WORD_MAX = 48;
const WORDS_MAX = 4_096;
/** The same for texts with escapes: paths and command lines, which are dearer to make. */
const WRITTEN_MAX = 256;

/** Texts of the members of the line that a kernel has read. */
export class TokenReader implements RawReader {
  private readonly kernel: Kernel;
  /** Layouts hand out the same few objects again and again. */
  private readonly ids = new Map<Place, number>();
  private limit = 0;
  /** Length of the longest value, in bytes. */
  longest = 0;
  private readonly idOf: (place: Place) => number;
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private readonly tokenOf: Int32Array;
  private words = new Map<number, string>();
  /** Texts with escapes, with the bytes they were written with. */
  private written = new Map<number, { readonly bytes: Uint8Array; readonly text: string }>();

  constructor(kernel: Kernel, keys: number, idOf: (place: Place) => number) {
    this.kernel = kernel;
    this.idOf = idOf;
    this.tokenOf = new Int32Array(keys + 1);
  }

  /** Begins with the line the kernel has just read into `count` tokens. */
  show(count: number): void {
    const { words } = this.kernel;
    this.limit = (TOKENS + count * TOKEN) >> 2;
    let longest = 0;
    for (let at = TOKENS >> 2; at < this.limit; at += TOKEN >> 2) {
      this.tokenOf[words[at] ?? 0] = at;
      const length = (words[at + 2] ?? 0) - (words[at + 1] ?? 0);
      if (length > longest) longest = length;
    }
    this.longest = longest;
  }

  id(place: Place): number {
    const known = this.ids.get(place);
    if (known !== undefined) return known;
    const id = this.idOf(place);
    this.ids.set(place, id);
    return id;
  }

  has(place: Place): boolean {
    return this.kernel.has(this.id(place));
  }

  isObject(place: Place): boolean {
    const id = this.id(place);
    return this.kernel.has(id) && this.tokenAt(id) === 0;
  }

  /** Where the token of a member stands; 0 for an object that the kernel went into, which has none of its own. */
  private tokenAt(id: number): number {
    const at = this.tokenOf[id] ?? 0;
    return at < this.limit && this.kernel.words[at] === id ? at : 0;
  }

  text(place: Place): string | undefined | typeof UNSURE {
    return this.textOf(this.id(place));
  }

  /** Text of the member with this id. */
  textOf(id: number): string | undefined | typeof UNSURE {
    if (id === 0 || !this.kernel.has(id)) return undefined;
    const { words, bytes } = this.kernel;
    const at = this.tokenAt(id);
    if (at === 0) return UNSURE;
    const from = words[at + 1] ?? LINE;
    const to = words[at + 2] ?? LINE;
    const kind = words[at + 3];
    if (kind === KIND.null) return undefined;
    if (kind === KIND.other) return UNSURE;
    if (kind === KIND.escaped) return this.unescaped(from, to);
    return to - from <= WORD_MAX ? this.word(bytes, from, to) : this.decoder.decode(bytes.subarray(from, to));
  }

  private unescaped(from: number, to: number): string {
    const { bytes } = this.kernel;
    if (to - from > WRITTEN_MAX) return this.parsed(from, to);
    let hash = to - from;
    for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
    const known = this.written.get(hash);
    if (known?.bytes.length === to - from && same(known.bytes, bytes, from)) return known.text;
    const text = this.parsed(from, to);
    if (this.written.size >= WORDS_MAX) this.written = new Map();
    this.written.set(hash, { bytes: bytes.slice(from, to), text });
    return text;
  }

  private parsed(from: number, to: number): string {
    // With its quotes it is a JSON text.
    return String(JSON.parse(this.decoder.decode(this.kernel.bytes.subarray(from - 1, to + 1))));
  }

  /** Forgets the texts seen so far. */
  forget(): void {
    this.words = new Map();
    this.written = new Map();
  }

  /** Short texts repeat: channels, numbers, names. */
  private word(bytes: Uint8Array, from: number, to: number): string {
    let hash = to - from;
    let ascii = 0;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at] ?? 0;
      hash = Math.imul(hash ^ byte, 0x01000193);
      ascii |= byte;
    }
    const known = this.words.get(hash);
    if (known !== undefined && known.length === to - from && equals(known, bytes, from)) return known;
    const text = this.decoder.decode(bytes.subarray(from, to));
    if (ascii < 0x80) {
      if (this.words.size >= WORDS_MAX) this.words = new Map();
      this.words.set(hash, text);
    }
    return text;
  }
}

function equals(text: string, bytes: Uint8Array, from: number): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) !== bytes[from + at]) return false;
  return true;
}

function same(known: Uint8Array, bytes: Uint8Array, from: number): boolean {
  for (let at = 0; at < known.length; at += 1) if (known[at] !== bytes[from + at]) return false;
  return true;
}
