import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { flattenJson, isJsonObject, type JsonObject } from '#engine/formats/json.ts';
import { type Fields, put } from '#engine/formats/sigma-fields.ts';
import { hourInZone, parseTimestamp } from '#engine/formats/time.ts';

const logsource = { product: 'tongan', category: 'api', service: 'gateway' } as const;

/**
 * Calls of data interfaces as an interface gateway reports them to the centre, in the centre's own JSON form (GB/T
 * 46796-2025 asks for caller, interface, volume and what of it is sensitive). The gateway counts identifiers in the
 * response by kind and never sends the values:
 *
 * `{"log":"tongan-api/1","time":…,"gateway":…,"request_id":…,"caller":{"id","name","unit","ip"},"interface":{"id","name",
 * "registered","state","data_grade","declared":[kinds]},"method","path","query","status","duration_ms","rows",
 * "request_bytes","response_bytes","sensitive":{kind: count},"sample":masked text}`
 */
export const source = defineSource({
  id: 'tongan-api',
  title: { zh: '数据接口网关日志', en: 'Data interface gateway' },
  vendor: "Tong'an",
  product: 'interface gateway',
  formats: ['json', 'syslog'],
  watches: ['data', 'application'],
  asks: { keys: ['log'] },
  supplies: [
    {
      logsource,
      fields: [
        ...['hostname', 'request_id', 'caller', 'caller_name', 'caller_unit', 'src_ip', 'interface', 'interface_name'],
        ...['interface_registered', 'interface_state', 'data_grade', 'cs-method', 'cs-uri-stem', 'cs-uri-query'],
        ...['sc-status', 'sc-bytes', 'cs-bytes', 'rows', 'duration_ms', 'local_hour', 'sensitive_total'],
        ...['sensitive_kinds', 'undeclared_kinds', 'sample'],
      ],
      open: true,
    },
  ],
  detect: ({ json }) => (json !== undefined && isCall(json) ? 0.99 : 0),
  parse,
});

const isCall = (json: JsonObject): boolean => typeof json.log === 'string' && json.log.startsWith('tongan-api/');

const NAMES: Readonly<Record<string, string>> = {
  gateway: 'hostname',
  'caller.id': 'caller',
  'caller.name': 'caller_name',
  'caller.unit': 'caller_unit',
  'caller.ip': 'src_ip',
  'interface.id': 'interface',
  'interface.name': 'interface_name',
  'interface.registered': 'interface_registered',
  'interface.state': 'interface_state',
  'interface.data_grade': 'data_grade',
  'interface.declared': 'declared_kinds',
  method: 'cs-method',
  path: 'cs-uri-stem',
  query: 'cs-uri-query',
  status: 'sc-status',
  response_bytes: 'sc-bytes',
  request_bytes: 'cs-bytes',
};

function parse({ json, context }: OpenedText): SourceEvent | null {
  if (json === undefined || !isCall(json)) return null;
  const { record, problems } = flattenJson(json);
  const fields: Fields = {};
  for (const [name, value] of Object.entries(record)) {
    if (name !== 'log' && name !== 'time') put(fields, NAMES[name] ?? name, value);
  }
  const timeMs = parseTimestamp(String(json.time ?? ''), context.zone);
  put(fields, 'local_hour', String(hourInZone(timeMs ?? context.receivedAtMs, context.zone)));
  countSensitive(json, fields);
  return {
    logsource,
    timeMs: timeMs ?? context.receivedAtMs,
    fields,
    problem: (timeMs === undefined ? [...problems, 'no readable time: time of receipt used'] : problems).join('; '),
  };
}

/** Adds up the identifiers of the response and names the kinds nobody declared for the interface. */
function countSensitive(json: JsonObject, fields: Fields): void {
  if (!isJsonObject(json.sensitive)) return;
  const found = Object.entries(json.sensitive)
    .slice(0, 64)
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0);
  const kinds = found.map(([kind]) => kind);
  const declared = isJsonObject(json.interface) ? json.interface.declared : undefined;
  const known = new Set(Array.isArray(declared) ? declared : []);
  put(fields, 'sensitive_total', String(found.reduce((sum, [, count]) => sum + count, 0)));
  put(fields, 'sensitive_kinds', kinds);
  put(
    fields,
    'undeclared_kinds',
    kinds.filter((kind) => !known.has(kind)),
  );
}
