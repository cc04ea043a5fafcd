import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { parseKeyValue } from '#engine/formats/kv.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
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
import { parseDeviceTime } from '#engine/formats/time.ts';

/** `%ASA-4-106023: text`, `%FTD-…`, `%NGIPS-…`; some images leave the colon out. */
const HEADER = /%(?<device>ASA|FTD|PIX|FWSM|NGIPS)-(?:[a-z]{1,16}-)?(?<level>[0-7])-(?<code>\d{6}):? ?/;

/** An address where the name of an interface could stand: its port would be taken for the address. */
const NO_ADDRESS = String.raw`(?!\d{1,3}(?:\.\d{1,3}){3}[/(]|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:)`;

/** `interface:address/port`, perhaps with the user of an identity firewall behind it. */
const END = (side: 'src' | 'dst', interfaceName: string): string =>
  `(?:${NO_ADDRESS}(?<${interfaceName}>[^\\s:/]{1,64})[:/])?(?<${side}_ip>[0-9A-Fa-f.:]{2,45})(?:\\((?<${side}_user>[^)\\s\\d][^)\\s]{0,127})\\))?(?:[/(](?<${side}_port>\\d{1,5})\\)?)?`;
const SRC = END('src', 'in_interface');
const DST = END('dst', 'out_interface');
const at = (text: string): RegExp => new RegExp(text);

