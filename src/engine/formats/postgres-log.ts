import { parseCsvLine } from './csv.ts';
import type { OpenedText } from './define.ts';
import { readSentence, type Sentence } from './patterns.ts';
import { type Fields, put } from './sigma-fields.ts';
import { parseTimestamp } from './time.ts';

/** `time zone [pid] [user@database …] LEVEL:  text`; what stands between is set per site (`log_line_prefix`). */
const LINE =
  /(?<time>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d{1,6})?) (?<zone>[A-Z]{2,5}|[+-]\d{2})(?<prefix>[^\r\n]{0,400}?)(?<level>LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG\d?|STATEMENT|DETAIL|HINT|CONTEXT): {1,2}(?<message>[\s\S]*)$/;

const SENTENCES: readonly Sentence[] = [
  {
    pattern:
      /^AUDIT: (?<audit_type>SESSION|OBJECT),(?<statement_id>\d{1,12}),(?<substatement_id>\d{1,12}),(?<category>[A-Z]{3,10}),(?<action>[^,]{0,64}),(?<object_type>[^,]{0,64}),(?<object>[^,]{0,256}),(?<sql>[\s\S]{0,8000})$/,
  },
  {
    pattern: /^connection received: host=(?<src_ip>\S{1,255})(?: port=(?<src_port>\d{1,5}))?/,
    set: { action: 'connect' },
  },
  {
    pattern:
      /^connection authorized: user=(?<user>\S{1,128})(?: database=(?<database>\S{1,128}))?(?: application_name=(?<application>.{1,128}))?/,
    set: { action: 'login', outcome: 'success' },
  },
  {
    pattern: /^(?:password|Ident|LDAP|GSSAPI|SCRAM|peer) authentication failed for user "(?<user>[^"]{0,128})"/,
    set: { action: 'login', outcome: 'failure' },
  },
  {
    pattern:
      /^no pg_hba\.conf entry for host "(?<src_ip>[^"]{0,64})", user "(?<user>[^"]{0,128})", database "(?<database>[^"]{0,128})"/,
    set: { action: 'login', outcome: 'failure' },
  },
  {
    pattern: /^(?:role|database|user) "(?<object>[^"]{0,128})" does not exist/,
    set: { action: 'login', outcome: 'failure' },
  },
  {
    pattern:
      /^disconnection: session time: (?<duration>\S{1,32}) user=(?<user>\S{1,128}) database=(?<database>\S{1,128}) host=(?<src_ip>\S{1,255})(?: port=(?<src_port>\d{1,5}))?/,
    set: { action: 'disconnect' },
  },
  {
    pattern:
      /^(?:duration: (?<duration>[\d.]{1,20}) ms {1,2})?(?:statement|execute [^:]{1,64}): (?<sql>[\s\S]{0,8000})$/,
    set: { action: 'statement' },
  },
  { pattern: /^permission denied for (?<object_type>\w{1,32}) (?<object>\S{1,256})/, set: { outcome: 'failure' } },
];

/** What a record in PostgreSQL's form says; kin of it (KingbaseES, openGauss) write the same way. */
interface PostgresRecord {
  readonly fields: Fields;
  readonly timeMs: number | undefined;
}

/** Reads a line of the text log or of the CSV log; undefined when it is neither. */
function readPostgres(text: string, zone: string): PostgresRecord | undefined {
  if (/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3} [A-Z]{2,5},/.test(text)) return fromCsv(text, zone);
  const found = LINE.exec(text.length > 65_536 ? text.slice(0, 65_536) : text)?.groups;
  if (found === undefined) return undefined;
  const fields: Fields = {};
  put(fields, 'level', found.level);
  put(fields, 'pid', /\[(\d{1,10})(?:-\d{1,10})?\]/.exec(found.prefix ?? '')?.[1]);
  const [, user, database] =
    /(?:^|[\s\]])(?:user=)?([^\s@,=[\]]{1,128})(?:@|,db=)([^\s@,=[\]:]{1,128})/.exec(found.prefix ?? '') ?? [];
  put(fields, 'user', user);
  put(fields, 'database', database);
  put(
    fields,
    'src_ip',
    /(?:client=|host=|\s)((?:\d{1,3}\.){3}\d{1,3})(?:\((\d{1,5})\))?/.exec(found.prefix ?? '')?.[1],
  );
  finish(fields, found.message ?? '');
  return { fields, timeMs: timeOf(found.time ?? '', found.zone ?? '', zone) };
}

/** Columns of the CSV log (PostgreSQL 16, 20.8.4). */
function fromCsv(text: string, zone: string): PostgresRecord | undefined {
  const { record: cells } = parseCsvLine(text);
  if (cells.length < 20) return undefined;
  const [
    time = '',
    user,
    database,
    pid,
    from = '',
    ,
    ,
    tag,
    ,
    ,
    ,
    level,
    code,
    message = '',
    detail,
    ,
    ,
    ,
    ,
    sql,
    ,
    ,
    application,
  ] = cells;
  const fields: Fields = {};
  put(fields, 'user', user);
  put(fields, 'database', database);
  put(fields, 'pid', pid);
  const [, host, port] = /^(.*?):(\d{1,5})$/.exec(from) ?? [];
  put(fields, 'src_ip', host ?? from);
  put(fields, 'src_port', port);
  put(fields, 'command_tag', tag);
  put(fields, 'level', level);
  put(fields, 'event_id', code === '00000' ? '' : code);
  put(fields, 'detail', detail);
  put(fields, 'application', application);
  finish(fields, message);
  put(fields, 'sql', fields.sql ?? sql);
  const [, wall = '', name = ''] = /^(\S+ \S+) ([A-Z]{2,5})$/.exec(time) ?? [];
  return { fields, timeMs: timeOf(wall, name, zone) };
}

function finish(fields: Fields, message: string): void {
  put(fields, 'message', message.trim());
  const known = { ...fields };
  readSentence(message.trim(), SENTENCES, fields);
  // The prefix was written by the server itself; the sentence may quote what a client sent.
  for (const name of ['user', 'database']) if (known[name] !== undefined) put(fields, name, known[name]);
}

/** A zone by its letters is the server's own; only UTC means the same everywhere. */
function timeOf(wall: string, name: string, zone: string): number | undefined {
  if (/^[+-]\d{2}$/.test(name)) return parseTimestamp(`${wall}${name}`, zone);
  return parseTimestamp(wall, name === 'UTC' || name === 'GMT' ? 'UTC' : zone);
}

/**
 * Reads a record from the server's own file, or from behind a syslog header of one of its programs, where lines are
 * numbered (`[3-1] `).
 */
export function readServerLog(
  { text, syslog, context }: OpenedText,
  programs: readonly string[],
): PostgresRecord | undefined {
  if (!programs.includes(syslog.program)) return readPostgres(text, context.zone);
  const read = readPostgres(syslog.message.replace(/^\[\d{1,10}-\d{1,10}\] /, ''), context.zone);
  if (read !== undefined) put(read.fields, 'hostname', syslog.hostname);
  return read;
}

/** Fields that `readServerLog` fills, for a source's `supplies`. */
export const POSTGRES_FIELDS: readonly string[] = [
  ...[
    'hostname',
    'level',
    'pid',
    'user',
    'database',
    'src_ip',
    'src_port',
    'message',
    'action',
    'outcome',
    'object',
    'object_type',
  ],
  ...[
    'category',
    'sql',
    'duration',
    'event_id',
    'detail',
    'application',
    'command_tag',
    'audit_type',
    'statement_id',
    'substatement_id',
  ],
];
