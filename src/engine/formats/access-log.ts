import { boundText, boundValue, LIMITS, type Parsed } from './record.ts';
import { parseTimestamp } from './time.ts';

/** One line of a web server's access log in the common or combined format. Absent parts are ''. */
export interface AccessRecord {
  /** Name and port of the virtual host, where the format begins with it (`%v:%p`). */
  virtualHost: string;
  client: string;
  user: string;
  timeMs: number | undefined;
  method: string;
  /** The request target as sent, still percent-encoded. */
  target: string;
  protocol: string;
  status: string;
  bytes: string;
  referer: string;
  userAgent: string;
  /** What formats add after the user agent, in order (request time, X-Forwarded-For, upstream time …). */
  extra: string[];
}

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|([^\s"[]\S*))/y;

/**
 * Reads an access log line: `[vhost] client ident user [time] "request" status bytes ["referer" "agent" [extra …]]`
 * as nginx and Apache write it, escapes of quotes and bytes (`\"`, `\x22`) resolved.
 *
 * @returns undefined and a problem when the line has not that shape
 */
export function parseAccessLog(text: string, zone: string): Parsed<AccessRecord | undefined> {
  const problems: string[] = [];
  const { tokens, timeAt } = split(boundText(text, problems));
  // The time's bracket is the anchor: before it client, ident and user, perhaps a virtual host in front of them.
  if (timeAt < 3 || timeAt > 8 || tokens.length < timeAt + 3) {
    return { record: undefined, problems: ['not an access log line in the common or combined format'] };
  }
  const who = readWho(tokens.slice(0, timeAt));
  const [time = '', request = '', status = '', bytes = '', referer = '', userAgent = '', ...extra] =
    tokens.slice(timeAt);
  const timeMs = parseTimestamp(time, zone);
  if (timeMs === undefined) problems.push('the time in brackets cannot be read');
  if (!/^\d{3}$/.test(status)) return { record: undefined, problems: ['no status of three digits after the request'] };
  const line = splitRequest(request, problems);
  const record: AccessRecord = {
    ...who,
    timeMs,
    ...line,
    status,
    bytes: dashIsEmpty(bytes),
    referer: dashIsEmpty(referer),
    userAgent: dashIsEmpty(userAgent),
    extra: extra.slice(0, 16).map(dashIsEmpty),
  };
  return { record, problems };
}

const dashIsEmpty = (text: string | undefined): string => (text === undefined || text === '-' ? '' : text);

const ADDRESS = /^(?=.*[.:])[0-9A-Fa-f.:]{2,45}$/;

/** A virtual host is known by the address after it; a user name may hold spaces (certificate subjects do). */
function readWho(before: readonly string[]): Pick<AccessRecord, 'virtualHost' | 'client' | 'user'> {
  const [first = '', second = ''] = before;
  const hosted = before.length > 3 && !ADDRESS.test(first) && ADDRESS.test(second);
  const user = before.slice(hosted ? 3 : 2).filter((word) => word !== '-');
  return {
    virtualHost: hosted ? dashIsEmpty(first) : '',
    client: hosted ? second : first,
    user: user.join(' '),
  };
}

function split(text: string): { tokens: string[]; timeAt: number } {
  const tokens: string[] = [];
  let timeAt = -1;
  TOKEN.lastIndex = 0;
  while (tokens.length < 32) {
    const found = TOKEN.exec(text);
    if (!found) break;
    const [, quoted, bracketed, plain] = found;
    if (bracketed !== undefined && timeAt === -1) timeAt = tokens.length;
    tokens.push(quoted === undefined ? (bracketed ?? plain ?? '') : unescapeLog(quoted));
  }
  return { tokens, timeAt };
}

/** `GET /a b HTTP/1.1`: the target may hold raw spaces, so method and protocol are taken from the ends. */
function splitRequest(request: string, problems: string[]): Pick<AccessRecord, 'method' | 'target' | 'protocol'> {
  const found = /^([A-Za-z][A-Za-z_-]{0,31}) (.*?)(?: (HTTP\/\d(?:\.\d)?))?$/s.exec(request);
  if (!found) {
    // Port scans and TLS hellos on a plain port: kept whole as the target, that is what one would search for.
    if (request !== '' && request !== '-') problems.push('the request line is no HTTP request');
    return { method: '', target: boundValue(request === '-' ? '' : request, problems), protocol: '' };
  }
  return { method: found[1] ?? '', target: boundValue(found[2] ?? '', problems), protocol: found[3] ?? '' };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', v: '\v' };

/** Resolves `\"`, `\\`, `\n` … and runs of `\xHH`, which are the bytes of a UTF-8 text. */
function unescapeLog(text: string): string {
  if (!text.includes('\\')) return text;
  return text
    .slice(0, LIMITS.valueChars)
    .replace(/(?:\\x[0-9A-Fa-f]{2})+|\\(.)/g, (all, one: string | undefined) =>
      one === undefined ? decodeBytes(all) : (ESCAPES[one] ?? (one === '"' || one === '\\' ? one : all)),
    );
}

function decodeBytes(run: string): string {
  try {
    return decodeURIComponent(run.replaceAll('\\x', '%'));
  } catch {
    // Not UTF-8: one character per byte keeps it searchable.
    return run.replace(/\\x(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}