/** By what the sentences mean (Cisco, "Secure Firewall ASA Series Syslog Messages"). */
const SENTENCES: readonly Sentence[] = [
  {
    pattern:
      /^\((?<group>[^)]{1,128})\) (?:WebVPN|AnyConnect|SVC) session for client user (?<user>.{1,128}), IP (?<src_ip>[0-9A-Fa-f.:]{2,45}) has been (?<action>created|terminated)\.?$/,
  },
  {
    pattern: at(`^(?:Starting|Device (?<action>completed|failed)) SSL handshake with client ${SRC}`),
  },
  { pattern: at(`^SSL session with client ${SRC}(?: to ${DST})? (?<action>terminated)`) },
  {
    pattern: at(
      `^Built (?<direction>inbound|outbound) (?<protocol>\\S+) connection (?<session_id>\\d+) for ${SRC} \\([^)]*\\)(?:\\([^)]*\\))? to ${DST} \\(`,
    ),
    set: { action: 'built' },
  },
  {
    pattern: at(
      `^Teardown (?<protocol>\\S+) connection (?<session_id>\\d+) for ${SRC}(?:\\([^)]*\\))? to ${DST}(?:\\([^)]*\\))? duration (?<duration>\\S+) bytes (?<bytes>\\d+)(?: (?<reason>.{1,80}?))?(?: from \\S+)?(?: \\((?<user>[^)]+)\\))?$`,
    ),
    set: { action: 'teardown' },
  },
  {
    pattern:
      /^(?<action>Built|Teardown) (?:(?<direction>inbound|outbound) )?(?<protocol>ICMP) connection for faddr (?<src_ip>[0-9A-Fa-f.:]+)\/(?<src_port>\d+)(?:\([^)]*\))? gaddr (?<dst_nat_ip>[0-9A-Fa-f.:]+)\/\d+ laddr (?<dst_ip>[0-9A-Fa-f.:]+)\/(?<dst_port>\d+)(?: \((?<user>[^)]+)\))?/,
  },
  {
    pattern: at(
      `^Deny (?<protocol>\\S+) src ${SRC} dst ${DST}(?: \\(type \\d+, code \\d+\\))? by access-group "(?<policy_name>[^"]{1,128})"`,
    ),
    set: { action: 'deny', outcome: 'failure' },
  },
  {
    pattern: at(
      `^access-list (?<policy_name>\\S+) (?<action>permitted|denied|est-allowed) (?<protocol>\\S+) ${SRC}(?:\\([^)]*\\))? -> ${DST}`,
    ),
  },
  {
    pattern: at(
      `^Deny (?:inbound )?(?<protocol>\\S+) (?:\\(no connection\\) |reverse path check )?from ${SRC} to ${DST}(?:,? flags (?<tcp_flags>.{1,40}?))?(?: on interface (?<interface>\\S+)|,.*)?$`,
    ),
    set: { action: 'deny', outcome: 'failure' },
  },
  {
    pattern: at(`^No matching connection for ICMP error message: (?<protocol>\\S+) src ${SRC} dst ${DST} `),
    set: { action: 'deny', outcome: 'failure' },
  },
  {
    pattern: /^Denied (?<protocol>\S+) type=\S+ code=\S+ from (?<src_ip>\S+) on interface (?<in_interface>\S+)/,
    set: { action: 'deny', outcome: 'failure' },
  },
  {
    pattern: at(`^Built (?:dynamic|static) (?<protocol>\\S+) translation from ${SRC} to ${DST}$`),
    set: { action: 'translate' },
  },
  {
    pattern:
      /^User '(?<user>[^']{0,128})'(?:, running '[^']{0,64}' from IP (?<src_ip>[^,\s]+),)? executed (?:the |cmd: ?)?'?(?<CommandLine>.*?)'?(?: command\.)?$/,
    set: { action: 'command' },
  },
  {
    pattern:
      /^AAA user (?<action>\S+) (?<outcome>Successful|Rejected) : (?:reason = (?<reason>.{1,80}?) : )?(?:server = (?<dst_ip>\S+) : )?user = (?<user>.{1,128}?)(?: : user IP = (?<src_ip>\S+))?$/,
  },
  {
    pattern:
      /^User authentication (?<outcome>succeeded|failed): (?:IP address: (?<src_ip>[^,\s]+), )?Uname: (?<user>.{1,128})$/,
    set: { action: 'login' },
  },
  { pattern: /^User logged out: Uname: (?<user>.{1,128})$/, set: { action: 'logout' } },
  {
    pattern:
      /^Login (?<outcome>denied|permitted) from (?<src_ip>[0-9A-Fa-f.:]+)\/(?<src_port>\d+) to (?<out_interface>[^:\s]+):(?<dst_ip>[0-9A-Fa-f.:]+)\/(?<dst_port>\w+) for user "(?<user>[^"]{0,128})"/,
    set: { action: 'login' },
  },
  {
    pattern:
      /^Group <?(?<user_domain>[^>]{0,128})>? User <?(?<user>[^>]{0,128})>? IP <?(?<src_ip>[0-9A-Fa-f.:]{2,45})>? Authentication: (?<outcome>\w+)/,
    set: { action: 'login' },
  },
  {
    pattern:
      /^Group <?(?<user_domain>[^>]{0,128})>? User <?(?<user>[^>]{0,128})>? IP <?(?<src_ip>[0-9A-Fa-f.:]{2,45})>?,? /,
  },
  {
    pattern:
      /^Group = (?<user_domain>[^,]{0,128}), Username = (?<user>[^,]{0,128}), IP = (?<src_ip>[^,\s]+), (?<action>Session disconnected)\..*Bytes xmt: (?<bytes_out>\d+), Bytes rcv: (?<bytes_in>\d+), Reason: (?<reason>.{1,128})$/,
  },
  {
    pattern: /^Group = (?<user_domain>[^,]{0,128}), (?:Username = (?<user>[^,]{0,128}), )?IP = (?<src_ip>[^,\s]+), /,
  },
  {
    pattern:
      /^Local:(?<src_ip>[0-9A-Fa-f.:]+?):(?<src_port>\d+) Remote:(?<dst_ip>[0-9A-Fa-f.:]+?):(?<dst_port>\d+) Username:(?<user>\S{1,128}) .{0,80}?(?:ERROR: (?<reason>.*))?$/,
  },
];

