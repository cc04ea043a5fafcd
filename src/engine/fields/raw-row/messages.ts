import { MARK_END, MARK_START } from '../template-signs.ts';
import { areSame, type Memory, memoryOf } from './bytes.ts';
import type { LineReader } from './line-reader.ts';
import type { Values } from './values.ts';

/** Forms of messages that are kept of one kind of event. */
const FORMS_MAX = 24;
/** Shorter values stand for themselves unless their name stands before them. */
const VALUE_CHARS_MIN = 3;
/** A value over several lines is looked for when it is this long. */
const BROKEN_CHARS_MIN = 8;
const encoder = new TextEncoder();
const memoryOfText = (text: string): Memory => memoryOf(encoder.encode(text));

/** A member that a message may hold. */
export interface Held {
  readonly member: number;
  /** Name of its field, and what a template calls it. */
  readonly name: string;
  readonly mark: string;
}

/** One way in which the messages of a kind are composed: what stands before each value, the value, and the end. */
interface Form {
  readonly literals: readonly Memory[];
  readonly members: readonly number[];
  readonly template: Memory;
}

/**
 * Rendered messages of one kind of event. They hold the values that the event has anyway, in the same few sentences: a
 * message is read by comparing, and its template is known beforehand.
 */
export class Messages {
  readonly #forms: Form[] = [];
  readonly #held: readonly Held[];

  constructor(held: readonly Held[]) {
    this.#held = held;
  }

  /** The template of the message that stands here; undefined when it has no known form. */
  find(line: Memory, from: number, to: number, values: Values): Memory | undefined {
    const forms = this.#forms;
    for (let index = 0; index < forms.length; index += 1) {
      const form = forms[index];
      if (form === undefined || !fits(form, line, from, to, values)) continue;
      if (index > 0) [forms[index - 1], forms[index]] = [form, forms[index - 1] ?? form];
      return form.template;
    }
    return undefined;
  }

  /**
   * The template of a message that has no known form. Its form is kept, unless there are many already: then messages of this
   * kind are free text, and no form of theirs would be met again.
   *
   * @param member that is the message
   */
  compose(reader: LineReader, member: number): Memory {
    const written = reader.written(member);
    const found = new Finder(written, this.#held, reader).find();
    const literals: string[] = [];
    let template = '';
    let at = 0;
    for (const { from, to, held } of found) {
      literals.push(written.slice(at, from));
      template += `${written.slice(at, from)}${MARK_START}${held.mark}${MARK_END}`;
      at = to;
    }
    literals.push(written.slice(at));
    const form: Form = {
      literals: literals.map(memoryOfText),
      members: found.map(({ held }) => held.member),
      template: memoryOfText(template + written.slice(at)),
    };
    if (this.#forms.length < FORMS_MAX) this.#forms.push(form);
    return form.template;
  }
}

function fits({ literals, members }: Form, line: Memory, from: number, to: number, values: Values): boolean {
  let at = from;
  for (let index = 0; index < members.length; index += 1) {
    const literal = literals[index];
    if (literal === undefined || !standsAt(literal, line, at, to)) return false;
    at += literal.bytes.length;
    const member = members[index] ?? 0;
    const own = values.from[member] ?? 0;
    const length = (values.to[member] ?? 0) - own;
    if (at + length > to || !areSame(line, at, line, own, length)) return false;
    at += length;
  }
  const last = literals[members.length];
  return last !== undefined && at + last.bytes.length === to && standsAt(last, line, at, to);
}

const standsAt = (literal: Memory, line: Memory, at: number, to: number): boolean => {
  const { length } = literal.bytes;
  return at + length <= to && areSame(literal, 0, line, at, length);
};

interface Found {
  readonly from: number;
  readonly to: number;
  readonly held: Held;
}

const plain = (label: string): string => label.replaceAll(' ', '').toLowerCase();

/** Looks through a message for values. */
class Finder {
  readonly #written: string;
  readonly #byValue = new Map<string, Held[]>();
  readonly #broken: (readonly [value: string, held: Held])[] = [];
  readonly #found: Found[] = [];
  /** What stood last before a colon without a value behind it. */
  #label = '';

  constructor(written: string, held: readonly Held[], reader: LineReader) {
    this.#written = written;
    for (const one of held) {
      const value = reader.written(one.member);
      if (value === '') continue;
      this.#byValue.set(value, [...(this.#byValue.get(value) ?? []), one]);
      if (value.length >= BROKEN_CHARS_MIN && /\\[rnt]/.test(value)) this.#broken.push([value, one]);
    }
    this.#broken.sort(([left], [right]) => right.length - left.length);
  }

  find(): readonly Found[] {
    this.#part(0, this.#written.length, 0);
    return this.#found;
  }

  /** Values over several lines first, then line by line. */
  #part(from: number, to: number, broken: number): void {
    for (let index = broken; index < this.#broken.length; index += 1) {
      const [value, held] = this.#broken[index] ?? ['', undefined];
      const at = this.#written.indexOf(value, from);
      if (held === undefined || at < 0 || at + value.length > to) continue;
      this.#part(from, at, index + 1);
      this.#found.push({ from: at, to: at + value.length, held });
      this.#part(at + value.length, to, index);
      return;
    }
    this.#lines(from, to);
  }

  #lines(from: number, to: number): void {
    const text = this.#written;
    let start = from;
    for (let at = text.indexOf('\\', from); at >= 0 && at < to; at = text.indexOf('\\', at + 2)) {
      if (!'rnt'.includes(text.charAt(at + 1))) continue;
      this.#line(start, at);
      start = at + 2;
    }
    this.#line(start, to);
  }

  #line(from: number, to: number): void {
    if (from >= to) return;
    const colon = this.#written.indexOf(':', from);
    if (colon >= 0 && colon < to) {
      const start = this.#written.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1;
      this.#label = plain(this.#written.slice(from, colon));
      if (start >= to || this.#put(start, to)) return;
    }
    this.#put(from, to);
  }

  #put(from: number, to: number): boolean {
    const candidates = this.#byValue.get(this.#written.slice(from, to)) ?? [];
    const held =
      candidates.find(({ name }) => plain(name) === this.#label) ??
      (to - from < VALUE_CHARS_MIN
        ? undefined
        : (candidates.find(({ name }) => plain(name).endsWith(this.#label)) ?? candidates[0]));
    if (held === undefined) return false;
    this.#found.push({ from, to, held });
    return true;
  }
}
