/** What a spreadsheet program would run as a formula (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * A cell that a spreadsheet takes as text, whatever it begins with, by a leading apostrophe: what attackers put into a user agent must
 * not run on the desk of whoever opens the file.
 */
export const asText = (value: string): string => (FORMULA.test(value) ? `'${value}` : value);

/** A cell of RFC 4180, as text. */
export function csvCell(value: string): string {
  const safe = asText(value);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
