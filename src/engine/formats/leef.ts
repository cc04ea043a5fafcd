import { boundText, LIMITS, RecordBuilder, type TextRecord } from './record.ts';

/** A record in QRadar's Log Event Extended Format, version 1.0 or 2.0 (IBM, "LEEF 2.0 specification"). */
export interface LeefRecord {
  readonly vendor: string;
  readonly product: string;
  readonly version: string;
  readonly eventId: string;
  readonly attributes: TextRecord;
  readonly problems: readonly string[];
}

const START = /LEEF:([12])(?:\.0)?\|/;

/** Finds a LEEF record in a text; undefined when there is none. Attributes are separated by a tab or what 2.0 declares. */
export function parseLeef(text: string): LeefRecord | undefined {
  const problems: string[] = [];
  const bounded = boundText(text, problems);
  const start = START.exec(bounded);
  if (start === null) return undefined;
  const wanted = start[1] === '2' ? 5 : 4;
  const parts: string[] = [];
  let at = start.index + start[0].length;
  while (parts.length < wanted) {
    const bar = bounded.indexOf('|', at);
    // Version 2.0 without a delimiter field is written by some senders: the attributes begin where a name does.
    const end = bar === -1 || bar - at > LIMITS.valueChars ? -1 : bar;
    if (end === -1 || (parts.length === 4 && end - at > 6)) break;
    parts.push(bounded.slice(at, end));
    at = end + 1;
  }
  if (parts.length < 4) return undefined;
  const [vendor = '', product = '', version = '', eventId = '', declared = ''] = parts;
  const body = bounded.slice(at);
  const builder = new RecordBuilder(problems);
  for (const pair of splitPairs(body, delimiterOf(declared, body))) {
    const assign = pair.indexOf('=');
    if (assign > 0) builder.add(pair.slice(0, assign).trim(), pair.slice(assign + 1).trim());
  }
  return { vendor, product, version, eventId, attributes: builder.record, problems };
}

/** A character, or its code as `x09` or `0x09`. */
function delimiterOf(declared: string, body: string): string {
  const code = /^0?x([0-9A-Fa-f]{1,4})$/.exec(declared)?.[1];
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
  if (declared.length === 1) return declared;
  return body.includes('\t') ? '\t' : '\\t';
}

const splitPairs = (body: string, delimiter: string): string[] => body.split(delimiter, LIMITS.fields);
