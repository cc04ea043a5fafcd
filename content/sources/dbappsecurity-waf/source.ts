import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { CHINESE_ACTIONS, CHINESE_LEVELS } from '#engine/formats/pairs-source.ts';
import {
  eventAt,
  type Fields,
  type Names,
  namesOf,
  oneText,
  put,
  putUri,
  rename,
  supply,
} from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

/** `发生时间/…,威胁/高,事件/SQL注入,请求方法/GET,URL地址/…` (安恒《明御 WAF syslog 说明》): name, slash, value. */
const NAMES: Names = {
  发生时间: '',
  威胁: 'severity',
  事件: 'category',
  事件类型: 'category',
  请求方法: 'cs-method',
  URL地址: '$url',
  POST数据: 'post_data',
  服务器IP: 'dst_ip',
  主机名: 'cs-host',
  服务器端口: 'dst_port',
  客户端IP: 'src_ip',
  客户端端口: 'src_port',
  客户端环境: 'cs-user-agent',
  标签: 'tag',
  动作: 'action',
  'HTTP/S响应码': 'sc-status',
  攻击特征串: 'payload',
  触发规则: 'signature_id',
  访问唯一编号: 'event_uuid',
  国家: 'src_country',
  省: 'src_region',
  市: 'src_city',
  XFF_IP: 'x_forwarded_for',
};
/** Longest names first: `事件` begins `事件类型`. */
const ORDERED = Object.keys(NAMES).sort((a, b) => b.length - a.length);
const START = /发生时间\/\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},/;

/** DBAPPSecurity's web application firewall. */
export const source = defineSource({
  id: 'dbappsecurity-waf',
  title: { zh: '安恒明御 WAF', en: 'DBAPPSecurity WAF' },
  vendor: 'DBAPPSecurity',
  product: 'WAF',
  formats: ['syslog', 'text'],
  watches: ['application'],
  asks: { marks: ['发生时间/'] },
  supplies: [
    supply(['dbappsecurity', 'waf', ''], [...namesOf(NAMES), 'hostname', 'cs-uri', 'cs-uri-stem', 'cs-uri-query']),
  ],
  detect: ({ text }) => (START.test(text.slice(0, 1024)) ? 0.97 : 0),
  parse,
});

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const start = START.exec(text.slice(0, 1024));
  if (start === null) return null;
  const record = split(text.slice(start.index, start.index + 65_536));
  const { $url: url, ...fields } = rename(record, NAMES);
  put(fields, 'hostname', syslog.hostname);
  putUri(fields, oneText(url));
  put(fields, 'severity', CHINESE_LEVELS[oneText(fields.severity)]);
  put(fields, 'action', CHINESE_ACTIONS[oneText(fields.action)]);
  const times = [parseTimestamp(oneText(record.发生时间), context.zone), syslog.timeMs];
  return eventAt({ product: 'dbappsecurity', category: 'waf', service: '' }, times, context, fields);
}

/** A comma ends a value only when a known name and a slash follow: addresses and payloads hold both. */
function split(body: string): Fields {
  const record: Fields = {};
  let name = '';
  let from = 0;
  for (let at = 0; at >= 0 && at < body.length; ) {
    const next = ORDERED.find((known) => body.startsWith(`${known}/`, at));
    if (next !== undefined) {
      if (name !== '') put(record, name, body.slice(from, at - 1).trim());
      name = next;
      from = at + next.length + 1;
    }
    const comma = body.indexOf(',', next === undefined ? at : from);
    at = comma === -1 ? -1 : comma + 1;
  }
  if (name !== '') put(record, name, body.slice(from).trim());
  return record;
}
