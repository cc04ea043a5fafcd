import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import { eventAt, type Fields, put, supply } from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime } from '#engine/formats/time.ts';

/** `[sequence: ][host: ][*]Oct 19 18:30:13.311[ CET]: %FACILITY[-SUBFACILITY]-severity-MNEMONIC: text` */
const HEADER =
  /(?:(?<sequence>\d{1,12}): )?(?:(?<host>[A-Za-z0-9_.-]{1,128}): )?[*.]?(?<time>[A-Z][a-z]{2} {1,2}\d{1,2}(?: \d{4})? \d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)?(?: (?<zone>[A-Z]{2,5}))?:? ?%(?<facility>[A-Z][A-Z0-9_]{1,40}(?:-[A-Z][A-Z0-9_]{0,40}){0,2})-(?<severity>[0-7])-(?<code>[A-Z][A-Z0-9_]{1,60}): ?/;

const FIREWALLS = /^(?:ASA|FTD|PIX|FWSM|NGIPS)$/;
const MAC = String.raw`[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}`;

const SENTENCES: readonly Sentence[] = [
  {
    pattern:
      /\[user: (?<user>[^\]]{0,128})\] \[Source: (?<src_ip>[^\]\s]{1,45})\] \[localport: (?<dst_port>\d{1,5})\](?: \[Reason: (?<reason>[^\]]{0,128})\])?/,
    set: { action: 'login' },
  },
  {
    pattern:
      /^Username: (?<user>\S{1,128}) Privilege level: (?<privilege>\d{1,2}) Command: (?<CommandLine>.*?)(?: <cr>)?$/,
    set: { action: 'command' },
  },
  {
    pattern: /^User:? ?(?<user>\S{1,128}) {1,2}logged command: ?(?<CommandLine>.*)$/,
    set: { action: 'command' },
  },
  {
    pattern: /^Authentication failure from (?<src_ip>[0-9A-Fa-f.:]+?):(?<src_port>\d+) for (?<app_proto>.{1,40}?)\.?$/,
    set: { action: 'login', outcome: 'failure' },
  },
  {
    pattern: /: Authentication failure from (?<src_ip>[0-9.]+):(?<src_port>\d+) for (?<app_proto>.{1,40}?)\.?$/,
    set: { action: 'login', outcome: 'failure' },
  },
  {
    pattern: /: User '(?<user>[^']{0,128})' authenticated successfully from (?<src_ip>[0-9.]+):(?<src_port>\d+)/,
    set: { action: 'login', outcome: 'success' },
  },
  {
    pattern:
      /^Privilege level set to (?<privilege>\d+) by (?<user>\S{1,128}) on \S+(?: \((?<src_ip>[0-9A-Fa-f.:]+)\))?/,
    set: { action: 'privilege' },
  },
  {
    pattern: /^Configured from (?:console|\S+) by (?<user>\S{1,128})(?: on \S+)?(?: \((?<src_ip>[0-9A-Fa-f.:]+)\))?/,
    set: { action: 'configure' },
  },
  {
    pattern:
      /^RPC|RPC '(?<object>[^']{1,200})' invoked from (?<src_ip>[0-9.]+):(?<src_port>\d+) via NETCONF user (?<user>\S{1,128})/,
  },
  { pattern: /^Line protocol on Interface (?<in_interface>\S+), changed state to (?<action>\w+)/ },
  { pattern: /^Interface (?<in_interface>\S+), changed state to (?<action>.+)$/ },
  {
    pattern: new RegExp(
      `^Security violation occurred, caused by MAC address (?<src_mac>${MAC}) on port (?<in_interface>\\S+?)\\.?(?: |$)`,
    ),
    set: { action: 'violation' },
  },
  {
    pattern: new RegExp(
      `^Security violation on port (?<in_interface>\\S+) due to MAC address (?<src_mac>${MAC}) on VLAN (?<vlan>\\d+)`,
    ),
    set: { action: 'violation' },
  },
  {
    pattern: new RegExp(
      `^Host (?<src_mac>${MAC}) in vlan (?<vlan>\\d+) is flapping between port (?<in_interface>\\S+) and port (?<out_interface>\\S+)`,
    ),
  },
  {
    pattern: new RegExp(
      `^Duplicate address (?<src_ip>\\S+) on (?<in_interface>[^,\\s]+), sourced by (?<src_mac>${MAC})`,
    ),
  },
  { pattern: new RegExp(`MAC sa: (?<src_mac>${MAC})`) },
  { pattern: new RegExp(`client \\((?<src_mac>${MAC})\\) on Interface (?<in_interface>\\S+)`) },
  { pattern: /^Logging to host (?<dst_ip>\S+) port (?<dst_port>\d+) failed/, set: { outcome: 'failure' } },
  {
    pattern:
      /^list (?<policy_name>\S+) (?<action>permitted|denied) (?<protocol>\S+) (?<src_ip>[0-9.]+)\((?<src_port>\d+)\)(?: \([^)]*\))? -> (?<dst_ip>[0-9.]+)\((?<dst_port>\d+)\)/,
  },
  { pattern: /(?:detected on|error on) (?<in_interface>[A-Z][A-Za-z]+[\d/.]+)/ },
];

