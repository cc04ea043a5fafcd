import { JsonTemplate } from './template-json.ts';
import { CONTROL, type Held, jsonForm, MARK_END, MARK_START, MESSAGE_END, MESSAGE_START } from './template-signs.ts';

/**
 * The original text is kept once. Most of it stands in the columns of its event already, so what is stored is a template:
 * the text with a mark in place of each value that another column has. Texts of one kind of event then have nearly the
 * same template, which compresses to almost nothing. Putting the values back gives the text byte for byte.
 *
 * A mark is `\u0001name\u0002`: the name of a column, `.` and a key of `rest`, or `@` and a form of the event's time. In
 * JSON a value stands in its JSON form.
 */

/** Shorter values save nothing. */
const VALUE_CHARS_MIN = 3;
/** Above this a text is kept as it is: it is rare, and looking for values in it would hold up the others. */
const TEXT_CHARS_MAX = 262_144;
/** Of a time: its day, with which all its forms begin. */
const DAY_CHARS = 10;

/** A JSON object: its values stand in JSON's form. */
const isJson = (text: string): boolean => text.startsWith('{');

/** The forms of a time in UTC that a text may hold; `text` is `YYYY-MM-DD hh:mm:ss.mmm`. */
const TIME_FORMS: Readonly<Record<string, (text: string) => string>> = {
  '@T': (text) => text.replace(' ', 'T'),
  '@t': (text) => text,
  '@S': (text) => text.slice(0, 19).replace(' ', 'T'),
  '@s': (text) => text.slice(0, 19),
};

export interface Template {
  readonly text: string;
  /** True when the message can be read from the text again and need not be kept beside it. */
  readonly holdsMessage: boolean;
}

/**
 * @param held values of the row, but not its message
 * @param message rendered message that may be left out; '' keeps it where it is
 * @param time of the event as the row has it
 */
export function toTemplate(original: string, held: readonly Held[], message: string, time: string): Template {
  if (original.includes(MARK_START) || original.includes(MARK_END)) {
    // A text that looks like a template itself is kept as it is, behind one sign.
    return { text: `${MARK_END}${original}`, holdsMessage: false };
  }
  if (original.length > TEXT_CHARS_MAX) return { text: original, holdsMessage: false };
  if (!isJson(original)) return { text: marked(original, held, time), holdsMessage: false };
  const template = new JsonTemplate(original, held, message, time);
  return { text: template.write(), holdsMessage: template.holdsMessage };
}

/** What stands in the text where a mark is to come. */
interface Found {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

/** A value that the store gives back exactly as it stands in the text. */
const isUsable = (value: string): boolean => !CONTROL.test(value) && value.isWellFormed();

/** By letter of the text being looked through: where the mark that takes it ends; 0: none does. */
const markedUpTo = new Int32Array(TEXT_CHARS_MAX);

/** Longest values first: a value that is part of another one must not break it up. */
function marked(original: string, held: readonly Held[], time: string): string {
  markedUpTo.fill(0, 0, original.length);
  const found: Found[] = [];
  const longestFirst = held
    .filter(({ value }) => value.length >= VALUE_CHARS_MIN)
    .sort((left, right) => right.value.length - left.value.length);
  for (const { name, value } of longestFirst) find(original, name, value, found);
  // Most devices write the time of their zone.
  if (original.includes(time.slice(0, DAY_CHARS))) {
    for (const name in TIME_FORMS) find(original, name, TIME_FORMS[name]?.(time) ?? time, found);
  }
  found.sort((left, right) => left.from - right.from);
  let text = '';
  let at = 0;
  for (const { from, to, name } of found) {
    text += `${original.slice(at, from)}${MARK_START}${name}${MARK_END}`;
    at = to;
  }
  return text + original.slice(at);
}

/** Finds a value wherever no mark is to come yet. Values that are looked for later are no longer than those before. */
function find(original: string, name: string, value: string, found: Found[]): void {
  const before = found.length;
  for (let from = original.indexOf(value); from >= 0; ) {
    // Most values are found once or never: only then is it worth a look.
    if (found.length === before && !isUsable(value)) return;
    const to = from + value.length;
    const over = overlap(from, to);
    if (over === 0) {
      found.push({ from, to, name });
      markedUpTo.fill(to, from, to);
    }
    from = original.indexOf(value, over === 0 ? to : over);
  }
}

/** The end of a mark that takes a part of this piece; 0: none does. */
function overlap(from: number, to: number): number {
  for (let at = to - 1; at >= from; at -= 1) if (markedUpTo[at] !== 0) return markedUpTo[at] ?? 0;
  return 0;
}

/**
 * The original text of a template.
 *
 * @param lookUp value of a column or, with a leading `.`, of a key of `rest`
 * @param time of the event as the row has it
 */
export function fromTemplate(template: string, lookUp: (name: string) => string, time: string): string {
  if (template.startsWith(MARK_END)) return template.slice(1);
  const [first = '', ...pieces] = template.split(MARK_START);
  const json = isJson(template);
  const expanded = pieces.map((piece) => {
    const end = piece.indexOf(MARK_END);
    const name = piece.slice(0, end);
    const form = TIME_FORMS[name];
    const value = form === undefined ? (name === '(' || name === ')' ? '' : lookUp(name)) : form(time);
    return (json ? jsonForm(value) : value) + piece.slice(end + 1);
  });
  return first + expanded.join('');
}

const NAMED = new RegExp(`${MARK_START}[^${MARK_END}]*${MARK_END}`, 'g');

/** A template with its marks but without their names, which are ours and no part of the text. */
export const withoutNames = (template: string): string => template.replace(NAMED, MARK_START);

/** The message that was left out of its column, from the text that has it; '' when there is none. */
export function messageOf(template: string, lookUp: (name: string) => string, time: string): string {
  const from = template.indexOf(MESSAGE_START);
  const to = template.indexOf(MESSAGE_END);
  if (from < 0 || to < from) return '';
  // The brace says that values stand in JSON's form.
  const text = fromTemplate(`{${template.slice(from + MESSAGE_START.length, to)}`, lookUp, time);
  return String(JSON.parse(`"${text.slice(1)}"`));
}
