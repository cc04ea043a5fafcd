import { defineSource } from '#engine/formats/define.ts';
import { type JsonLayout, readJson } from '#engine/formats/json-source.ts';
import { type Names, namesOf, oneText, supply } from '#engine/formats/sigma-fields.ts';

/** 奇安信《天擎 日志外发》: client, event and object as JSON over syslog. */
const NAMES: Names = {
  client_ip: 'src_ip',
  client_name: 'hostname',
  client_mac: 'src_mac',
  client_group: 'group',
  user_name: 'user',
  virus_name: 'Signature',
  virus_type: 'threat_type',
  file_path: 'Filename',
  virus_path: 'Filename',
  file_md5: 'Hashes',
  md5: 'Hashes',
  process_path: 'Image',
  command_line: 'CommandLine',
  parent_process_path: 'ParentImage',
  op_result: 'action',
  deal_result: 'action',
  risk_level: 'severity',
  log_type: 'event_type',
  client_id: 'device_id',
  rule_name: 'rule_name',
  remote_ip: 'dst_ip',
  remote_port: 'dst_port',
};

const LAYOUT: JsonLayout = {
  is: (json) =>
    json.client_ip !== undefined && (json.client_id ?? json.client_name) !== undefined && json.log_type !== undefined,
  names: NAMES,
  times: ['create_time', 'event_time', 'time'],
  logsource: (fields) => ({
    product: 'qianxin',
    category: fields.Signature === undefined ? '' : 'antivirus',
    service: 'tianqing',
  }),
  finish: (fields) => {
    if (typeof fields.severity === 'string') fields.severity = oneText(fields.severity).toLowerCase();
  },
};

/** QiAnXin Tianqing endpoint security. */
export const source = defineSource({
  id: 'qianxin-tianqing',
  title: { zh: '奇安信天擎终端安全', en: 'QiAnXin Tianqing' },
  vendor: 'QiAnXin',
  product: 'Tianqing',
  formats: ['json', 'syslog'],
  watches: ['endpoint'],
  asks: { keys: ['client_ip'] },
  supplies: ['', 'antivirus'].map((category) => supply(['qianxin', category, 'tianqing'], namesOf(NAMES))),
  detect: ({ json }) => (json !== undefined && LAYOUT.is(json) ? 0.93 : 0),
  parse: (opened) => readJson(opened, LAYOUT),
});
