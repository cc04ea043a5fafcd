import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { parseKeyValue } from '#engine/formats/kv.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import {
  eventAt,
  type Fields,
  type Names,
  namesOf,
  plainProtocol,
  put,
  rename,
  supply,
} from '#engine/formats/sigma-fields.ts';

/** Names in structured data (Juniper, "System Log Explorer"). */
const NAMES: Names = {
  'source-address': 'src_ip',
  'source-port': 'src_port',
  'destination-address': 'dst_ip',
  'destination-port': 'dst_port',
  'nat-source-address': 'src_nat_ip',
  'nat-source-port': 'src_nat_port',
  'nat-destination-address': 'dst_nat_ip',
  'nat-destination-port': 'dst_nat_port',
  'protocol-id': 'protocol',
  'protocol-name': 'protocol',
  'policy-name': 'policy_name',
  'rule-name': 'policy_name',
  'rulebase-name': 'policy_set',
  'source-zone-name': 'src_zone',
  'source-zone': 'src_zone',
  'destination-zone-name': 'dst_zone',
  'destination-zone': 'dst_zone',
  'session-id-32': 'session_id',
  'session-id': 'session_id',
  'packets-from-client': 'packets_out',
  'bytes-from-client': 'bytes_out',
  'packets-from-server': 'packets_in',
  'bytes-from-server': 'bytes_in',
  'elapsed-time': 'duration',
  'service-name': 'service',
  application: 'application',
  username: 'user',
  'packet-incoming-interface': 'in_interface',
  'interface-name': 'in_interface',
  'destination-interface-name': 'out_interface',
  'attack-name': 'signature',
  'threat-severity': 'severity',
  reason: 'reason',
  action: 'action',
  category: 'category',
  url: 'cs-uri',
};

/** `TAG: text` or `TAG [junos@2636.… name="value" …]`; a tag is in capitals with underscores. */
const TAG =
  /(?:^|[\s:])(?<tag>(?!RT_(?:FLOW|IDS|UTM)(?![A-Z0-9_]))(?:RT|UI|L2ALD|SNMP|SNMPD|JTASK|RPD|CHASSISD|PFE|SSHD|LOGIN|DFWD|IDP|AV|WEBFILTER|APPTRACK|AUTH|KMD|FPC|MIB2D|DCD)_[A-Z0-9_]{2,60})(?<rest>:? ?[\s\S]*)$/;

const SENTENCES: readonly Sentence[] = [
  {
    pattern:
      /^session (?<action>created|denied|closed)(?: (?<reason>[A-Za-z][A-Za-z0-9 ()-]{0,40}?))?:? (?<src_ip>[0-9A-Fa-f.:]+)\/(?<src_port>\d+)->(?<dst_ip>[0-9A-Fa-f.:]+)\/(?<dst_port>\d+) (?:0x\S+ )?(?<service>\S+)(?: (?<src_nat_ip>[0-9A-Fa-f.:]+)\/(?<src_nat_port>\d+)->(?<dst_nat_ip>[0-9A-Fa-f.:]+)\/(?<dst_nat_port>\d+)(?: 0x\S+)? (?:.{0,200}?rule )?\S+ (?:\S+ )?(?<protocol>\d{1,3}) (?<policy_name>\S+) (?<src_zone>\S+) (?<dst_zone>\S+) (?<session_id>\d+)(?: (?<packets_out>\d+)\((?<bytes_out>\d+)\) (?<packets_in>\d+)\((?<bytes_in>\d+)\) (?<duration>\d+)(?: \S+ \S+ \S+\(\S+\) (?<in_interface>\S+))?)?)?/,
  },
  {
    pattern:
      /^Authenticated user '(?<user>[^']{1,128})' (?:at permission level|assigned to class) '(?<group>[^']{1,64})'/,
    set: { action: 'login', outcome: 'success' },
  },
  { pattern: /^User '(?<user>[^']{1,128})' command '(?<CommandLine>.*?)\s*'$/, set: { action: 'command' } },
  {
    pattern:
      /^User '(?<user>[^']{1,128})' (?<action>logout|login|exiting configuration mode|entering configuration mode)/,
  },
  { pattern: /^User '(?<user>[^']{1,128})' requested '(?<action>commit[^']{0,40})' operation/ },
  {
    pattern: /^Login failed for user '?(?<user>[^'\s]{1,128})'? from host '?(?<src_ip>[^'\s]{1,255})'?/,
    set: { action: 'login', outcome: 'failure' },
  },
  { pattern: /^Cleanup child '(?<Image>[^']{1,255})', PID (?<child_pid>\d+), status (?<exit_code>\d+)/ },
  { pattern: /^(?<in_interface>[a-z]{2,4}-\d+\/\d+\/\d+(?:\.\d+)?): / },
];

