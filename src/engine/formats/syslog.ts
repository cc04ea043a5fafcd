import { readQuoted } from './quoted.ts';
import { boundText, boundValue, LIMITS, type Parsed, reportOnce } from './record.ts';
import { isRealTime, monthNumber, parseTimestamp, resolveYear, wallTimeMs } from './time.ts';

/** A syslog message taken apart. Absent text parts are '', absent numbers undefined. */
export interface SyslogRecord {
  /** 0–23 (RFC 5424 table 1). */
  facility: number | undefined;
  /** 0–7 (RFC 5424 table 2). */
  severity: number | undefined;
  timeMs: number | undefined;
  hostname: string;
  /** APP-NAME, or the TAG of RFC 3164. */
  program: string;
  pid: string;
  messageId: string;
  /** `<element id>.<parameter>` → value, escapes resolved (RFC 5424 §6.3.3). */
  structured: Record<string, string>;
  message: string;
}

/** What a year-less or zone-less time is resolved against. */
export interface TimeContext {
  readonly receivedAtMs: number;
  /** IANA zone of times that name none. */
  readonly zone: string;
}

const PRIORITY = /^<(\d{1,3})>/;
const VERSION_5424 = /^1 /;
const BOM = '\uFEFF';

/**
 * Reads a syslog message of RFC 5424, of RFC 3164, or of what devices send instead: any of PRI, time, host and tag
 * may be missing; the time may be RFC 3339, year-less, with the year after the day or before the month.
 *
 * @returns always a record; `problems` names what was malformed. A text that is no syslog at all comes back whole as
 * `message` with everything else absent and no problem.
 */
export function parseSyslog(text: string, context: TimeContext): Parsed<SyslogRecord> {
  const problems: string[] = [];
  const record: SyslogRecord = {
    facility: undefined,
    severity: undefined,
    timeMs: undefined,
    hostname: '',
    program: '',
    pid: '',
    messageId: '',
    structured: {},
    message: '',
  };
  let rest = boundText(text, problems);
  if (rest.startsWith(BOM)) rest = rest.slice(1);
  const priority = PRIORITY.exec(rest);
  if (priority) {
    const value = Number(priority[1]);
    if (value > 191) problems.push('priority above 191 (RFC 5424 §6.2.1)');
    else {
      record.facility = value >> 3;
      record.severity = value & 7;
    }
    rest = rest.slice(priority[0].length);
    if (VERSION_5424.test(rest)) {
      readModern(rest.slice(2), record, context, problems);
      return { record, problems };
    }
  }
  readLegacy(rest, record, context);
  return { record, problems };
}

// ── RFC 5424 ─────────────────────────────────────────────────────────────────────────────────────────────────────

function readModern(text: string, record: SyslogRecord, context: TimeContext, problems: string[]): void {
  const header: string[] = [];
  let at = 0;
  for (let i = 0; i < 5; i++) {
    const space = text.indexOf(' ', at);
    const end = space === -1 ? text.length : space;
    header.push(text.slice(at, end));
    at = Math.min(end + 1, text.length);
  }
  const [time = '', hostname = '', program = '', pid = '', messageId = ''] = header.map(nilIsEmpty);
  record.timeMs = time === '' ? undefined : parseTimestamp(time, context.zone);
  if (time !== '' && record.timeMs === undefined) problems.push('time is not RFC 3339 (RFC 5424 §6.2.3)');
  record.hostname = hostname;
  record.program = program;
  record.pid = pid;
  record.messageId = messageId;
  at = readStructured(text, at, record.structured, problems);
  const message = text.slice(at).replace(/^ /, '');
  record.message = message.startsWith(BOM) ? message.slice(1) : message;
}

const nilIsEmpty = (text: string): string => (text === '-' ? '' : text);

/** Reads `-` or `[id name="value" …]…` from `at`; gives the place after it. What is malformed stays in the message. */
function readStructured(text: string, at: number, into: Record<string, string>, problems: string[]): number {
  if (text.charAt(at) === '-') return at + 1;
  if (at >= text.length) {
    problems.push('no structured data and no "-" for it (RFC 5424 §6.3)');
    return at;
  }
  let elements = 0;
  while (text.charAt(at) === '[') {
    const end = readElement(text, at, into, problems);
    if (end === undefined) {
      problems.push('structured data is not closed (RFC 5424 §6.3)');
      return at;
    }
    at = end;
    if (++elements > LIMITS.structuredElements) {
      problems.push(`more than ${LIMITS.structuredElements} elements of structured data`);
      return at;
    }
  }
  return at;
}

