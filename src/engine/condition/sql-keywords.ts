import { COLUMNS } from '#engine/fields/dictionary.ts';
import { MARK_END, MARK_START } from '#engine/fields/template-signs.ts';
import type { ValueTest } from './condition.ts';
import { comparable } from './pattern.ts';

/*
 * Keywords are looked for in every text of an event and in its original text, which the store puts together from a template for
 * each event it is asked of. So only those events are asked that can have the keyword: it stands in a stored value or in the
 * template, or where a mark of the template breaks it up.
 */

/** Columns as they are stored: the rendered message may be in the template only. */
const STORED = COLUMNS.flatMap(({ column, ledger }) =>
  ledger ? [] : [column === 'message' ? 'message_text' : column],
);
/** Columns that the expressions name besides those of the dictionary. */
export const KEYWORD_COLUMNS: readonly string[] = ['rest', 'raw', 'template', 'message_text'];

/** Characters that stand in JSON as they are. */
const PLAIN = /[ !#-[\]-~]+/g;
const PLAIN_MIN = 3;
/**
 * In JSON a mark stands behind a quote, a colon, a blank or the letter of an escape, and before a quote, a backslash or what ends a
 * number; only values of several lines stand elsewhere. A time may be followed by anything, but ends with a digit. See `JsonTemplate`.
 */
const BEFORE_MARK = /[: ]/;
const AFTER_MARK = /[,}\] ]/;
/** What can stand within a time, which is no column's value. */
const WITHIN_TIME = /^[\d:. t-]+$/;
const ESCAPE_LETTER = /^[nrt]/;
/** Templates in which marks stand otherwise: their events are always asked. */
const OTHERWISE = String.raw`[^"\s:\x02nrt]\x01|[^\\][nrt]\x01|[^(]\x02\x01[^)]|\x01[^@()\x02][^\x02]*\x02[^"\\,}\]\s\x01]`;

/** The longest part of a keyword that stands as it is in whatever has the keyword; '' when there is none. */
function plainPart(test: ValueTest): string {
  if (test.op !== 'text') return '';
  const parts = comparable(test.pattern, false).flatMap((piece) =>
    'text' in piece ? (piece.text.match(PLAIN) ?? []) : [],
  );
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}

/** What a template has where marks break `text` up: its beginning before a mark, its end behind one, or a piece between two. */
function brokenForms(text: string): string[] {
  const places = Array.from({ length: text.length - 1 }, (_, index) => index + 1);
  const ends = places.filter((at) => BEFORE_MARK.test(text.charAt(at - 1)));
  const starts = places.filter((at) => AFTER_MARK.test(text.charAt(at)) || /\d/.test(text.charAt(at - 1)));
  return [
    ...ends.map((end) => text.slice(0, end) + MARK_START),
    ...starts.map((start) => MARK_END + text.slice(start)),
    ...starts.flatMap((start) =>
      ends.filter((end) => end > start).map((end) => MARK_END + text.slice(start, end) + MARK_START),
    ),
  ];
}

/** Too short, or in a time, of which every template has one. */
const isCommon = (text: string): boolean => text.length < PLAIN_MIN || WITHIN_TIME.test(text);

/** The store searches for at most 255 texts at once. */
const LIST_MAX = 250;

/**
 * SQL that is true of every event of which one of the tests can be true of a text; undefined when that would be all.
 * @param bindList gives the SQL of a list of texts
 */
export function mayHaveKeyword(
  tests: readonly ValueTest[],
  bindList: (values: readonly string[]) => string,
): string | undefined {
  const parts = [...new Set(tests.map(plainPart))];
  // Behind an escape the keyword's first letter can be the escape's, and the value the rest of the keyword.
  const whole = [...new Set(parts.map((part) => part.replace(ESCAPE_LETTER, '')))];
  const broken = [...new Set(parts.flatMap(brokenForms))];
  if (whole.length > LIST_MAX || broken.length > LIST_MAX || whole.some(isCommon)) return undefined;
  const list = bindList(whole);
  const alternatives = [
    "NOT startsWith(template, '{')",
    `match(template, '${OTHERWISE.replaceAll('\\', '\\\\')}')`,
    ...(broken.length > 0 ? [`multiSearchAny(lower(template), ${bindList(broken)})`] : []),
    ...['template', 'rest', ...STORED].map((place) => `multiSearchAny(lower(${place}), ${list})`),
  ];
  return `(${alternatives.join(' OR ')})`;
}
