import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { eventAt, type Fields, put, supply } from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

const logsource = { product: 'dameng', category: 'database', service: 'sql' } as const;

/** `time (EP[0] sess:0x… thrd:… user:SYSDBA trxid:… stmt:0x… appname:… ip:…) [SEL]: sql EXECTIME: 1(ms) ROWCOUNT: 1 …` (达梦 DM8 SQL 日志). */
const LINE =
  /(?<time>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d{1,6})?) \(EP\[(?<endpoint>\d{1,4})\] sess:(?<session_id>\S{1,32}) thrd:(?<pid>\d{1,12}) user:(?<user>\S{0,128}) trxid:(?<transaction>\d{1,20})(?: stmt:(?<statement_id>\S{1,32}))?(?: appname:(?<application>[^)]{0,128}?))?(?: ip:(?:::ffff:)?(?<src_ip>[0-9A-Fa-f.:]{0,45}))?\) ?(?:\[(?<kind>[A-Z]{2,8})\]:? ?)?(?<rest>[\s\S]*)$/;
const TAIL = /\s*EXECTIME: (\d{1,12})\(ms\)(?: ROWCOUNT: (\d{1,18}))?/;

const KINDS: Readonly<Record<string, string>> = {
  SEL: 'select',
  INS: 'insert',
  UPD: 'update',
  DEL: 'delete',
  DDL: 'ddl',
  ORA: 'block',
  LOGIN: 'login',
  LOGOUT: 'logout',
  PARAMS: 'parameters',
};

/** Dameng DM: the SQL log of the server, which an audit of it reads. */
export const source = defineSource({
  id: 'dameng-dm',
  title: { zh: '达梦 DM 数据库', en: 'Dameng DM' },
  vendor: 'Dameng',
  product: 'DM8',
  formats: ['text', 'syslog'],
  watches: ['data'],
  asks: { marks: [' (EP['] },
  supplies: [
    supply(
      ['dameng', 'database', 'sql'],
      [
        'hostname',
        'endpoint',
        'session_id',
        'pid',
        'user',
        'transaction',
        'statement_id',
        'application',
        'src_ip',
        'action',
        'sql',
        'duration_ms',
        'rows',
        'message',
        'outcome',
      ],
      false,
    ),
  ],
  detect: ({ text }) => (LINE.test(text.slice(0, 4096)) ? 0.97 : 0),
  parse,
});

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const found = LINE.exec(text.slice(0, 65_536))?.groups;
  if (found === undefined) return null;
  const fields: Fields = {};
  for (const name of ['endpoint', 'session_id', 'pid', 'user', 'transaction', 'statement_id', 'application', 'src_ip'])
    put(fields, name, found[name]);
  if (!/^\d{4}-/.test(text)) put(fields, 'hostname', syslog.hostname);
  const rest = (found.rest ?? '').trim();
  const tail = TAIL.exec(rest);
  const sql = (tail === null ? rest : rest.slice(0, tail.index)).trim();
  put(fields, found.kind === undefined ? 'message' : 'sql', sql);
  put(fields, 'duration_ms', tail?.[1]);
  put(fields, 'rows', tail?.[2]);
  put(fields, 'action', KINDS[found.kind ?? ''] ?? found.kind?.toLowerCase());
  if (/login failed|登录失败/i.test(rest)) {
    put(fields, 'action', 'login');
    put(fields, 'outcome', 'failure');
  }
  return eventAt(logsource, [parseTimestamp(found.time ?? '', context.zone)], context, fields);
}
