/** A sheet's program would take a text that begins so for a formula (OWASP, CSV injection), some also behind spaces or in wide signs. */
const FORMULA = /^(?:\p{Cc}|\s*[=+\-@＝＋－＠])/u;
const NUMBER = /^[-+]?[\d,]+(?:\.\d+)?%?$/;

/** A cell as RFC 4180 has it, harmless to programs that calculate. */
export function csvCell(text: string): string {
  const plain = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** Rows of cells as a file that Excel opens with its Chinese right. */
export const csvFile = (rows: readonly (readonly string[])[]): Blob =>
  new Blob(['\uFEFF', ...rows.map((cells) => `${cells.map(csvCell).join(',')}\r\n`)], {
    type: 'text/csv;charset=utf-8',
  });
