import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { isJsonObject, type JsonObject } from '#engine/formats/json.ts';
import { type JsonLayout, readJson } from '#engine/formats/json-source.ts';
import { eventAt, type Fields, type Names, namesOf, oneText, put, supply } from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

const logsource = { product: 'mysql', category: 'database', service: 'audit' } as const;

/** MariaDB's server_audit: `20260520 09:58:15,host,user,from,connection,query,OPERATION,database,'sql',code`. */
const CSV =
  /(?:^|\s)(?<day>\d{8}) (?<clock>\d{1,2}:\d{2}:\d{2}),(?<server>[^,]{0,255}),(?<user>[^,]{0,128}),(?<from>[^,]{0,255}),(?<connection>\d{1,12}),(?<query_id>\d{1,18}),(?<operation>[A-Z_]{3,24}),(?<database>[^,]{0,128}),(?<rest>[\s\S]*),(?<code>\d{1,6})\s*$/;

/** MySQL Enterprise Audit and Percona in JSON. */
const NAMES: Names = {
  event: 'action',
  class: 'event_type',
  connection_id: 'session_id',
  'account.user': 'user',
  'account.host': 'account_host',
  'login.user': 'login_user',
  'login.ip': 'src_ip',
  'general_data.query': 'sql',
  'general_data.command': 'command',
  'general_data.sql_command': 'command_tag',
  'general_data.status': 'status_code',
  'connection_data.status': 'status_code',
  'connection_data.db': 'database',
  'table_access_data.db': 'database',
  'table_access_data.table': 'object',
  'table_access_data.query': 'sql',
};
const LAYOUT: JsonLayout = {
  is: (json) =>
    typeof json.class === 'string' &&
    typeof json.event === 'string' &&
    (isJsonObject(json.account) || isJsonObject(json.login)),
  names: NAMES,
  times: ['timestamp'],
  logsource: () => logsource,
  finish: (fields) => {
    if (fields.user === undefined) put(fields, 'user', oneText(fields.login_user));
    if (fields.status_code !== undefined) put(fields, 'outcome', fields.status_code === '0' ? 'success' : 'failure');
  },
};
const KEYS = ['class', 'audit_record'];
const isWrapped = (json: JsonObject | undefined): boolean => isJsonObject(json?.audit_record);

/** Audit records of MySQL and its kin (MariaDB, Percona, GreatSQL). */
export const source = defineSource({
  id: 'mysql-audit',
  title: { zh: 'MySQL / MariaDB 数据库审计', en: 'MySQL and MariaDB audit' },
  vendor: 'Oracle',
  product: 'MySQL',
  formats: ['csv', 'json', 'syslog'],
  watches: ['data'],
  asks: {
    keys: KEYS,
    marks: [
      ',CONNECT,',
      ',DISCONNECT,',
      ',QUERY,',
      ',FAILED_CONNECT,',
      ',READ,',
      ',WRITE,',
      ',TABLE,',
      ',DROP,',
      ',CREATE,',
    ],
  },
  supplies: [
    supply(['mysql', 'database', 'audit'], [...namesOf(NAMES), 'hostname', 'outcome', 'query_id', 'src_host']),
  ],
  detect: ({ json, text }) =>
    json !== undefined ? (isWrapped(json) || LAYOUT.is(json) ? 0.94 : 0) : CSV.test(text.slice(0, 8192)) ? 0.94 : 0,
  parse,
});

function parse(opened: OpenedText): SourceEvent | null {
  const { text, json, context } = opened;
  if (json !== undefined) return isWrapped(json) ? percona(json, opened) : readJson(opened, LAYOUT);
  const found = CSV.exec(text.slice(0, 65_536))?.groups;
  if (found === undefined) return null;
  const fields: Fields = {};
  put(fields, 'hostname', found.server);
  put(fields, 'user', found.user);
  put(fields, /^[0-9a-f.:]*[.:][0-9a-f.:]*$/i.test(found.from ?? '') ? 'src_ip' : 'src_host', found.from);
  put(fields, 'session_id', found.connection);
  put(fields, 'query_id', found.query_id);
  put(fields, 'action', found.operation?.toLowerCase());
  put(fields, 'database', found.database);
  const rest = (found.rest ?? '').replace(/^'|'$/g, '');
  put(fields, found.operation === 'QUERY' ? 'sql' : 'object', rest);
  put(fields, 'status_code', found.code);
  put(fields, 'outcome', found.code === '0' ? 'success' : 'failure');
  const day = (found.day ?? '').replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
  return eventAt(logsource, [parseTimestamp(`${day} ${found.clock}`, context.zone)], context, fields);
}

/** Percona wraps a flat record: `{"audit_record":{"name":"Query","user":"root[root] @ localhost []",…}}`. */
function percona(json: JsonObject, { context }: OpenedText): SourceEvent {
  const record = isJsonObject(json.audit_record) ? json.audit_record : {};
  const text = (name: string): string =>
    typeof record[name] === 'string' || typeof record[name] === 'number' ? String(record[name]) : '';
  const fields: Fields = {};
  put(fields, 'action', text('name').toLowerCase());
  put(fields, 'command_tag', text('command_class'));
  put(fields, 'session_id', text('connection_id'));
  put(fields, 'status_code', text('status'));
  put(fields, 'outcome', text('status') === '0' ? 'success' : 'failure');
  put(fields, 'sql', text('sqltext'));
  put(fields, 'user', /^([^[\s]{1,128})/.exec(text('user'))?.[1]);
  put(fields, 'src_ip', text('ip'));
  put(fields, 'database', text('db'));
  return eventAt(logsource, [parseTimestamp(text('timestamp').replace(' UTC', 'Z'), context.zone)], context, fields);
}
