import type { FieldValue } from '#engine/fields/event.ts';
import type { AccessRecord } from './access-log.ts';
import type { SyslogRecord } from './syslog.ts';

/** Fields under construction; a source adds to them and hands them over. */
export type Fields = Record<string, FieldValue>;

/** Sets a field when there is something to set. */
export function put(fields: Fields, name: string, value: FieldValue | undefined): void {
  if (value !== undefined && value.length > 0) fields[name] = value;
}

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
