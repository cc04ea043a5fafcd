/**
 * What a spreadsheet program would run as a formula (OWASP, CSV injection; ASVS 1.2.10): also behind spaces, which some trim, and with
 * the wide signs that Excel in Chinese and Japanese takes for the narrow ones.
 */
const FORMULA = /^(?:\p{Cc}|\s*[=+\-@＝＋－＠])/u;

/**
 * A cell that a spreadsheet takes as text, whatever it begins with, by a leading apostrophe: what attackers put into a user agent must
 * not run on the desk of whoever opens the file.
 */
export const asText = (value: string): string => (FORMULA.test(value) ? `'${value}` : value);

/** A value that `asText` guarded, as it was. */
export const unguarded = (text: string): string =>
  text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text;

/** A cell of RFC 4180, as text. */
export function csvCell(value: string): string {
  const safe = asText(value);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
