import { defineSource, type OpenedText } from '#engine/formats/define.ts';
import { readPairs } from '#engine/formats/pairs-source.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import { eventAt, type Fields, type Names, namesOf, oneText, put, supply } from '#engine/formats/sigma-fields.ts';

/** `%%10MODULE/severity/MNEMONIC: ` of Comware 7; traffic records are `Name(number)=value;`. */
const HEADER = /%%10(?<module>[A-Z][A-Z0-9_-]{1,31})\/(?<severity>\d)\/(?<code>[A-Z0-9_]{2,64})(?:\([a-z]\))?: ?/;

const PAIRS: Names = {
  SrcIPAddr: 'src_ip',
  SrcIPv6Addr: 'src_ip',
  SrcPort: 'src_port',
  SrcMacAddr: 'src_mac',
  DstIPAddr: 'dst_ip',
  DstIPv6Addr: 'dst_ip',
  DstPort: 'dst_port',
  NatSrcIPAddr: 'src_nat_ip',
  NatSrcPort: 'src_nat_port',
  NatDstIPAddr: 'dst_nat_ip',
  NatDstPort: 'dst_nat_port',
  SrcZoneName: 'src_zone',
  DstZoneName: 'dst_zone',
  Protocol: 'protocol',
  Application: 'application',
  UserName: 'user',
  SecurityPolicy: 'policy_name',
  PolicyName: 'policy_name',
  RuleName: 'rule_name',
  RuleID: 'policy_id',
  Event: 'action',
  Action: 'action',
  AttackName: 'signature',
  AttackID: 'signature_id',
  VirusName: 'signature',
  VirusID: 'signature_id',
  Category: 'category',
  Severity: 'threat_severity',
  CVE: 'cve',
  HitDirection: 'direction',
  RealSrcIP: 'x_forwarded_for',
  RcvIfName: 'in_interface',
  SndIfName: 'out_interface',
  VlanID: 'vlan',
  BeginTime_e: 'started',
  InitPktCount: 'packets_out',
  InitByteCount: 'bytes_out',
  RplyPktCount: 'packets_in',
  RplyByteCount: 'bytes_in',
  HttpHost: 'cs-host',
  HttpFirstLine: 'request',
  URL: '$url',
  FileName: 'FileName',
  MD5: 'Hashes',
};

const SENTENCES: readonly Sentence[] = [
  { pattern: /^(?<user>\S{1,128}) logged (?<action>in|out) from (?<src_ip>[0-9A-Fa-f.:]{1,44}[0-9A-Fa-f])/ },
  { pattern: /^(?<user>\S{1,128}) from (?<src_ip>[0-9A-Fa-f.:]{1,44}[0-9A-Fa-f]) logged (?<action>in|out)/ },
  {
    pattern: /^(?<user>\S{1,128}) failed to log in from (?<src_ip>[0-9A-Fa-f.:]{1,44}[0-9A-Fa-f])/,
    set: { action: 'login', outcome: 'failure' },
  },
  {
    pattern:
      /^-Line=\S{1,32}-IPAddr=(?<src_ip>\S{2,45})-User=(?<user>[^;]{1,128}); Command is (?<CommandLine>.{1,4096})$/,
    set: { action: 'command' },
  },
];

const TRAFFIC = [
  'filter',
  'aspf',
  'session',
  'nat',
  'ips',
  'anti-vir',
  'antivirus',
  'atk',
  'waf',
  'ufltr',
  'dac',
  'ddos',
  'dpi',
];

/** H3C SecPath firewalls, IPS and load balancers, and Comware switches and routers. */
export const source = defineSource({
  id: 'h3c-secpath',
  title: { zh: '新华三 SecPath 防火墙', en: 'H3C SecPath and Comware' },
  vendor: 'H3C',
  product: 'SecPath',
  formats: ['syslog', 'kv'],
  watches: ['network'],
  asks: { marks: ['%%10'] },
  supplies: [...TRAFFIC, 'comware'].map((service) =>
    supply(
      ['h3c', TRAFFIC.includes(service) ? 'firewall' : '', service],
      [
        ...namesOf(PAIRS),
        ...['hostname', 'event_id', 'severity', 'message', 'outcome', 'CommandLine', 'cs-uri', 'cs-method'],
      ],
    ),
  ),
  detect: ({ text }) => (HEADER.test(text.slice(0, 1024)) && !HUAWEI.test(text.slice(0, 1024)) ? 0.96 : 0),
  parse,
});

/** Huawei's marks differ in the digits and in the letter behind the mnemonic. */
const HUAWEI = /%%01|\/[A-Za-z0-9_]{2,64}\([a-z]\)\[\d/;
const NUMBERED = /\((?:1\d{3}|\d{4})\)(?==)/g;

function parse(opened: OpenedText) {
  const { text, syslog, context } = opened;
  const header = HEADER.exec(text.slice(0, 1024));
  const found = header?.groups;
  if (header === null || found === undefined || HUAWEI.test(text.slice(0, 1024))) return null;
  const module = (found.module ?? '').toLowerCase();
  const service = TRAFFIC.includes(module) ? module : 'comware';
  const logsource = { product: 'h3c', category: service === 'comware' ? '' : 'firewall', service };
  const body = text.slice(header.index + header[0].length);
  const add = (fields: Fields): void => {
    put(fields, 'event_id', found.code);
    put(fields, 'severity', found.severity);
    if (typeof fields.action === 'string') fields.action = fields.action.toLowerCase();
    put(fields, 'cs-method', /^([A-Z]{3,8}) /.exec(oneText(fields.request))?.[1]);
  };
  if (/^[\s-]*[A-Za-z]\w{1,40}\(\d{4}\)=/.test(body)) {
    return readPairs(
      opened,
      { start: /\w/, style: { assign: '=', pair: 'comma' }, names: PAIRS, logsource: () => logsource, finish: add },
      body.replace(NUMBERED, ''),
    );
  }
  const fields: Fields = {};
  put(fields, 'hostname', syslog.hostname);
  put(fields, 'message', body.trim());
  readSentence(body.trim(), SENTENCES, fields);
  add(fields);
  return eventAt(logsource, [syslog.timeMs], context, fields);
}
