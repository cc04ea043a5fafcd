import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { ACCESS_FIELDS, accessFields, type Fields, put } from '#engine/formats/sigma-fields.ts';
import { isRealTime, monthNumber, wallTimeMs } from '#engine/formats/time.ts';

const logsource = { product: 'apache', category: 'webserver', service: 'apache' } as const;
const errorSource = { product: 'apache', category: '', service: 'apache' } as const;

const ERROR_FIELDS = [
  ...['message', 'level', 'module', 'pid', 'c-ip', 'src_port', 'hostname'],
  ...['signature_id', 'signature', 'severity', 'cs-host', 'cs-uri-stem', 'request_id'],
];

/** Apache HTTP Server's access log (common, combined, with virtual host) and its error log. */
export const source = defineSource({
  id: 'apache-access',
  title: { zh: 'Apache 网站日志', en: 'Apache HTTP Server' },
  vendor: 'Apache Software Foundation',
  product: 'HTTP Server',
  formats: ['access-log', 'syslog', 'text'],
  watches: ['application'],
  asks: { programs: ['httpd', 'apache', 'apache2'], marks: ['] "', '] ['] },
  supplies: [
    { logsource, fields: [...ACCESS_FIELDS, 'hostname'], open: false },
    {
      logsource: errorSource,
      fields: [...ERROR_FIELDS],
      open: false,
    },
  ],
  detect,
  parse,
});

const isApache = (program: string): boolean => /^(?:httpd|apache2?)$/.test(program);

/** `[Wed May 20 10:00:00.123456 2026] [core:error] [pid 1:tid 2] [client 1.2.3.4:5] AH00035: text` */
const ERROR_TIME =
  /^\[[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) {1,2}(?<day>\d{1,2}) (?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:\.(?<ms>\d{3})\d*)? (?<year>\d{4})\] /;
const LEVEL = /^\[(?:(?<module>[a-z0-9_-]*):)?(?<level>emerg|alert|crit|error|warn|notice|info|debug|trace\d)\] /;

function detect(opened: OpenedText): number {
  const { json, syslog } = opened;
  if (json !== undefined) return 0;
  if (isApache(syslog.program)) return 0.95;
  if (ERROR_TIME.test(syslog.message)) return 0.9;
  const { record } = opened.access;
  if (record === undefined) return 0;
  // A virtual host in front is Apache's habit (`%v:%p`).
  return record.virtualHost === '' ? 0.5 : 0.6;
}

function parse(opened: OpenedText): SourceEvent | null {
  const { syslog, context } = opened;
  const error = ERROR_TIME.exec(syslog.message);
  if (error?.groups) return fromError(error.groups, syslog.message.slice(error[0].length), opened);
  const { record, problems } = opened.access;
  if (record === undefined) return null;
  const fields = accessFields(record);
  put(fields, 'hostname', syslog.hostname);
  return { logsource, timeMs: record.timeMs ?? context.receivedAtMs, fields, problem: problems.join('; ') };
}

function fromError(time: Record<string, string>, text: string, { syslog, context }: OpenedText): SourceEvent {
  const at = {
    year: Number(time.year),
    month: monthNumber(time.month ?? '') ?? 0,
    day: Number(time.day),
    hour: Number(time.hour),
    minute: Number(time.minute),
    second: Number(time.second),
    millisecond: Number(time.ms ?? 0),
  };
  const real = isRealTime(at);
  const level = LEVEL.exec(text);
  let rest = level === null ? text : text.slice(level[0].length);
  const fields = {};
  put(fields, 'hostname', syslog.hostname);
  put(fields, 'level', level?.groups?.level);
  put(fields, 'module', level?.groups?.module);
  const pid = /^\[pid (\d+)(?::tid \d+)?\] /.exec(rest);
  if (pid) rest = rest.slice(pid[0].length);
  put(fields, 'pid', pid?.[1]);
  const client = /^\[client ([0-9A-Fa-f:.]+?)(?::(\d{1,5}))?\] /.exec(rest);
  if (client) rest = rest.slice(client[0].length);
  put(fields, 'c-ip', client?.[1]);
  put(fields, 'src_port', client?.[2]);
  put(fields, 'message', rest);
  if (rest.length <= 16_384 && rest.includes('ModSecurity:')) readModSecurity(rest, fields);
  return {
    logsource: errorSource,
    timeMs: real ? wallTimeMs(at, context.zone) : context.receivedAtMs,
    fields,
    problem: real ? '' : 'no readable time: time of receipt used',
  };
}

/** ModSecurity 2 appends what it knows as `[name "value"]`; a quote in a value is escaped. */
function readModSecurity(text: string, fields: Fields): void {
  const value = (name: string): string | undefined =>
    new RegExp(`\\[${name} "((?:[^"\\\\]|\\\\.){0,2048})"\\]`).exec(text)?.[1];
  put(fields, 'signature_id', value('id'));
  put(fields, 'signature', value('msg'));
  put(fields, 'severity', value('severity'));
  put(fields, 'cs-host', value('hostname'));
  put(fields, 'cs-uri-stem', value('uri'));
  put(fields, 'request_id', value('unique_id'));
}
