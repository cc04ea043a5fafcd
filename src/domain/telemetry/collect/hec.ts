import { isJsonObject } from '#engine/formats/json.ts';
import { receivedJson, receivedText } from '#engine/formats/received.ts';
import { splitAll } from './lines.ts';

/** An answer of Splunk's HTTP event collector: its status, and the code and text that its senders know. */
export interface HecAnswer {
  readonly status: number;
  readonly code: number;
  readonly text: string;
  /** Which event of the request is at fault, from 0. */
  readonly 'invalid-event-number'?: number;
}

/** The codes of Splunk's documentation that are used here. */
export const HEC = {
  success: { status: 200, code: 0, text: 'Success' },
  tokenRequired: { status: 401, code: 2, text: 'Token is required' },
  invalidAuthorization: { status: 401, code: 3, text: 'Invalid authorization' },
  invalidToken: { status: 403, code: 4, text: 'Invalid token' },
  tokenDisabled: { status: 403, code: 1, text: 'Token disabled' },
  noData: { status: 400, code: 5, text: 'No data' },
  invalidFormat: { status: 400, code: 6, text: 'Invalid data format' },
  internal: { status: 500, code: 8, text: 'Internal server error' },
  busy: { status: 503, code: 9, text: 'Server is busy' },
  channelMissing: { status: 400, code: 10, text: 'Data channel is missing' },
  eventRequired: { status: 400, code: 12, text: 'Event field is required' },
  eventBlank: { status: 400, code: 13, text: 'Event field cannot be blank' },
  healthy: { status: 200, code: 17, text: 'HEC is healthy' },
  tooLarge: { status: 413, code: 27, text: 'Request entity too large' },
} as const satisfies Readonly<Record<string, HecAnswer>>;

/** How sources know the text of an event: put in front of its members, which stay as they came. */
const MARK = Buffer.from('{"log":"hec/1"');
const COMMA = Buffer.from(',');

/**
 * The events of a request to `/services/collector/event`: JSON objects one after the other, with or without anything in
 * between. All are kept or none, as the sender hears of one result only.
 *
 * @returns the texts to keep, or what is wrong
 */
export function readHecEvents(body: Buffer, bytesMax: number): Buffer[] | HecAnswer {
  const lines: Buffer[] = [];
  for (const item of splitAll(body, bytesMax, 'values')) {
    const place = { 'invalid-event-number': lines.length };
    if (item.kind === 'rejected') {
      return { ...(item.reason === 'too_long' ? HEC.tooLarge : HEC.invalidFormat), ...place };
    }
    const fault = faultOf(item.bytes);
    if (fault !== undefined) return { ...fault, ...place };
    lines.push(marked(item.bytes));
  }
  return lines.length === 0 ? HEC.noData : lines;
}

function faultOf(bytes: Buffer): HecAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(receivedJson(bytes));
  } catch {
    return HEC.invalidFormat;
  }
  if (!isJsonObject(value)) return HEC.invalidFormat;
  if (value.event === undefined || value.event === null) return HEC.eventRequired;
  return value.event === '' ? HEC.eventBlank : undefined;
}

/** An event has a member at least, so that a comma always stands between. */
const marked = (object: Buffer): Buffer => Buffer.concat([MARK, COMMA, object.subarray(1)]);

/** What the address of `/services/collector/raw` says about all of its lines. */
export interface HecAbout {
  readonly host?: string | undefined;
  readonly source?: string | undefined;
  readonly sourcetype?: string | undefined;
}

/** The lines of a request to `/services/collector/raw`: as they came, or as events when the address says more of them. */
export function readHecRaw(body: Buffer, about: HecAbout, bytesMax: number): Buffer[] | HecAnswer {
  const said = Object.entries(about).filter(([, value]) => value !== undefined && value !== '');
  const lines: Buffer[] = [];
  for (const item of splitAll(body, bytesMax, 'lines')) {
    if (item.kind === 'rejected') return HEC.tooLarge;
    lines.push(said.length === 0 ? item.bytes : eventOf(item.bytes, Object.fromEntries(said)));
  }
  return lines.length === 0 ? HEC.noData : lines;
}

const eventOf = (line: Buffer, about: object): Buffer =>
  Buffer.from(JSON.stringify({ log: 'hec/1', ...about, event: receivedText(line) }));
