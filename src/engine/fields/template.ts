/**
 * The original text is kept once. Most of it stands in the columns of its event already, so what is stored is a template:
 * the text with a mark in place of each value that another column has. Texts of one kind of event then have nearly the
 * same template, which compresses to almost nothing. Putting the values back gives the text byte for byte.
 *
 * A mark is `\u0001name\u0002`: the name of a column, `.` and a key of `rest`, or `@` and a form of the event's time. In
 * JSON a value stands in its JSON form.
 */
const MARK_START = '\u0001';
const MARK_END = '\u0002';
/** Around the rendered message, when it is left out of its column because the text has it. */
const MESSAGE_START = `${MARK_START}(${MARK_END}`;
const MESSAGE_END = `${MARK_START})${MARK_END}`;

/** A value that stands in a column or in `rest`. */
export interface Held {
  readonly name: string;
  readonly value: string;
}

/** Shorter values save nothing. */
const VALUE_CHARS_MIN = 3;
/** Above this a text is kept as it is: it is rare, and looking for values in it would hold up the others. */
const TEXT_CHARS_MAX = 262_144;
/** Control characters other than tab and line ends. */
const CONTROL = /[^\P{Cc}\t\n\r]/u;
const ESCAPED = /["\\\p{Cc}]/u;
const NUMBERED = new RegExp(`${MARK_START}([\u0100-\ud7ff])${MARK_END}`, 'g');
const NUMBERED_FROM = 0x100;
const NUMBERED_MAX = 0xd700;

/** A JSON object: its values stand in JSON's form. */
const isJson = (text: string): boolean => text.startsWith('{');

/** The forms of a time in UTC that a text may hold; `text` is `YYYY-MM-DD hh:mm:ss.mmm`. */
const TIME_FORMS: Readonly<Record<string, (text: string) => string>> = {
  '@T': (text) => text.replace(' ', 'T'),
  '@t': (text) => text,
  '@S': (text) => text.slice(0, 19).replace(' ', 'T'),
  '@s': (text) => text.slice(0, 19),
};

/** JSON's form of a value without its quotes, as `JSON.stringify` writes it; SQL does the same by replacing. */
const jsonForm = (value: string): string => (ESCAPED.test(value) ? JSON.stringify(value).slice(1, -1) : value);

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
  const json = isJson(original);
  const within =
    json && message !== '' && !CONTROL.test(message) && message.isWellFormed()
      ? messageWithin(original, message)
      : undefined;
  const parts =
    within === undefined
      ? [original]
      : [original.slice(0, within.from), original.slice(within.from, within.to), original.slice(within.to)];
  const text = marked(parts.join(`${MARK_START}-${MARK_END}`), held, json, time);
  if (within === undefined) return { text, holdsMessage: false };
  const [before = '', inner = '', after = ''] = text.split(`${MARK_START}-${MARK_END}`);
  return { text: `${before}${MESSAGE_START}${inner}${MESSAGE_END}${after}`, holdsMessage: true };
}

/** The place of the message as the whole value of a member, so that unescaping what stands there gives it back. */
function messageWithin(original: string, message: string): { from: number; to: number } | undefined {
  const form = JSON.stringify(message);
  const at = original.indexOf(`:${form}`);
  return at < 0 ? undefined : { from: at + 2, to: at + form.length };
}

/** A value that the store gives back exactly as it stands in the text. */
const isUsable = ({ value }: Held): boolean =>
  value.length >= VALUE_CHARS_MIN && !CONTROL.test(value) && value.isWellFormed();

/** Longest values first: a value that is part of another one must not break it up. */
function marked(original: string, held: readonly Held[], json: boolean, time: string): string {
  const names: string[] = [];
  // The brace that says "JSON" is not part of any value, or the template would be read as plain text.
  const head = json ? original.slice(0, 1) : '';
  let text = original.slice(head.length);
  // While values are replaced a mark is one letter between its signs, so that no value can be found inside one.
  const replace = (name: string, form: string): void => {
    if (!text.includes(form) || names.length >= NUMBERED_MAX - NUMBERED_FROM) return;
    const mark = `${MARK_START}${String.fromCharCode(NUMBERED_FROM + names.length)}${MARK_END}`;
    text = text.replaceAll(form, mark);
    names.push(name);
  };
  const longestFirst = held.filter(isUsable).sort((left, right) => right.value.length - left.value.length);
  for (const { name, value } of longestFirst) replace(name, json ? jsonForm(value) : value);
  for (const name in TIME_FORMS) replace(name, TIME_FORMS[name]?.(time) ?? time);
  const named = text.replace(
    NUMBERED,
    (_mark, letter: string) => `${MARK_START}${names[letter.charCodeAt(0) - NUMBERED_FROM]}${MARK_END}`,
  );
  return head + named;
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
