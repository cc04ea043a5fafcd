import { defineSource } from '#engine/formats/define.ts';
import { type JsonLayout, readJson } from '#engine/formats/json-source.ts';
import { type Names, namesOf, oneText, put, putUri, supply } from '#engine/formats/sigma-fields.ts';

/** 长亭《雷池 WAF 日志外发字段说明》. */
const NAMES: Names = {
  src_ip: 'src_ip',
  src_port: 'src_port',
  socket_ip: 'x_forwarded_for',
  dest_ip: 'dst_ip',
  dest_port: 'dst_port',
  dst_ip: 'dst_ip',
  dst_port: 'dst_port',
  method: 'cs-method',
  host: 'cs-host',
  urlpath: '',
  query_string: '',
  status_code: 'sc-status',
  user_agent: 'cs-user-agent',
  referer: 'cs-referer',
  cookie: 'cs-cookie',
  protocol: 'app_proto',
  proto: 'app_proto',
  scheme: 'scheme',
  action: 'action',
  req_action: 'action',
  event_id: 'event_uuid',
  req_rule_id: 'signature_id',
  rule_id: 'signature_id',
  req_rule_module: 'signature',
  module: 'signature',
  req_attack_type: 'category',
  attack_type: 'category',
  req_risk_level: 'severity',
  risk_level: 'severity',
  req_policy_name: 'policy_name',
  policy_name: 'policy_name',
  req_payload: 'payload',
  payload: 'payload',
  node: 'hostname',
  country: 'src_country',
  timestamp_human: '',
};

const LAYOUT: JsonLayout = {
  is: (json) =>
    json.urlpath !== undefined &&
    json.src_ip !== undefined &&
    (json.req_risk_level ?? json.risk_level ?? json.req_attack_type ?? json.attack_type) !== undefined,
  names: NAMES,
  times: ['timestamp', 'req_start_time'],
  logsource: () => ({ product: 'chaitin', category: 'waf', service: 'safeline' }),
  finish: (fields, record) => {
    const query = oneText(record.query_string);
    putUri(fields, query === '' ? oneText(record.urlpath) : `${oneText(record.urlpath)}?${query}`);
    if (typeof fields.app_proto === 'string') put(fields, 'app_proto', fields.app_proto.toLowerCase());
  },
};

/** Chaitin SafeLine WAF. */
export const source = defineSource({
  id: 'chaitin-safeline',
  title: { zh: '长亭雷池 WAF', en: 'Chaitin SafeLine' },
  vendor: 'Chaitin',
  product: 'SafeLine',
  formats: ['json', 'syslog'],
  watches: ['application'],
  asks: { keys: ['urlpath'] },
  supplies: [supply(['chaitin', 'waf', 'safeline'], [...namesOf(NAMES), 'cs-uri', 'cs-uri-stem', 'cs-uri-query'])],
  detect: ({ json }) => (json !== undefined && LAYOUT.is(json) ? 0.96 : 0),
  parse: (opened) => readJson(opened, LAYOUT),
});
