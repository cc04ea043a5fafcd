import {
  CONTROL,
  ESCAPED,
  type Held,
  jsonForm,
  MARK_END,
  MARK_START,
  MESSAGE_END,
  MESSAGE_START,
} from './template-signs.ts';

/** Shorter values save nothing. */
const VALUE_CHARS_MIN = 3;
/** A text that is no value itself is looked through for values when it is this long. */
const INNER_CHARS_MIN = 16;
const TIME_CHARS = 23;
const SECOND_CHARS = 19;
const BROKEN = /\\[rnt]/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SPACE = 0x20;
const DASH = 0x2d;
const [LETTER_N, LETTER_R, LETTER_T] = [0x6e, 0x72, 0x74];

const isBlank = (code: number): boolean => code === SPACE || (code >= 0x09 && code <= 0x0d);
const endsScalar = (code: number): boolean => code === 0x2c || code === 0x7d || code === 0x5d || isBlank(code);

/**
 * Makes the template of a JSON object in one walk over its text. A value stands for a whole text or number of the JSON, or
 * for what stands alone or behind a colon between two line breaks or tabs of a longer text: there a rendered message has its
 * values. Each is looked up in a table, so that the work does not grow with the number of values.
 *
 * Nothing depends on the text being good JSON: a mark takes the place of exactly what is put back for it.
 */
export class JsonTemplate {
  readonly #text: string;
  readonly #time: string;
  readonly #timeT: string;
  readonly #messageForm: string;
  readonly #names = new Map<string, string>();
  /** Forms of values that hold line breaks or tabs, longest first. */
  #broken: string[] = [];
  #out = '';
  /** Up to here the text is in `out`. */
  #done = 0;
  /** True when the message can be read from the template. */
  holdsMessage = false;

  /**
   * @param held values of the row, those that count first before others of the same text
   * @param message to be left out of its column; '' when there is none
   * @param time `YYYY-MM-DD hh:mm:ss.mmm`
   */
  constructor(text: string, held: readonly Held[], message: string, time: string) {
    this.#text = text;
    this.#time = time;
    this.#timeT = time.replace(' ', 'T');
    const usable = message !== '' && !CONTROL.test(message) && message.isWellFormed();
    this.#messageForm = usable ? jsonForm(message) : '';
    for (const { name, value } of held) this.#hold(name, value);
    if (this.#broken.length > 1) this.#broken.sort((left, right) => right.length - left.length);
  }

  #hold(name: string, value: string): void {
    if (value.length < VALUE_CHARS_MIN || !value.isWellFormed()) return;
    let form = value;
    if (ESCAPED.test(value)) {
      if (CONTROL.test(value)) return;
      form = jsonForm(value);
      if (BROKEN.test(form)) this.#broken.push(form);
    }
    if (!this.#names.has(form)) this.#names.set(form, name);
  }

  /** The template. */
  write(): string {
    const text = this.#text;
    // The brace that says "JSON" is not part of any value.
    for (let at = 1; ; ) {
      const open = text.indexOf('"', at);
      if (open < 0) break;
      const close = closingQuote(text, open + 1);
      if (close < 0) break;
      const colon = afterBlanks(text, close + 1);
      if (text.charCodeAt(colon) !== COLON) {
        this.#value(open + 1, close);
        at = close + 1;
        continue;
      }
      at = afterBlanks(text, colon + 1);
      if (text.charCodeAt(at) === QUOTE) continue;
      const from = at;
      while (at < text.length && !endsScalar(text.charCodeAt(at)) && text.charCodeAt(at) !== QUOTE) at += 1;
      this.#mark(from, at);
    }
    return this.#out + text.slice(this.#done);
  }

  #value(from: number, to: number): void {
    const form = this.#messageForm;
    if (form !== '' && !this.holdsMessage && to - from === form.length && this.#text.startsWith(form, from)) {
      this.holdsMessage = true;
      this.#put(from, from, MESSAGE_START);
      if (!this.#mark(from, to)) this.#inside(from, to, 0);
      this.#put(to, to, MESSAGE_END);
      return;
    }
    if (!this.#mark(from, to) && to - from >= INNER_CHARS_MIN) this.#inside(from, to, 0);
  }

  /** Looks for values in a part of the text: first those over several lines, then line by line. */
  #inside(from: number, to: number, broken: number): void {
    for (let index = broken; index < this.#broken.length; index += 1) {
      const form = this.#broken[index] ?? '';
      const at = this.#text.indexOf(form, from);
      if (at < 0 || at + form.length > to) continue;
      this.#inside(from, at, index + 1);
      this.#put(at, at + form.length, markOf(this.#names.get(form) ?? ''));
      this.#inside(at + form.length, to, index);
      return;
    }
    this.#lines(from, to);
  }

  #lines(from: number, to: number): void {
    const text = this.#text;
    let start = from;
    for (let at = text.indexOf('\\', from); at >= 0 && at < to; at = text.indexOf('\\', at + 2)) {
      const code = text.charCodeAt(at + 1);
      if (code !== LETTER_R && code !== LETTER_N && code !== LETTER_T) continue;
      this.#line(start, at);
      start = at + 2;
    }
    if (start < to) this.#line(start, to);
  }

  #line(from: number, to: number): void {
    if (to - from < VALUE_CHARS_MIN) return;
    const colon = this.#text.indexOf(':', from);
    if (colon >= 0 && colon < to) {
      const start = this.#text.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1;
      if (start >= to || this.#mark(start, to)) return;
    }
    this.#mark(from, to);
  }

  /** Puts the mark of the value that stands exactly here, or begins with the event's time. */
  #mark(from: number, to: number): boolean {
    if (to - from < VALUE_CHARS_MIN) return false;
    const name = this.#names.get(this.#text.slice(from, to));
    if (name !== undefined) {
      this.#put(from, to, markOf(name));
      return true;
    }
    return to - from >= SECOND_CHARS && this.#text.charCodeAt(from + 4) === DASH && this.#timeAt(from);
  }

  #timeAt(from: number): boolean {
    const text = this.#text;
    const [long, short, whole] =
      text.charCodeAt(from + 10) === SPACE ? ['@t', '@s', this.#time] : ['@T', '@S', this.#timeT];
    if (!text.startsWith(whole.slice(0, SECOND_CHARS), from)) return false;
    const isLong = text.startsWith(whole, from);
    this.#put(from, from + (isLong ? TIME_CHARS : SECOND_CHARS), markOf(isLong ? long : short));
    return true;
  }

  #put(from: number, to: number, mark: string): void {
    this.#out += this.#text.slice(this.#done, from) + mark;
    this.#done = to;
  }
}

const markOf = (name: string): string => `${MARK_START}${name}${MARK_END}`;

/** The place of the quote that ends a text; -1 when there is none. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (before >= from && text.charCodeAt(before) === BACKSLASH) before -= 1;
    if (((at - before) & 1) === 1) return at;
  }
  return -1;
}

function afterBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at += 1;
  return at;
}
