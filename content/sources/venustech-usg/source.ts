import { defineSource, type OpenedText } from '#engine/formats/define.ts';
import { CHINESE_ACTIONS, readPairs } from '#engine/formats/pairs-source.ts';
import { type Names, namesOf, oneText, supply } from '#engine/formats/sigma-fields.ts';

/** `date="…" devid=3 dname=… logtype=1 pri=5 ver=… mod=pf sa=… da=…` (启明星辰 天清汉马 USG, 网御防火墙). */
const FIREWALL: Names = {
  date: '$time',
  devid: 'device_type',
  dname: 'hostname',
  logtype: 'event_type',
  pri: 'severity',
  ver: 'observer_version',
  mod: 'module',
  sa: 'src_ip',
  sport: 'src_port',
  da: 'dst_ip',
  dport: 'dst_port',
  smac: 'src_mac',
  dmac: 'dst_mac',
  proto: 'protocol',
  policy: 'policy_id',
  rule_name: 'policy_name',
  act: 'action',
  sent: 'bytes_out',
  rcvd: 'bytes_in',
  user: 'user',
  from: 'src_ip',
  agent: 'cs-user-agent',
  admin: 'user',
  dsp_msg: 'message',
  url: '$url',
};

/** `SerialNum=… GenTime="…" SrcIP=… EventName=…` (启明星辰 天清入侵防御, 天阗入侵检测). */
const IPS: Names = {
  GenTime: '$time',
  SerialNum: 'device_id',
  SrcIP: 'src_ip',
  SrcPort: 'src_port',
  SrcMAC: 'src_mac',
  SMAC: 'src_mac',
  DstIP: 'dst_ip',
  DstPort: 'dst_port',
  DstMAC: 'dst_mac',
  DMAC: 'dst_mac',
  InInterface: 'in_interface',
  OutInterface: 'out_interface',
  FwPolicyID: 'policy_id',
  EventName: 'signature',
  SecurityID: 'signature_id',
  SecurityType: 'category',
  EventsetName: 'policy_set',
  ProtocolType: 'app_proto',
  Protocol: 'protocol',
  Action: 'action',
  EventLevel: 'threat_severity',
  Content: 'message',
  EvtCount: 'count',
  UserName: 'user',
};

const PROTO = /^IPPROTO_/;

/** Venustech and Leadsec: unified gateways in one form, intrusion prevention and detection in another. */
export const source = defineSource({
  id: 'venustech-usg',
  title: { zh: '启明星辰 天清汉马 / 天清 IPS / 天阗', en: 'Venustech USG, IPS and IDS' },
  vendor: 'Venustech',
  product: 'USG',
  formats: ['syslog', 'kv'],
  watches: ['network'],
  asks: { marks: [' dname=', 'logtype=', 'SerialNum='] },
  supplies: [
    supply(['venustech', 'firewall', 'usg'], [...namesOf(FIREWALL), 'cs-uri']),
    supply(['venustech', '', 'ips'], [...namesOf(IPS), 'hostname']),
  ],
  detect: ({ text }) => {
    const head = text.slice(0, 2048);
    return USG.test(head) || SENSOR.test(head) ? 0.95 : 0;
  },
  parse,
});

const USG = /\b(?:date="|devid=)[^\r\n]{0,200}\bdname=\S{1,64}[^\r\n]{0,100}\blogtype=\d/;
const SENSOR = /\bSerialNum=\S{1,64} GenTime="/;

function parse(opened: OpenedText) {
  const style = { assign: '=', pair: 'space' } as const;
  const words = { action: CHINESE_ACTIONS };
  if (SENSOR.test(opened.text.slice(0, 2048))) {
    return readPairs(opened, {
      start: SENSOR,
      style,
      names: IPS,
      words,
      logsource: () => ({ product: 'venustech', category: '', service: 'ips' }),
    });
  }
  return readPairs(opened, {
    start: USG,
    style,
    names: FIREWALL,
    words,
    logsource: () => ({ product: 'venustech', category: 'firewall', service: 'usg' }),
    finish: (fields) => {
      for (const name of Object.keys(fields)) if (fields[name] === 'NULL') delete fields[name];
      const protocol = oneText(fields.protocol);
      if (protocol !== '') fields.protocol = protocol.toUpperCase().replace(PROTO, '').toLowerCase();
    },
  });
}
