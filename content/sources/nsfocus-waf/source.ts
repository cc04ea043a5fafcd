import { defineSource, type OpenedText } from '#engine/formats/define.ts';
import { CHINESE_ACTIONS, type PairsLayout, readPairs } from '#engine/formats/pairs-source.ts';
import { type Names, namesOf, oneText, supply } from '#engine/formats/sigma-fields.ts';

/** `tag:waf_log_websec site_id:… event_type:SQL_Injection stat_time:…` (绿盟 WAF 日志接口说明). */
const NAMES: Names = {
  tag: 'event_type',
  stat_time: '$time',
  event_type: 'category',
  alertlevel: 'severity',
  src_ip: 'src_ip',
  src_port: 'src_port',
  dst_ip: 'dst_ip',
  dst_port: 'dst_port',
  method: 'cs-method',
  domain: 'cs-host',
  uri: '$url',
  url: '$url',
  action: 'action',
  policy_id: 'policy_id',
  policy_desc: 'policy_name',
  rule_id: 'signature_id',
  rule_name: 'signature',
  alertinfo: 'message',
  proxy_info: 'x_forwarded_for',
  protocol_type: 'app_proto',
  country: 'src_country',
  account: 'user',
  user: 'user',
  opt: 'object',
  desc: 'message',
};
const START = /\btag:waf_log_\w{2,32}\s/;

/** NSFOCUS WAF. */
export const source = defineSource({
  id: 'nsfocus-waf',
  title: { zh: '绿盟 WAF', en: 'NSFOCUS WAF' },
  vendor: 'NSFOCUS',
  product: 'WAF',
  formats: ['syslog', 'kv'],
  watches: ['application'],
  asks: { marks: ['tag:waf_log_'] },
  supplies: [
    supply(['nsfocus', 'waf', ''], [...namesOf(NAMES), 'hostname', 'cs-uri', 'cs-uri-stem', 'cs-uri-query', 'blocked']),
  ],
  detect: ({ text }) => (START.test(text.slice(0, 1024)) ? 0.96 : 0),
  // The time has a space in it, which would end the value.
  parse: (opened: OpenedText) =>
    readPairs(opened, LAYOUT, opened.text.replace(/(stat_time:\d{4}-\d{2}-\d{2}) (?=\d{2}:)/, '$1T')),
});

const LAYOUT: PairsLayout = {
  start: START,
  style: { assign: ':', pair: 'space' },
  names: NAMES,
  words: { action: CHINESE_ACTIONS },
  logsource: () => ({ product: 'nsfocus', category: 'waf', service: '' }),
  finish: (fields) => {
    if (typeof fields.severity === 'string') fields.severity = oneText(fields.severity).toLowerCase();
    if (typeof fields.action === 'string') fields.action = oneText(fields.action).toLowerCase();
  },
};
