import { boundText, boundValue, LIMITS, type Parsed } from './record.ts';

/**
 * Splits one CSV line (RFC 4180 §2): values in double quotes may hold the delimiter, line breaks and doubled quotes.
 *
 * @param delimiter one character, usually `,`
 */
export function parseCsvLine(text: string, delimiter = ','): Parsed<string[]> {
  const problems: string[] = [];
  const line = boundText(text, problems).replace(/\r?\n$/, '');
  const values: string[] = [];
  let at = 0;
  while (at <= line.length) {
    if (values.length >= LIMITS.csvColumns) {
      problems.push(`more than ${LIMITS.csvColumns} columns: the rest is only in the original`);
      break;
    }
    const { value, end } =
      line.charAt(at) === '"' ? readQuoted(line, at, delimiter, problems) : readPlain(line, at, delimiter);
    values.push(boundValue(value, problems));
    at = end + 1;
  }
  return { record: values, problems };
}

interface Cell {
  readonly value: string;
  /** Place of the delimiter after the value, or the end of the line. */
  readonly end: number;
}

function readPlain(line: string, at: number, delimiter: string): Cell {
  const found = line.indexOf(delimiter, at);
  const end = found === -1 ? line.length : found;
  return { value: line.slice(at, end), end };
}

function readQuoted(line: string, at: number, delimiter: string, problems: string[]): Cell {
  let value = '';
  let from = at + 1;
  for (;;) {
    const quote = line.indexOf('"', from);
    if (quote === -1) {
      problems.push('a quoted value is not closed (RFC 4180 §2)');
      return { value: value + line.slice(from), end: line.length };
    }
    value += line.slice(from, quote);
    if (line.charAt(quote + 1) !== '"') {
      const rest = readPlain(line, quote + 1, delimiter);
      if (rest.value.trim() !== '') problems.push('text after a closing quote (RFC 4180 §2)');
      return { value: value + rest.value.trim(), end: rest.end };
    }
    value += '"';
    from = quote + 2;
  }
}
