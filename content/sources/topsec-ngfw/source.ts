import { defineSource, type OpenedText } from '#engine/formats/define.ts';
import { CHINESE_ACTIONS, readPairs } from '#engine/formats/pairs-source.ts';
import { type Names, namesOf, oneText, supply } from '#engine/formats/sigma-fields.ts';

/** `id=tos time="…" fw=… pri=5 type=… src=…` (天融信, TopsecOS 日志手册). */
const NAMES: Names = {
  time: '$time',
  fw: 'hostname',
  pri: 'severity',
  src: 'src_ip',
  sport: 'src_port',
  smac: 'src_mac',
  sarea: 'src_zone',
  dst: 'dst_ip',
  dport: 'dst_port',
  dmac: 'dst_mac',
  darea: 'dst_zone',
  trans: 'nat',
  proto: 'protocol',
  indev: 'in_interface',
  outdev: 'out_interface',
  rule: 'action',
  result: 'outcome',
  op: 'CommandLine',
  policyid: 'policy_id',
  connid: 'session_id',
  sndpkt: 'packets_out',
  rcvpkt: 'packets_in',
  sndbyte: 'bytes_out',
  rcvbyte: 'bytes_in',
  inpkt: 'packets_in',
  outpkt: 'packets_out',
  sent: 'bytes_out',
  rcvd: 'bytes_in',
  user: 'user',
  duser: 'target_user',
  event: 'signature',
  sid: 'signature_id',
  attack: 'signature',
  attack_type: 'category',
  app: 'application',
  msg: 'message',
  url: '$url',
  domain: 'cs-host',
};

/** Topsec firewalls and gateways that run TopsecOS. */
export const source = defineSource({
  id: 'topsec-ngfw',
  title: { zh: '天融信下一代防火墙', en: 'Topsec NGFW' },
  vendor: 'Topsec',
  product: 'NGFW',
  formats: ['syslog', 'kv'],
  watches: ['network'],
  asks: { marks: ['id=tos ', 'id=ngtos ', 'id=firewall '] },
  supplies: ['traffic', 'mgmt', 'ips', 'system'].map((service) =>
    supply(
      ['topsec', service === 'traffic' || service === 'ips' ? 'firewall' : '', service],
      [...namesOf(NAMES), 'type', 'recorder', 'cs-uri'],
    ),
  ),
  detect: ({ text }) => (START.test(text.slice(0, 1024)) ? 0.96 : 0),
  parse: (opened: OpenedText) =>
    readPairs(opened, {
      start: START,
      style: { assign: '=', pair: 'space' },
      names: NAMES,
      words: { action: CHINESE_ACTIONS },
      logsource: (fields) => {
        const service = serviceOf(oneText(fields.type));
        return { product: 'topsec', category: service === 'traffic' || service === 'ips' ? 'firewall' : '', service };
      },
    }),
});

const START = /\bid=(?:ng)?tos time=|\bid=firewall time=/;

function serviceOf(type: string): string {
  if (/^(?:ac|conn|nat|pf|fw)$/.test(type)) return 'traffic';
  if (/^(?:ips|ids|av|waf|attack|ddos)/.test(type)) return 'ips';
  return type === 'mgmt' ? 'mgmt' : 'system';
}
