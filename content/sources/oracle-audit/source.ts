import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
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

const logsource = { product: 'oracle', category: 'database', service: 'audit' } as const;

/** Unified: `TYPE:"4" DBUSER:"SCOTT" …`; traditional: `ACTION :[7] 'CONNECT' DATABASE USER:[1] '/' …`. */
const NAMES: Names = {
  TYPE: 'event_type',
  ACTION: 'action',
  ACTION_NAME: 'action',
  DBUSER: 'user',
  'DATABASE USER': 'user',
  CURUSER: 'effective_user',
  PRIVILEGE: 'privilege',
  'CLIENT USER': 'client_user',
  OSUSER: 'client_user',
  'CLIENT TERMINAL': 'terminal',
  'CLIENT ADDRESS': 'client_address',
  USERHOST: 'src_host',
  RETCODE: 'status_code',
  STATUS: 'status_code',
  RETURNCODE: 'status_code',
  DBID: 'database_id',
  SESID: 'session_id',
  SESSIONID: 'session_id',
  SCHEMA: 'database',
  OBJNAME: 'object',
  OBJ$NAME: 'object',
  SQLTEXT: 'sql',
  PDB_GUID: 'pdb_guid',
  LENGTH: '',
};
const PAIR = /([A-Z][A-Z$ _]{1,24}?) ?: ?(?:\[\d{1,6}\] ?'([^']{0,8000})'|"([^"]{0,8000})")/g;
/** Numbers of the commonest actions (AUDIT_ACTIONS). */
const ACTIONS: Names = {
  '1': 'create table',
  '2': 'insert',
  '3': 'select',
  '6': 'update',
  '7': 'delete',
  '12': 'drop table',
  '17': 'grant',
  '18': 'revoke',
  '43': 'alter user',
  '51': 'create user',
  '53': 'drop user',
  '100': 'logon',
  '101': 'logoff',
  '102': 'logoff',
};

const isOracle = (program: string, message: string): boolean =>
  /^Oracle (?:Unified )?Audit/.test(message) || /^(?:Oracle|oracle)/.test(program) || /^LENGTH ?: ?'\d+'/.test(message);

/** Oracle's audit trail as the server writes it to syslog. */
export const source = defineSource({
  id: 'oracle-audit',
  title: { zh: 'Oracle 数据库审计', en: 'Oracle audit trail' },
  vendor: 'Oracle',
  product: 'Database',
  formats: ['syslog', 'text'],
  watches: ['data'],
  asks: { marks: ['Oracle Audit[', 'Oracle Unified Audit[', 'DBID:'] },
  supplies: [
    supply(['oracle', 'database', 'audit'], [...namesOf(NAMES), 'hostname', 'pid', 'src_ip', 'src_port', 'outcome']),
  ],
  detect: ({ text, syslog }) =>
    text.includes('DBID') &&
    (/Oracle (?:Unified )?Audit\[/.test(text.slice(0, 512)) || isOracle(syslog.program, syslog.message))
      ? 0.95
      : 0,
  parse,
});

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  if (
    !text.includes('DBID') ||
    !(/Oracle (?:Unified )?Audit\[/.test(text.slice(0, 512)) || isOracle(syslog.program, syslog.message))
  )
    return null;
  const record: Fields = {};
  const start = text.search(/LENGTH ?:/);
  for (const [, name = '', quoted, plain] of text.slice(Math.max(0, start), start + 65_536).matchAll(PAIR))
    put(record, name.trim(), quoted ?? plain);
  const fields = rename(record, NAMES);
  put(fields, 'hostname', syslog.hostname === 'Oracle' ? undefined : syslog.hostname);
  put(fields, 'pid', /Audit\[(\d{1,10})\]/.exec(text.slice(0, 512))?.[1]);
  const [, host, port] = /HOST=([^)]{1,255})\)(?:\(PORT=(\d{1,5})\))?/.exec(oneText(fields.client_address)) ?? [];
  put(fields, 'src_ip', host);
  put(fields, 'src_port', port);
  put(fields, 'action', ACTIONS[oneText(fields.action)] ?? oneText(fields.action).toLowerCase());
  if (fields.status_code !== undefined) put(fields, 'outcome', fields.status_code === '0' ? 'success' : 'failure');
  const at = parseTimestamp(/TIMESTAMP ?: ?"([^"]{10,40})"/.exec(text)?.[1] ?? '', context.zone);
  return eventAt(logsource, [at, syslog.timeMs], context, fields);
}
