import type { AccessRecord } from '#engine/formats/access-log.ts';
import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import type { JsonObject } from '#engine/formats/json.ts';
import { ACCESS_FIELDS, accessFields, put } from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

const logsource = { product: 'nginx', category: 'webserver', service: 'nginx' } as const;
const errorSource = { product: 'nginx', category: '', service: 'nginx' } as const;

/** nginx's access log (combined, with or without further columns, or as JSON) and its error log. */
export const source = defineSource({
  id: 'nginx-access',
  title: { zh: 'Nginx 网站日志', en: 'nginx' },
  vendor: 'F5',
  product: 'nginx',
  formats: ['access-log', 'json', 'syslog', 'text'],
  watches: ['application'],
  asks: {
    programs: ['nginx'],
    keys: ['remote_addr', 'client_address', 'client_ip', 'clientip'],
    marks: ['] "', '#'],
  },
  supplies: [
    { logsource, fields: [...ACCESS_FIELDS, 'x_forwarded_for', 'hostname'], open: false },
    { logsource: errorSource, fields: ['message', 'level', 'c-ip', 'cs-host', 'request', 'hostname'], open: false },
  ],
  detect,
  parse,
});

const ERROR = /\[(?<level>debug|info|notice|warn|error|crit|alert|emerg)\] \d+#\d+: (?<message>.*)$/s;

function detect(opened: OpenedText): number {
  const { json, syslog } = opened;
  if (json !== undefined) return isJsonLog(json) ? 0.8 : 0;
  if (syslog.program === 'nginx') return 0.95;
  if (syslog.timeMs !== undefined && ERROR.test(syslog.message)) return 0.9;
  // The combined format is Apache's as well: nginx is the commoner one, configuration decides.
  return opened.access.record === undefined ? 0 : 0.55;
}

/** Names that log_format definitions give the client's address. */
const CLIENTS = ['remote_addr', 'client_address', 'client_ip', 'clientip'] as const;

const isJsonLog = (json: JsonObject): boolean =>
  CLIENTS.some((name) => typeof json[name] === 'string') &&
  (typeof json.request === 'string' || typeof json.request_uri === 'string');

function parse(opened: OpenedText): SourceEvent | null {
  const { json, syslog } = opened;
  if (json !== undefined) return isJsonLog(json) ? fromJson(json, opened) : null;
  const error = ERROR.exec(syslog.message);
  if (error?.groups) return fromError(error.groups, opened);
  const { record, problems } = opened.access;
  if (record === undefined) return null;
  return fromAccess(record, problems, opened);
}

function fromAccess(record: AccessRecord, problems: readonly string[], { syslog, context }: OpenedText): SourceEvent {
  const fields = accessFields(record);
  put(fields, 'hostname', syslog.hostname);
  // The commonest further column is the chain of proxies; times and ports look different.
  put(
    fields,
    'x_forwarded_for',
    record.extra.find((value) => /^(?:\d{1,3}\.){3}\d{1,3}(?:, ?[\d.:a-f]+)*$/i.test(value)),
  );
  return { logsource, timeMs: record.timeMs ?? context.receivedAtMs, fields, problem: problems.join('; ') };
}

function fromJson(json: JsonObject, opened: OpenedText): SourceEvent {
  const text = (...names: string[]): string => {
    const value = names.map((name) => json[name]).find((item) => item !== undefined && item !== null && item !== '-');
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const [, method = '', target = '', protocol = ''] =
    /^(\S{1,32}) (.*?)(?: (HTTP\/\d(?:\.\d)?))?$/s.exec(text('request')) ?? [];
  const record: AccessRecord = {
    virtualHost: text('host', 'server_name', 'http_host'),
    client: text(...CLIENTS),
    user: text('remote_user'),
    timeMs: parseTimestamp(text('time_iso8601', 'timestamp', '@timestamp', 'time_local', 'time'), opened.context.zone),
    method: method || text('request_method'),
    target: target || text('request_uri', 'uri'),
    protocol: protocol || text('server_protocol'),
    status: text('status', 'response_status'),
    bytes: text('body_bytes_sent', 'bytes_sent'),
    referer: text('http_referer', 'http_referrer'),
    userAgent: text('http_user_agent'),
    extra: [text('http_x_forwarded_for')],
  };
  return fromAccess(record, record.timeMs === undefined ? ['no readable time: time of receipt used'] : [], opened);
}

function fromError(found: Record<string, string>, { syslog, context }: OpenedText): SourceEvent {
  const message = found.message ?? '';
  const fields = {};
  put(fields, 'hostname', syslog.hostname);
  put(fields, 'level', found.level);
  put(fields, 'message', message);
  put(fields, 'c-ip', /, client: ([0-9A-Fa-f:.]+)/.exec(message)?.[1]);
  put(fields, 'cs-host', /, host: "([^"]{1,255})"/.exec(message)?.[1]);
  put(fields, 'request', /, request: "([^"]{1,4096})"/.exec(message)?.[1]);
  return { logsource: errorSource, timeMs: syslog.timeMs ?? context.receivedAtMs, fields, problem: '' };
}