/** Cisco IOS, IOS-XE and NX-OS: switches and routers. Services are Sigma's, by what the facility is about. */
export const source = defineSource({
  id: 'cisco-ios',
  title: { zh: '思科 IOS 路由交换', en: 'Cisco IOS' },
  vendor: 'Cisco',
  product: 'IOS',
  formats: ['syslog', 'text'],
  watches: ['network'],
  asks: { marks: [': %', '%SYS-', '%SEC', '%LIN', '%AAA'] },
  supplies: ['aaa', 'bgp', 'ldp', 'ios'].map((service) =>
    supply(
      ['cisco', '', service],
      [
        ...[
          'hostname',
          'facility',
          'event_id',
          'severity',
          'message',
          'action',
          'outcome',
          'user',
          'src_ip',
          'src_port',
          'dst_ip',
        ],
        ...[
          'dst_port',
          'src_mac',
          'in_interface',
          'out_interface',
          'vlan',
          'CommandLine',
          'reason',
          'privilege',
          'policy_name',
        ],
      ],
    ),
  ),
  detect: ({ text }) => (isIos(text) ? 0.9 : 0),
  parse,
});

function isIos(text: string): boolean {
  const facility = HEADER.exec(text)?.groups?.facility;
  return facility !== undefined && !FIREWALLS.test(facility);
}

function serviceOf(facility: string, code: string): string {
  if (/^BGP/.test(facility)) return 'bgp';
  if (/^LDP/.test(facility)) return 'ldp';
  return /^(?:AAA|PARSER|SEC_LOGIN|HA_EM)/.test(facility) || /LOGGEDCMD|ACCTLOCAL/.test(code) ? 'aaa' : 'ios';
}

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const header = HEADER.exec(text);
  const found = header?.groups;
  if (header === null || found === undefined || FIREWALLS.test(found.facility ?? '')) return null;
  const message = text.slice(header.index + header[0].length).trim();
  const fields: Fields = {};
  // The device's own name comes before its time; what the syslog parser took for a host may be its sequence number.
  put(fields, 'hostname', found.host ?? (/^\d+$/.test(syslog.hostname) ? undefined : syslog.hostname));
  put(fields, 'facility', found.facility);
  put(fields, 'event_id', found.code);
  put(fields, 'severity', found.severity);
  put(fields, 'message', message);
  readSentence(message, SENTENCES, fields);
  if (fields.outcome === undefined) put(fields, 'outcome', outcomeOf(found.code ?? ''));
  // A zone by its letters has several meanings: only UTC is certain.
  const own = parseDeviceTime(
    `${found.time ?? ''}${found.zone === 'UTC' || found.zone === 'GMT' ? ' UTC' : ''}`,
    context,
  );
  return eventAt(
    { product: 'cisco', category: '', service: serviceOf(found.facility ?? '', found.code ?? '') },
    [own, syslog.timeMs],
    context,
    fields,
  );
}

function outcomeOf(code: string): string {
  if (/FAIL|DENIED|QUIET_MODE_ON|VIOLATION/.test(code)) return 'failure';
  return /SUCCESS|PASS(?:ED)?$/.test(code) ? 'success' : '';
}
