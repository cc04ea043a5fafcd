import type { CefRecord } from '#engine/formats/cef.ts';
import { CEF_FIELDS, cefFields, cefTimes } from '#engine/formats/cef-names.ts';
import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { parseKeyValue } from '#engine/formats/kv.ts';
import {
  eventAt,
  type Fields,
  type Names,
  namesOf,
  oneText,
  plainProtocol,
  put,
  putUri,
  rename,
  supply,
} from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime, parseTimestamp } from '#engine/formats/time.ts';

const logsource = { product: 'checkpoint', category: 'firewall', service: '' } as const;

/** Check Point's own field names (Check Point, "Log Exporter" and "Logs fields description"). */
const NAMES: Names = {
  time: '',
  rt: '',
  src: 'src_ip',
  s_port: 'src_port',
  xlatesrc: 'src_nat_ip',
  xlatesport: 'src_nat_port',
  dst: 'dst_ip',
  xlatedst: 'dst_nat_ip',
  xlatedport: 'dst_nat_port',
  proto: 'protocol',
  service_id: 'service',
  user: 'user',
  src_user_name: 'user',
  src_machine_name: 'src_host',
  dst_machine_name: 'dst_host',
  ifname: 'in_interface',
  ifdir: 'direction',
  inzone: 'src_zone',
  outzone: 'dst_zone',
  rule_name: 'policy_name',
  rule_uid: 'policy_id',
  orig: 'device_ip',
  origin: 'device_ip',
  origin_sic_name: 'origin_sic_name',
  originsicname: 'origin_sic_name',
  loguid: 'log_id',
  sent_bytes: 'bytes_out',
  received_bytes: 'bytes_in',
  client_outbound_bytes: 'bytes_out',
  client_inbound_bytes: 'bytes_in',
  protection_name: 'signature',
  attack: 'signature',
  attack_info: 'attack_info',
  malware_family: 'malware_family',
  file_name: 'FileName',
  file_md5: 'Hashes',
  resource: '',
  appi_name: 'application',
  matched_category: 'url_category',
  product: 'blade',
};

/** `product` is the blade that wrote the record; CEF's header has it, its extension the rest. */
const CEF_OWN: Names = {
  ...NAMES,
  deviceDirection: 'direction',
  suser: 'user',
  service_id: 'service',
  cp_severity: 'threat_severity',
};

/** Check Point's Log Exporter: CEF, its own `name:"value"; …`, or LEEF and Splunk forms with the same names. */
export const source = defineSource({
  id: 'checkpoint-firewall',
  title: { zh: 'Check Point 防火墙', en: 'Check Point firewall' },
  vendor: 'Check Point',
  product: 'Quantum',
  formats: ['syslog', 'kv', 'cef'],
  watches: ['network'],
  asks: { marks: ['|Check Point|', 'CheckPoint', 'loguid:"', 'ifdir:"'] },
  supplies: [
    supply(['checkpoint', 'firewall', ''], [...namesOf(NAMES, CEF_OWN), ...CEF_FIELDS, 'hostname', 'action', 'policy']),
  ],
  detect: ({ text, cef }) => (cef ? (isCheckPoint(cef) ? 0.97 : 0) : PAIRS.test(text) ? 0.95 : 0),
  parse,
});

const PAIRS = /\[?(?:action|flags):"[^"]{0,64}"; ?[a-z_]{1,40}:"/;
const isCheckPoint = (cef: CefRecord): boolean => cef.vendor === 'Check Point';

function parse(opened: OpenedText): SourceEvent | null {
  const { cef, text, context, syslog } = opened;
  if (cef !== undefined) {
    if (!isCheckPoint(cef)) return null;
    const { time: _time, ...extension } = cef.extension;
    const fields = cefFields({ ...cef, extension }, CEF_OWN);
    put(fields, 'blade', cef.product);
    const times = cefTimes(cef).map((time) => parseDeviceTime(time, context));
    return finish(fields, extension, [...times, syslog.timeMs], opened, cef.problems);
  }
  const start = PAIRS.exec(text);
  if (start === null) return null;
  const body = text
    .slice(start.index)
    .replace(/^\[/, '')
    .replace(/\]\s*$/, '');
  const { record } = parseKeyValue(body, { assign: ':', pair: 'comma' });
  const fields = rename(record, NAMES);
  if (oneText(record.service) !== '') put(fields, 'dst_port', oneText(record.service));
  return finish(fields, record, [parseTimestamp(oneText(record.time), context.zone), syslog.timeMs], opened, []);
}

function finish(
  fields: Fields,
  record: Readonly<Fields>,
  times: readonly (number | undefined)[],
  { syslog, context }: OpenedText,
  problems: readonly string[],
): SourceEvent {
  // The gateway's certificate name is the one name of it that every record has.
  const gateway = /^CN=([^,]{1,128})/.exec(oneText(fields.origin_sic_name))?.[1] ?? syslog.hostname;
  if (fields.hostname === undefined) put(fields, 'hostname', gateway);
  putUri(fields, oneText(record.resource));
  if (typeof fields.action === 'string') fields.action = fields.action.toLowerCase();
  if (fields.direction === '0') fields.direction = 'inbound';
  if (fields.direction === '1') fields.direction = 'outbound';
  plainProtocol(fields);
  return eventAt(logsource, times, context, fields, problems);
}
