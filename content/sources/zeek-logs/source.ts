import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { flattenJson, type JsonObject } from '#engine/formats/json.ts';
import { eventAt, type Fields, oneText, put, putUri, supply } from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

/** Which log a record is of, where the writer does not say (`_path`): by fields that only this log has. */
const MARKS: readonly (readonly [string, string])[] = [
  ['conn_state', 'conn'],
  ['qtype_name', 'dns'],
  ['rcode_name', 'dns'],
  ['status_code', 'http'],
  ['server_name', 'ssl'],
  ['ja3', 'ssl'],
  ['note', 'notice'],
  ['named_pipe', 'dce_rpc'],
  ['auth_success', 'ssh'],
  ['share_type', 'smb_mapping'],
  ['mailfrom', 'smtp'],
  ['request_type', 'kerberos'],
  ['keyboard_layout', 'rdp'],
  ['mime_type', 'files'],
];
const SERVICES = [
  'conn',
  'dns',
  'http',
  'ssl',
  'notice',
  'dce_rpc',
  'ssh',
  'smb_mapping',
  'smb_files',
  'smtp',
  'kerberos',
  'rdp',
  'files',
  'x509',
  'weird',
  'ntlm',
  'other',
];
const CATEGORIES: Readonly<Record<string, string>> = { dns: 'dns', http: 'webserver', conn: 'network_connection' };
const FIELDS = [
  'uid',
  'id.orig_h',
  'id.orig_p',
  'id.resp_h',
  'id.resp_p',
  'proto',
  'service',
  'query',
  'qtype_name',
  'answers',
  'operation',
  'endpoint',
  'name',
  'path',
  'uri',
  'user_agent',
  'note',
  'msg',
];

const isZeek = (json: JsonObject): boolean =>
  json.ts !== undefined &&
  (json.uid !== undefined || json._path !== undefined || json.fuid !== undefined) &&
  (json['id.orig_h'] !== undefined || json.id !== undefined || json._path !== undefined || json.fuid !== undefined);

/** Zeek's logs in JSON; files of its tables are turned into it as they are read. Sigma's Zeek rules use Zeek's own names. */
export const source = defineSource({
  id: 'zeek-logs',
  title: { zh: 'Zeek 网络流量日志', en: 'Zeek' },
  vendor: 'Zeek',
  product: 'Zeek',
  formats: ['json', 'syslog'],
  watches: ['network'],
  asks: { keys: ['ts'] },
  supplies: SERVICES.map((service) =>
    supply(
      ['zeek', CATEGORIES[service] ?? '', service],
      [...FIELDS, 'cs-method', 'cs-host', 'cs-uri', 'cs-user-agent', 'sc-status', 'c-ip', 'bytes_out', 'bytes_in'],
    ),
  ),
  detect: ({ json }) => (json !== undefined && isZeek(json) ? 0.94 : 0),
  parse,
});

function parse({ json, context }: OpenedText): SourceEvent | null {
  if (json === undefined || !isZeek(json)) return null;
  const { record, problems } = flattenJson(json);
  const { ts, _path: path, ...rest } = record;
  const fields: Fields = {};
  for (const [name, value] of Object.entries(rest)) if (value !== '-' && value !== '(empty)') put(fields, name, value);
  const said = oneText(path) || (MARKS.find(([mark]) => record[mark] !== undefined)?.[1] ?? 'other');
  const service = SERVICES.includes(said) ? said : 'other';
  put(fields, 'bytes_out', oneText(record.orig_bytes));
  put(fields, 'bytes_in', oneText(record.resp_bytes));
  if (service === 'http') {
    put(fields, 'cs-method', oneText(record.method));
    put(fields, 'cs-host', oneText(record.host));
    putUri(fields, oneText(record.uri));
    put(fields, 'cs-user-agent', oneText(record.user_agent));
    put(fields, 'sc-status', oneText(record.status_code));
  }
  return eventAt(
    { product: 'zeek', category: CATEGORIES[service] ?? '', service },
    [parseTimestamp(oneText(ts), context.zone)],
    context,
    fields,
    problems,
  );
}
