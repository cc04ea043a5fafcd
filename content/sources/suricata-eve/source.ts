import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { flattenJson, isJsonObject, type JsonObject } from '#engine/formats/json.ts';
import { ACCESS_FIELDS, type Fields, put } from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

const NETWORK = [
  'event_type',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'protocol',
  'app_proto',
  'hostname',
  'flow_id',
];

/**
 * Suricata's EVE records. A service is the record's own kind; HTTP and DNS also carry Sigma's category, so that rules
 * written for web server and DNS logs see what passes on the wire.
 */
export const source = defineSource({
  id: 'suricata-eve',
  title: { zh: 'Suricata 流量检测', en: 'Suricata EVE' },
  vendor: 'OISF',
  product: 'Suricata',
  formats: ['json', 'syslog'],
  watches: ['network'],
  asks: { keys: ['event_type', 'alert'] },
  supplies: [
    supply('', 'alert', ['action', 'signature', 'signature_id', 'category', 'severity']),
    supply('dns', 'dns', ['query', 'record_type', 'answer', 'dns.type', 'dns.rcode']),
    supply('webserver', 'http', ACCESS_FIELDS),
    supply('proxy', 'http', ACCESS_FIELDS),
    supply('', 'tls', ['tls.sni', 'tls.subject', 'tls.issuerdn', 'tls.version', 'tls.ja3.hash', 'tls.fingerprint']),
    supply('', 'flow', ['bytes_out', 'bytes_in', 'flow.state', 'flow.reason', 'flow.age']),
    supply('', 'fileinfo', ['TargetFilename', 'fileinfo.size', 'fileinfo.magic', 'Hashes']),
    supply('', 'ssh', ['ssh.client.software_version', 'ssh.server.software_version']),
    supply('', 'anomaly', ['anomaly.event', 'anomaly.type']),
    supply('', 'stats', []),
    supply('', 'smb', ['smb.command', 'smb.filename', 'smb.share']),
  ],
  detect: ({ json }) => (json !== undefined && isEve(json) ? 0.95 : 0),
  parse,
});

function supply(category: string, service: string, fields: readonly string[]) {
  return { logsource: { product: 'suricata', category, service }, fields: [...NETWORK, ...fields], open: true };
}

const isEve = (json: JsonObject): boolean =>
  typeof json.timestamp === 'string' &&
  kindOf(json) !== '' &&
  (json.flow_id !== undefined || json.event_type === 'stats' || json.src_ip !== undefined);

/** Some shippers drop `event_type` of alerts, which carry their own mark. */
function kindOf(json: JsonObject): string {
  if (typeof json.event_type === 'string') return json.event_type;
  return isJsonObject(json.alert) && json.alert.signature_id !== undefined ? 'alert' : '';
}

function parse({ json, context }: OpenedText): SourceEvent | null {
  if (json === undefined || !isEve(json)) return null;
  const kind = kindOf(json);
  // Counters of the sensor itself: hundreds of names and nothing to detect on. The original keeps them.
  const { stats: _stats, ...rest } = json;
  const { record, problems } = flattenJson(rest);
  const fields: Fields = {};
  for (const [name, value] of Object.entries(record)) {
    if (name !== 'timestamp' && name !== 'host') put(fields, RENAMED[name] ?? name, value);
  }
  put(fields, 'hostname', typeof json.host === 'string' ? json.host : undefined);
  if (isJsonObject(json.http)) completeHttp(fields, record);
  if (isJsonObject(json.dns)) completeDns(fields, record);
  if (kind === 'fileinfo') put(fields, 'Hashes', hashes(record));
  const timeMs = parseTimestamp(String(json.timestamp), context.zone);
  return {
    logsource: { product: 'suricata', category: categoryOf(kind, fields), service: kind },
    timeMs: timeMs ?? context.receivedAtMs,
    fields,
    problem: (timeMs === undefined ? [...problems, 'no readable time: time of receipt used'] : problems).join('; '),
  };
}

const RENAMED: Readonly<Record<string, string>> = {
  dest_ip: 'dst_ip',
  dest_port: 'dst_port',
  proto: 'protocol',
  'alert.action': 'action',
  'alert.signature': 'signature',
  'alert.signature_id': 'signature_id',
  'alert.category': 'category',
  'alert.severity': 'severity',
  'flow.bytes_toserver': 'bytes_out',
  'flow.bytes_toclient': 'bytes_in',
  'http.http_method': 'cs-method',
  'http.hostname': 'cs-host',
  'http.http_user_agent': 'cs-user-agent',
  'http.http_refer': 'cs-referer',
  'http.protocol': 'cs-version',
  'http.status': 'sc-status',
  'http.length': 'sc-bytes',
  'fileinfo.filename': 'TargetFilename',
};

const text = (value: Fields[string] | undefined): string => (typeof value === 'string' ? value : (value?.[0] ?? ''));

function completeHttp(fields: Fields, record: Readonly<Fields>): void {
  const url = text(record['http.url']);
  const question = url.indexOf('?');
  delete fields['http.url'];
  put(fields, 'cs-uri', url);
  put(fields, 'cs-uri-stem', question === -1 ? url : url.slice(0, question));
  if (question !== -1) put(fields, 'cs-uri-query', url.slice(question + 1));
  put(fields, 'c-ip', fields.src_ip);
}

/** Names of the question and the answers in EVE's DNS versions 1 to 3. */
function completeDns(fields: Fields, record: Readonly<Fields>): void {
  put(fields, 'query', record['dns.rrname'] ?? record['dns.queries.rrname'] ?? record['dns.query.rrname']);
  put(fields, 'record_type', record['dns.rrtype'] ?? record['dns.queries.rrtype'] ?? record['dns.query.rrtype']);
  put(fields, 'answer', record['dns.answers.rdata'] ?? record['dns.grouped.A'] ?? record['dns.rdata']);
}

function hashes(record: Readonly<Fields>): string {
  const pairs = (['md5', 'sha1', 'sha256'] as const).map((kind) => [
    kind.toUpperCase(),
    text(record[`fileinfo.${kind}`]),
  ]);
  return pairs
    .filter(([, value]) => value !== '')
    .map(([kind, value]) => `${kind}=${value}`)
    .join(',');
}

/** A request to an inside address was served here; one from inside to outside is what a proxy would see. */
function categoryOf(kind: string, fields: Fields): string {
  if (kind === 'dns') return 'dns';
  if (kind !== 'http') return '';
  return isPrivate(text(fields.src_ip)) && !isPrivate(text(fields.dst_ip)) ? 'proxy' : 'webserver';
}

/** RFC 1918, RFC 6598, loopback and link-local, RFC 4193. */
const isPrivate = (ip: string): boolean =>
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|127\.|169\.254\.|f[cd][0-9a-f]{2}:|fe80:|::1$)/i.test(
    ip,
  );