const NAME = /[^\s="\]]{1,64}/y;

function readElement(text: string, at: number, into: Record<string, string>, problems: string[]): number | undefined {
  const id = stickyMatch(NAME, text, at + 1);
  if (id === undefined) return undefined;
  let place = at + 1 + id.length;
  for (;;) {
    while (text.charAt(place) === ' ') place++;
    if (text.charAt(place) === ']') return place + 1;
    const name = stickyMatch(NAME, text, place);
    if (name === undefined || text.slice(place + name.length, place + name.length + 2) !== '="') return undefined;
    // Only `\"`, `\\` and `\]` are escapes; any other backslash is itself (§6.3.3).
    const value = readQuoted(text, place + name.length + 2, '"', '"\\]');
    if (value.end === -1) return undefined;
    const key = `${id}.${name}`;
    if (Object.keys(into).length < LIMITS.fields) into[key] = boundValue(value.text, problems);
    else reportOnce(problems, `more than ${LIMITS.fields} parameters of structured data`);
    place = value.end;
  }
}

function stickyMatch(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

// ── RFC 3164 and its relatives ───────────────────────────────────────────────────────────────────────────────────

const CLASSIC_TIME =
  /^([A-Za-z]{3}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?: (\d{4})(?=\s|:\s|$))?(?=[\s:]|$):? ?/;
const ISO_TIME =
  /^(\d{4}[-/]\d{1,2}[-/]\d{1,2}[T ]\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?)(?=\s|$) ?/;
const TAG = /^([^\s:[\]]{1,64})(?:\[([^\]\s]{1,32})\])?: ?/;
const IPV6_HOST = /^[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,40}(?=\s)/;
const HOST = /^[^\s:[\]]{1,255}(?=\s)/;

function readLegacy(text: string, record: SyslogRecord, context: TimeContext): void {
  const afterTime = readLegacyTime(text, record, context);
  if (afterTime === undefined && record.facility === undefined) {
    record.message = text;
    return;
  }
  let rest = afterTime ?? text;
  if (afterTime !== undefined) {
    // A first word with a colon is a tag without a host before it, unless it is an IPv6 address.
    const host = (IPV6_HOST.exec(rest) ?? (TAG.test(rest) ? null : HOST.exec(rest)))?.[0];
    if (host !== undefined) {
      record.hostname = host;
      rest = rest.slice(host.length).replace(/^ {1,2}/, '');
    }
  }
  const tag = TAG.exec(rest);
  if (tag) {
    record.program = tag[1] ?? '';
    record.pid = tag[2] ?? '';
    rest = rest.slice(tag[0].length);
  }
  record.message = rest.startsWith(BOM) ? rest.slice(1) : rest;
}

/** Takes a time off the front and gives the rest; undefined when the text begins with none. */
function readLegacyTime(text: string, record: SyslogRecord, context: TimeContext): string | undefined {
  const iso = ISO_TIME.exec(text);
  if (iso) {
    record.timeMs = parseTimestamp(iso[1] ?? '', context.zone);
    return text.slice(iso[0].length);
  }
  const classic = CLASSIC_TIME.exec(text);
  if (!classic) return undefined;
  const [all, monthName = '', day, yearBefore, hour, minute, second, part, yearAfter] = classic;
  const month = monthNumber(monthName);
  if (month === undefined) return undefined;
  const at = {
    month,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    millisecond: part === undefined ? 0 : Number(part.slice(0, 3).padEnd(3, '0')),
  };
  const year = yearBefore ?? yearAfter;
  if (year === undefined) record.timeMs = resolveYear(at, context.receivedAtMs, context.zone);
  else {
    const whole = { ...at, year: Number(year) };
    record.timeMs = isRealTime(whole) ? wallTimeMs(whole, context.zone) : undefined;
  }
  return text.slice(all.length);
}
