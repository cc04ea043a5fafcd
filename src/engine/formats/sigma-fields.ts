import type { FieldValue, LogSource } from '#engine/fields/event.ts';
import type { AccessRecord } from './access-log.ts';
import type { ParseContext, SourceEvent, Supply } from './define.ts';
import type { SyslogRecord } from './syslog.ts';

/** Fields under construction; a source adds to them and hands them over. */
export type Fields = Record<string, FieldValue>;

/** Sets a field when there is something to set. */
export function put(fields: Fields, name: string, value: FieldValue | undefined): void {
  if (value !== undefined && value.length > 0) fields[name] = value;
}

/** The first of the times that could be read; without one the time of receipt, and the event says so. */
export function eventAt(
  logsource: LogSource,
  times: readonly (number | undefined)[],
  context: ParseContext,
  fields: Fields,
  problems: readonly string[] = [],
): SourceEvent {
  const timeMs = times.find((ms) => ms !== undefined);
  const said = timeMs === undefined ? [...problems, 'no readable time: time of receipt used'] : problems;
  return { logsource, timeMs: timeMs ?? context.receivedAtMs, fields, problem: said.join('; ') };
}

/** Which name of a record becomes which field; '' leaves it out. A name that is not listed keeps its own. */
export type Names = Readonly<Record<string, string>>;

/** Puts the values of a record under the names a source gives them; of two values for one field the first stays. */
export function rename(record: Readonly<Fields>, names: Names, fields: Fields = {}): Fields {
  for (const [name, value] of Object.entries(record)) {
    const field = Object.hasOwn(names, name) ? (names[name] ?? name) : name;
    if (field !== '' && !isNil(value) && fields[field] === undefined) put(fields, field, value);
  }
  return fields;
}

/** What products write for "nothing". */
const isNil = (value: FieldValue): boolean =>
  value === '-' || value === 'N/A' || value === '(null)' || value === 'null' || value === '(empty)';

/** The fields a `Names` table can fill, for a source's `supplies`. */
export const namesOf = (...tables: readonly Names[]): string[] => [
  ...new Set(tables.flatMap((names) => Object.values(names)).filter((name) => name !== '')),
];

/** One entry of `supplies`; `open` unless said otherwise, because most products write more names than are listed. */
export const supply = (
  [product, category, service]: readonly [string, string, string],
  fields: readonly string[],
  open = true,
): Supply => ({ logsource: { product, category, service }, fields, open });

const PROTOCOLS: Names = {
  '1': 'icmp',
  '2': 'igmp',
  '6': 'tcp',
  '17': 'udp',
  '47': 'gre',
  '50': 'esp',
  '51': 'ah',
  '58': 'ipv6-icmp',
  '89': 'ospf',
  '132': 'sctp',
};

/** A transport protocol by its usual name in lower case, from the name or the IANA number. */
const protocolName = (text: string): string => PROTOCOLS[text] ?? text.toLowerCase();

/** Brings `protocol` to its usual name. */
export function plainProtocol(fields: Fields): void {
  if (typeof fields.protocol === 'string') put(fields, 'protocol', protocolName(fields.protocol));
}

/** Scheme and host, or the host alone where a device leaves the scheme out (`www.example/a`). */
const BEFORE_PATH =
  /^(?:[a-z][a-z0-9+.-]{1,15}:\/\/([^/]{0,255})|([^/\s?#]{1,253}\.[A-Za-z0-9-]{1,24}(?::\d{1,5})?)(?=\/))/i;

/** Splits an address of the web into the names of Sigma's webserver and proxy categories. */
export function putUri(fields: Fields, uri: string | undefined): void {
  if (uri === undefined || uri === '') return;
  const question = uri.indexOf('?');
  put(fields, 'cs-uri', uri);
  const path = question === -1 ? uri : uri.slice(0, question);
  const [, afterScheme, alone] = BEFORE_PATH.exec(path) ?? [];
  const host = afterScheme ?? alone ?? '';
  if (host !== '' && fields['cs-host'] === undefined) put(fields, 'cs-host', host.replace(/:\d{1,5}$/, ''));
  put(fields, 'cs-uri-stem', path.replace(BEFORE_PATH, '') || '/');
  if (question !== -1) put(fields, 'cs-uri-query', uri.slice(question + 1));
}

/** One text of a value that may be a list. */
export const oneText = (value: FieldValue | undefined): string =>
  typeof value === 'string' ? value : (value?.[0] ?? '');

const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const;

/** What every syslog source says about itself: host, program, process id, severity (RFC 5424 table 2) and the text. */
export function syslogFields(record: SyslogRecord): Fields {
  const fields: Fields = {};
  put(fields, 'hostname', record.hostname);
  put(fields, 'program', record.program);
  put(fields, 'pid', record.pid);
  if (record.severity !== undefined) put(fields, 'severity', SEVERITIES[record.severity]);
  put(fields, 'message', record.message);
  return fields;
}

/** Names that `syslogFields` can fill, for a source's `supplies`. */
export const SYSLOG_FIELDS = ['hostname', 'program', 'pid', 'severity', 'message'] as const;

/**
 * A web server's request under Sigma's webserver names (W3C extended log). Path and query stay percent-encoded, as
 * rules expect; `cs-uri` holds both.
 */
export function accessFields(record: AccessRecord): Fields {
  const fields: Fields = {};
  const question = record.target.indexOf('?');
  const path = question === -1 ? record.target : record.target.slice(0, question);
  put(fields, 'c-ip', record.client);
  put(fields, 'cs-username', record.user);
  put(fields, 'cs-method', record.method);
  put(fields, 'cs-uri', record.target);
  put(fields, 'cs-uri-stem', path);
  if (question !== -1) put(fields, 'cs-uri-query', record.target.slice(question + 1));
  put(fields, 'cs-version', record.protocol);
  const [, host = record.virtualHost, port = ''] = /^(.+?):(\d{1,5})$/.exec(record.virtualHost) ?? [];
  put(fields, 'cs-host', host);
  put(fields, 's-port', port);
  put(fields, 'sc-status', record.status);
  put(fields, 'sc-bytes', record.bytes);
  put(fields, 'cs-referer', record.referer);
  put(fields, 'cs-user-agent', record.userAgent);
  return fields;
}

/** Names that `accessFields` can fill, for a source's `supplies`. */
export const ACCESS_FIELDS = [
  'c-ip',
  'cs-username',
  'cs-method',
  'cs-uri',
  'cs-uri-stem',
  'cs-uri-query',
  'cs-version',
  'cs-host',
  's-port',
  'sc-status',
  'sc-bytes',
  'cs-referer',
  'cs-user-agent',
] as const;
