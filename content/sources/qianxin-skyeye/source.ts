import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { parseJsonObject } from '#engine/formats/json.ts';
import { type JsonLayout, readJson } from '#engine/formats/json-source.ts';
import { type Names, namesOf, oneText, put, supply } from '#engine/formats/sigma-fields.ts';

/** `kind|!host|!time|!{json}` of the SkyEye sensor (奇安信《天眼 syslog 外发说明》). */
const NAMES: Names = {
  sip: 'src_ip',
  attack_sip: 'src_ip',
  alarm_sip: 'alarm_ip',
  sport: 'src_port',
  dip: 'dst_ip',
  dport: 'dst_port',
  x_forwarded_for: 'x_forwarded_for',
  proto: 'protocol',
  app: 'app_proto',
  vuln_name: 'signature',
  rule_name: 'signature',
  threat_name: 'signature',
  rule_id: 'signature_id',
  attack_type: 'category',
  type_name: 'category',
  hazard_level: 'severity',
  severity: 'severity',
  attack_result: 'attack_result',
  host_state: 'attack_result',
  host: 'cs-host',
  uri: '$url',
  url: '$url',
  method: 'cs-method',
  agent: 'cs-user-agent',
  referer: 'cs-referer',
  rsp_status: 'sc-status',
  file_name: 'FileName',
  file_md5: 'Hashes',
  serial_num: 'device_id',
  dev_ip: 'device_ip',
  vendor_id: 'vendor_id',
};
const KINDS = [
  'webids_alert',
  'ips_alert',
  'webshell_alert',
  'ioc_alert',
  'alarm',
  'ids_alert',
  'file_alert',
  'weblog',
  'tcpflow',
  'dns',
  'login',
];
const HEAD = new RegExp(String.raw`\b(?<kind>${KINDS.join('|')})\|!(?:[^{]{0,200}\|!)?(?=\{)`);

const layoutOf = (kind: string): JsonLayout => ({
  is: () => true,
  names: NAMES,
  times: ['write_date', 'access_time', 'occurs_time', 'time'],
  logsource: () => ({ product: 'qianxin', category: kind === 'dns' ? 'dns' : '', service: 'skyeye' }),
  finish: (fields, record) => {
    put(fields, 'event_type', kind);
    put(fields, 'message', oneText(record.vuln_desc) || oneText(record.desc));
    if (kind === 'dns') put(fields, 'query', oneText(record.host));
  },
});

/** QiAnXin SkyEye: alarms and logs of the traffic sensor and the analysis platform. */
export const source = defineSource({
  id: 'qianxin-skyeye',
  title: { zh: '奇安信天眼', en: 'QiAnXin SkyEye' },
  vendor: 'QiAnXin',
  product: 'SkyEye',
  formats: ['json', 'syslog'],
  watches: ['network'],
  asks: { marks: ['|!{', '|!'] },
  supplies: ['', 'dns'].map((category) =>
    supply(
      ['qianxin', category, 'skyeye'],
      [...namesOf(NAMES), 'event_type', 'message', 'query', 'hostname', 'cs-uri'],
    ),
  ),
  detect: ({ text }) => (HEAD.test(text.slice(0, 1024)) ? 0.97 : 0),
  parse,
});

function parse(opened: OpenedText): SourceEvent | null {
  const { text, context, syslog } = opened;
  const head = HEAD.exec(text.slice(0, 1024));
  if (head === null) return null;
  const { record: json } = parseJsonObject(text.slice(head.index + head[0].length));
  if (json === undefined) return null;
  return readJson({ context, syslog, json }, layoutOf(head.groups?.kind ?? ''));
}