/** Names of the pairs in Firepower's connection, intrusion, file and malware records (430001–430005). */
const NAMES: Names = {
  SrcIP: 'src_ip',
  DstIP: 'dst_ip',
  SrcPort: 'src_port',
  DstPort: 'dst_port',
  NAT_InitiatorIP: 'src_nat_ip',
  NAT_InitiatorPort: 'src_nat_port',
  NAT_ResponderIP: 'dst_nat_ip',
  NAT_ResponderPort: 'dst_nat_port',
  Protocol: 'protocol',
  ApplicationProtocol: 'app_proto',
  WebApplication: 'application',
  IngressInterface: 'in_interface',
  EgressInterface: 'out_interface',
  IngressZone: 'src_zone',
  EgressZone: 'dst_zone',
  User: 'user',
  AccessControlRuleAction: 'action',
  AccessControlRuleName: 'policy_name',
  ACPolicy: 'policy_set',
  InitiatorBytes: 'bytes_out',
  ResponderBytes: 'bytes_in',
  InitiatorPackets: 'packets_out',
  ResponderPackets: 'packets_in',
  ConnectionDuration: 'duration',
  ConnectionID: 'session_id',
  EventPriority: 'priority',
  DNSQuery: 'query',
  DNSRecordType: 'record_type',
  DNSResponseType: 'answer_code',
  URLCategory: 'url_category',
  UserAgent: 'cs-user-agent',
  HTTPReferer: 'cs-referer',
  HTTPResponse: 'sc-status',
  URL: '',
  FileName: 'FileName',
  FileSHA256: 'Hashes',
  FileSize: 'file_size',
  FileAction: 'action',
  ThreatName: 'signature',
  Message: 'signature',
  SID: 'signature_id',
  Classification: 'category',
  IntrusionPolicy: 'policy_set',
  InlineResult: 'action',
  DeviceUUID: 'device_id',
  FirstPacketSecond: '',
};

/** Cisco ASA, Firepower Threat Defense and their elders. */
export const source = defineSource({
  id: 'cisco-asa',
  title: { zh: '思科 ASA / Firepower 防火墙', en: 'Cisco ASA and Firepower Threat Defense' },
  vendor: 'Cisco',
  product: 'ASA',
  formats: ['syslog', 'kv', 'text'],
  watches: ['network'],
  asks: { marks: ['%ASA-', '%FTD-', '%PIX-', '%FWSM-', '%NGIPS-'] },
  supplies: ['asa', 'ftd'].map((service) =>
    supply(
      ['cisco', 'firewall', service],
      [
        ...namesOf(NAMES),
        ...['hostname', 'event_id', 'severity', 'message', 'action', 'outcome', 'user_domain', 'CommandLine', 'cs-uri'],
      ],
    ),
  ),
  detect: ({ text }) => (HEADER.test(text) ? 0.97 : 0),
  parse,
});

const BARE = /^\s*Group (?:<|= )/;
const PAIRED = /^(?:EventPriority|DeviceUUID|SrcIP|DstIP|InstanceID|AccessControlRuleAction|Protocol): /;

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const header = HEADER.exec(text);
  // Some relays take the header off: then only the configuration says whose sentence it is.
  if (header === null && !(context.configured && BARE.test(text))) return null;
  const found = header?.groups ?? {};
  const message = header === null ? text.trim() : text.slice(header.index + header[0].length).trim();
  const fields: Fields = {};
  put(fields, 'hostname', syslog.hostname);
  put(fields, 'event_id', found.code);
  put(fields, 'severity', found.level);
  put(fields, 'message', message);
  const times = [syslog.timeMs];
  if (PAIRED.test(message)) times.unshift(parseDeviceTime(readPairs(message, fields), context));
  else readSentence(message, SENTENCES, fields);
  complete(fields);
  const service =
    header === null || found.device === 'ASA' || found.device === 'PIX' || found.device === 'FWSM' ? 'asa' : 'ftd';
  return eventAt({ product: 'cisco', category: 'firewall', service }, times, context, fields);
}

/** Gives the record's own time. */
function readPairs(message: string, fields: Fields): string {
  const { record } = parseKeyValue(message, { assign: ':', pair: 'comma' });
  rename(record, NAMES, fields);
  putUri(fields, oneText(record.URL));
  return oneText(record.FirstPacketSecond);
}

function complete(fields: Fields): void {
  const sourceUser = oneText(fields.src_user);
  delete fields.src_user;
  delete fields.dst_user;
  if (sourceUser !== '' && !/^\d+$/.test(sourceUser)) put(fields, 'user', sourceUser);
  if (fields.user === 'No Authentication Required') delete fields.user;
  if (typeof fields.action === 'string') fields.action = fields.action.toLowerCase();
  plainProtocol(fields);
}
