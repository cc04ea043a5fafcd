import { boundText, LIMITS, RecordBuilder, reportOnce, type TextRecord } from './record.ts';

/** A record in ArcSight's Common Event Format (Micro Focus, "Implementing ArcSight CEF", revision 25). */
export interface CefRecord {
  readonly vendor: string;
  readonly product: string;
  readonly version: string;
  readonly signatureId: string;
  readonly name: string;
  readonly severity: string;
  /** The extension; a custom value with a label (`cs1`, `cs1Label`) is under its label in snake case as well. */
  readonly extension: TextRecord;
  readonly problems: readonly string[];
}

/** Some relays take `CEF:` for a syslog tag and drop it; then the version number begins the text. */
const START = /CEF: ?\d{1,2}\||^\s*\d\|/;
const HEADER_PARTS = 6;

/**
 * Finds a CEF record in a text, whatever stands before it (a syslog header, a module's name).
 *
 * @returns undefined when there is none
 */
export function parseCef(text: string): CefRecord | undefined {
  const problems: string[] = [];
  const bounded = boundText(text, problems);
  const start = START.exec(bounded);
  if (start === null) return undefined;
  const parts: string[] = [];
  let at = start.index + start[0].length;
  while (parts.length < HEADER_PARTS) {
    const end = nextBar(bounded, at);
    if (end === -1) return undefined;
    parts.push(unescaped(bounded.slice(at, end)).trim());
    at = end + 1;
  }
  // Check Point's exporter was seen to leave the vendor's place empty and go on with the vendor.
  if (parts[0] === '') {
    const end = nextBar(bounded, at);
    if (end !== -1) {
      parts.push(unescaped(bounded.slice(at, end)).trim());
      parts.shift();
      at = end + 1;
    }
  }
  const [vendor = '', product = '', version = '', signatureId = '', name = '', severity = ''] = parts;
  const extension = readExtension(bounded, at, problems);
  return { vendor, product, version, signatureId, name, severity, extension, problems };
}

function nextBar(text: string, from: number): number {
  for (let i = from; i < text.length && i - from <= LIMITS.valueChars; i++) {
    const c = text.charAt(i);
    if (c === '\\') i++;
    else if (c === '|') return i;
  }
  return -1;
}

const unescaped = (value: string): string =>
  value.includes('\\')
    ? value.replace(/\\([\\|=nr])/g, (_, c: string) => (c === 'n' ? '\n' : c === 'r' ? '\r' : c))
    : value;

/** A name starts a pair only after white space; an escaped `\=` or a `=` inside an address does not. */
const KEY = /(?:^|\s)([A-Za-z0-9_.[\]-]{1,128})=/g;

function readExtension(text: string, from: number, problems: string[]): TextRecord {
  const builder = new RecordBuilder(problems);
  const body = text.slice(from);
  KEY.lastIndex = 0;
  let key = '';
  let valueAt = 0;
  let pairs = 0;
  for (let found = KEY.exec(body); found !== null; found = KEY.exec(body)) {
    if (key !== '') builder.add(key, unescaped(body.slice(valueAt, found.index)).trim());
    key = found[1] ?? '';
    valueAt = found.index + found[0].length;
    // The white space before the next name may be the one that ends this match.
    KEY.lastIndex = valueAt;
    if (++pairs > LIMITS.fields) {
      reportOnce(problems, `more than ${LIMITS.fields} pairs: the rest is only in the original`);
      break;
    }
  }
  if (key !== '') builder.add(key, unescaped(body.slice(valueAt)).trim());
  return withLabels(builder.record);
}

const LABEL = /^(?:cs|cn|cfp|c6a|flexString|flexNumber|flexDate|deviceCustomDate)\d{1,2}Label$/;

/** Adds each custom value under its own label. A pair that comes twice has lists of the same length. */
function withLabels(record: TextRecord): TextRecord {
  const labelled: TextRecord = {};
  for (const [name, label] of Object.entries(record)) {
    if (!LABEL.test(name)) continue;
    const value = record[name.slice(0, -'Label'.length)];
    if (value === undefined) continue;
    const labels = typeof label === 'string' ? [label] : label;
    const values = typeof value === 'string' ? [value] : value;
    labels.forEach((text, index) => {
      const field = snake(text);
      const one = values.length === labels.length ? values[index] : values[0];
      if (field !== '' && one !== undefined && one !== '' && !Object.hasOwn(record, field)) labelled[field] = one;
    });
  }
  return { ...record, ...labelled };
}

const snake = (label: string): string =>
  label
    .slice(0, LIMITS.keyChars)
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/g, '')
    .replace(/^proto$/, '');
