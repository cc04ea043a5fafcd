/** An identifier as the platform gives them. */
export const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Options of the form `KEY=VALUE`, each key once.
 *
 * @param form what one looks like, for whoever wrote something else
 * @returns the pairs, and a sentence for each that is none
 */
export function pairsOf(
  option: string,
  given: readonly string[],
  form: string,
): { readonly pairs: ReadonlyMap<string, string>; readonly wrong: readonly string[] } {
  const pairs = new Map<string, string>();
  const wrong: string[] = [];
  for (const text of given) {
    const at = text.indexOf('=');
    const key = text.slice(0, Math.max(at, 0)).trim();
    if (key === '') wrong.push(`${option} "${text}": write ${form}`);
    else if (pairs.has(key)) wrong.push(`${option}: "${key}" is given twice`);
    else pairs.set(key, text.slice(at + 1).trim());
  }
  return { pairs, wrong };
}

/** A day of the calendar as the platform takes it, e.g. `2026-03-01`. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;

const FORMATS = ['table', 'ndjson'] as const;

/** How a list is written, or the sentence for what is no way. */
export function formatOf(text: string): { readonly format: (typeof FORMATS)[number]; readonly wrong: string[] } {
  const format = FORMATS.find((one) => one === text);
  return { format: format ?? 'table', wrong: format ? [] : [`--format must be one of ${FORMATS.join(', ')}`] };
}

/** Rows that the platform gives at once, and that a list has unless more are asked for. */
export const PAGE = 200;

/** How many rows a list has at most, or the sentence for what is no number. */
export function limitOf(text: string): { readonly limit: number; readonly wrong: string[] } {
  const limit = Number(text);
  const right = Number.isInteger(limit) && limit > 0;
  return { limit: right ? limit : 1, wrong: right ? [] : ['--limit must be a number above 0'] };
}

/** Rows under each other; a wide character takes two places on a terminal. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
  return rows.map((row) =>
    row
      .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}

const widthOf = (text: string): number =>
  Array.from(text).reduce((sum, char) => sum + (/[\u1100-\uffdc]/u.test(char) ? 2 : 1), 0);
