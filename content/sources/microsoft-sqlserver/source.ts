import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import {
  eventAt,
  type Fields,
  type Names,
  namesOf,
  oneText,
  put,
  rename,
  supply,
} from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

/** Records of SQL Server Audit: `name:value` lines (Microsoft, "sys.fn_get_audit_file"). */
const NAMES: Names = {
  event_time: '',
  action_id: 'action',
  succeeded: 'succeeded',
  session_id: 'session_id',
  session_server_principal_name: 'user',
  server_principal_name: 'user',
  database_principal_name: 'database_user',
  target_server_principal_name: 'target_user',
  server_instance_name: 'instance',
  database_name: 'database',
  schema_name: 'schema',
  object_name: 'object',
  statement: 'sql',
  additional_information: 'detail',
  client_ip: 'src_ip',
  application_name: 'application',
  host_name: 'src_host',
};
const RECORD = /audit_schema_version:\d|(?:^|\s|\\n)action_id:[A-Z ]{2,6}[\s\\]/;
/** The error log: `2026-05-20 09:58:15.12 Logon       Login failed for user 'sa'. Reason: … [CLIENT: 203.0.113.77]`. */
const ERRORLOG =
  /^(?<time>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{2}) (?<process>Logon|spid\d{1,6}s?|Server|Backup) {1,12}(?<message>[\s\S]*)$/;
const SENTENCES: readonly Sentence[] = [
  {
    pattern:
      /^Login (?<outcome>failed|succeeded) for user '(?<user>[^']{0,256})'\.(?:.{0,40}? Reason: (?<reason>.{1,400}?)\.?)?(?: Connection made using .{0,80}?\.)? {1,2}\[CLIENT: (?<src_ip>[^\]]{1,64})\]/,
    set: { action: 'login' },
  },
  { pattern: /^Error: (?<event_id>\d{1,6}), Severity: (?<severity>\d{1,2}), State: \d{1,3}/ },
  {
    pattern: /^Configuration option '(?<object>[^']{1,128})' changed from (?<before>\S{1,32}) to (?<after>\S{1,32})\./,
    set: { action: 'configure' },
  },
  { pattern: /^Database (?<action>backed up|restored)\. Database: (?<database>[^,]{1,128}),/ },
];

/** Microsoft SQL Server: its audit records and its error log. */
export const source = defineSource({
  id: 'microsoft-sqlserver',
  title: { zh: 'SQL Server 数据库审计', en: 'Microsoft SQL Server' },
  vendor: 'Microsoft',
  product: 'SQL Server',
  formats: ['text', 'syslog'],
  watches: ['data'],
  asks: { marks: ['audit_schema_version:', 'action_id:', ' Logon ', ' spid', ' Server '] },
  supplies: ['audit', 'errorlog'].map((service) =>
    supply(
      ['mssql', 'database', service],
      [
        ...namesOf(NAMES),
        'hostname',
        'program',
        'message',
        'outcome',
        'reason',
        'event_id',
        'severity',
        'before',
        'after',
      ],
    ),
  ),
  detect: ({ text }) => (RECORD.test(text.slice(0, 4096)) ? 0.93 : ERRORLOG.test(text.slice(0, 512)) ? 0.9 : 0),
  parse,
});

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  if (RECORD.test(text.slice(0, 4096))) {
    const record: Fields = {};
    const from = Math.max(0, text.search(/audit_schema_version:|event_time:|action_id:/));
    for (const line of text.slice(from, from + 65_536).split(/\\r\\n|\\n|\r?\n/, 200)) {
      const colon = line.indexOf(':');
      if (colon > 0 && colon < 64) put(record, line.slice(0, colon).trim(), line.slice(colon + 1).trim());
    }
    const fields = rename(record, NAMES);
    put(fields, 'hostname', oneText(fields.instance).split('\\')[0] || syslog.hostname);
    put(fields, 'action', oneText(fields.action).trim());
    if (fields.succeeded !== undefined)
      put(fields, 'outcome', /^(?:true|1)$/i.test(oneText(fields.succeeded)) ? 'success' : 'failure');
    const at = parseTimestamp(`${oneText(record.event_time).slice(0, 23)}Z`, context.zone);
    return eventAt({ product: 'mssql', category: 'database', service: 'audit' }, [at, syslog.timeMs], context, fields);
  }
  const found = ERRORLOG.exec(text.slice(0, 16_384))?.groups;
  if (found === undefined) return null;
  const fields: Fields = {};
  put(fields, 'program', found.process);
  put(fields, 'message', found.message?.trim());
  readSentence((found.message ?? '').trim(), SENTENCES, fields);
  return eventAt(
    { product: 'mssql', category: 'database', service: 'errorlog' },
    [parseTimestamp(found.time ?? '', context.zone)],
    context,
    fields,
  );
}