/** Juniper SRX and Junos: session, screen, intrusion and management records, with or without structured data. */
export const source = defineSource({
  id: 'juniper-srx',
  title: { zh: 'Juniper SRX 防火墙', en: 'Juniper SRX and Junos' },
  vendor: 'Juniper Networks',
  product: 'Junos',
  formats: ['syslog', 'kv'],
  watches: ['network'],
  asks: {
    marks: [
      'RT_',
      'UI_',
      'L2ALD_',
      'junos@',
      'SNMP',
      'RPD_',
      'IDP_',
      'SSHD_',
      'LOGIN_',
      'AV_',
      'WEBFILTER_',
      'APPTRACK_',
      'KMD_',
    ],
  },
  supplies: ['rt_flow', 'rt_ids', 'junos'].map((service) =>
    supply(
      ['juniper', service === 'junos' ? '' : 'firewall', service],
      [
        ...namesOf(NAMES),
        ...['hostname', 'program', 'event_id', 'message', 'group', 'CommandLine', 'outcome', 'Image'],
      ],
    ),
  ),
  detect: ({ text, syslog }) => (TAG.test(text.slice(0, 4096)) || isTag(syslog.messageId) ? 0.93 : 0),
  parse,
});

/** A message whose syslog header was taken off still begins with its daemon. */
const PROGRAM = /^\/?(?:[\w.-]{1,32}\/)*([\w.-]{1,48})\[\d{1,7}\]: /;

const isTag = (text: string): boolean => /^(?:RT|UI|IDP|AV|WEBFILTER|APPTRACK)_[A-Z0-9_]{2,60}$/.test(text);

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const fields: Fields = {};
  put(fields, 'hostname', syslog.hostname);
  put(fields, 'program', syslog.program || PROGRAM.exec(text)?.[1]);
  let tag = syslog.messageId;
  if (isTag(tag)) {
    const structured = Object.entries(syslog.structured).map(([name, value]) => [
      name.slice(name.lastIndexOf('.') + 1),
      value,
    ]);
    rename(Object.fromEntries(structured), NAMES, fields);
    put(fields, 'message', syslog.message);
  } else {
    const found = TAG.exec(text)?.groups;
    // Of a Junos device its other daemons are Junos too: cron, rshd, sshd.
    if (found === undefined && !context.configured) return null;
    tag = found?.tag ?? '';
    readRest((found?.rest ?? syslog.message).replace(/^[:\s]{1,4}/, ''), fields);
  }
  put(fields, 'event_id', tag);
  plainProtocol(fields);
  const service = tag.startsWith('RT_FLOW')
    ? 'rt_flow'
    : /^(?:RT_|IDP|AV_|WEBFILTER|APPTRACK)/.test(tag)
      ? 'rt_ids'
      : 'junos';
  const category = service === 'junos' ? '' : 'firewall';
  if (fields.action === undefined) put(fields, 'action', actionOf(tag));
  return eventAt({ product: 'juniper', category, service }, [syslog.timeMs], context, fields);
}

function readRest(rest: string, fields: Fields): void {
  const structured = /^\[(?:junos@\S{1,60} )?([^\]]*)\]/.exec(rest);
  if (structured !== null) {
    rename(parseKeyValue(structured[1] ?? '', { assign: '=', pair: 'space' }).record, NAMES, fields);
    return;
  }
  put(fields, 'message', rest.trim());
  readSentence(rest.trim(), SENTENCES, fields);
}

const actionOf = (tag: string): string => /_(CREATE|CLOSE|DENY|DROP)$/.exec(tag)?.[1]?.toLowerCase() ?? '';
