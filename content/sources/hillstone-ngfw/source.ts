import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import { eventAt, type Fields, plainProtocol, put, supply } from '#engine/formats/sigma-fields.ts';

/** `serial(vsys) hash Type@MODULE: SUB: text` (Hillstone, StoneOS 日志信息参考). */
const HEADER =
  /(?:(?<device_id>\d{12,20})\((?<virtual_system>[^)\s]{1,64})\) )?(?<event_id>[0-9a-f]{8}) (?<type>[A-Z][A-Za-z]{2,16})@(?<module>[A-Z0-9_-]{2,24}): ?/;

const IP = '[0-9A-Fa-f.:]{2,45}';
const at = (text: string): RegExp => new RegExp(text);
const TAIL = String.raw`(?:, application (?<application>[^,]{1,64}))?(?:, interface (?<in_interface>[^,]{1,64}))?(?:, vr [^,]{1,64})?(?:, policy (?<policy_id>-?\d{1,10}))?(?:, user (?<user>[^,]{1,128}))?(?:, host (?<src_host>[^,]{1,128}))?(?:, send packets (?<packets_out>\d{1,18}),send bytes (?<bytes_out>\d{1,18}),receive packets (?<packets_in>\d{1,18}),receive bytes (?<bytes_in>\d{1,18}))?(?:,.{0,400})?`;

const SENTENCES: readonly Sentence[] = [
  {
    pattern: at(
      `^SESSION: (?<src_ip>${IP}):(?<src_port>\\d{1,5})->(?<dst_ip>${IP}):(?<dst_port>\\d{1,5})\\((?<protocol>[A-Za-z0-9-]{1,12})\\)${TAIL}(?:, ?(?<action>session start|session end|policy deny|default deny).{0,200})?$`,
    ),
  },
  {
    pattern: at(
      `^(?:S?NAT|DNAT): (?<src_ip>${IP}):(?<src_port>\\d{1,5})->(?<dst_ip>${IP}):(?<dst_port>\\d{1,5})\\((?<protocol>[A-Za-z0-9-]{1,12})\\), (?<action>snat|dnat) to (?<src_nat_ip>${IP}):(?<src_nat_port>\\d{1,5})`,
    ),
  },
  {
    pattern: at(
      `^From (?<src_ip>${IP}):(?<src_port>\\d{1,5})\\(\\S{0,64}\\) to (?<dst_ip>${IP}):(?<dst_port>\\d{1,5})\\(\\S{0,64}\\), threat name: (?<signature>[^,]{1,256}), threat type: (?<category>[^,]{1,128}),.{0,400}?app/protocol: (?<app_proto>[^,]{1,64}), action: (?<action>[^,]{1,32}), defender: (?<module>[^,]{1,32}), severity: (?<severity>[^,]{1,16})`,
    ),
  },
  {
    pattern: at(
      `^(?<signature>[^,]{1,128}) attack: (?<src_ip>${IP})(?::(?<src_port>\\d{1,5}))?->(?<dst_ip>${IP})(?::(?<dst_port>\\d{1,5}))?,?.{0,200}`,
    ),
  },
  {
    pattern: at(
      `^(?:The )?user (?<user>\\S{1,128}) logged (?<action>in|out) (?:through \\S{1,16} )?from (?<src_ip>${IP})`,
    ),
  },
  {
    pattern: at(
      `^Admin user "(?<user>[^"]{1,128})" logged (?<action>in|out) through (?:\\S{1,16}) from (?<src_ip>${IP})`,
    ),
  },
  {
    pattern: at(`^Admin user "(?<user>[^"]{1,128})" (?:failed to log in|login failed).{0,60}? from (?<src_ip>${IP})`),
    set: { action: 'login', outcome: 'failure' },
  },
  {
    pattern:
      /^(?<user>\S{1,128})@(?<src_ip>[0-9A-Fa-f.:]{1,44}[0-9A-Fa-f]).{0,40}? configur\w{1,6}: (?<CommandLine>.{1,2000})$/,
    set: { action: 'command' },
  },
];
const FIELDS = [
  ...[
    'hostname',
    'device_id',
    'virtual_system',
    'event_id',
    'type',
    'module',
    'message',
    'severity',
    'action',
    'outcome',
    'signature',
  ],
  ...[
    'category',
    'src_ip',
    'src_port',
    'src_host',
    'src_nat_ip',
    'src_nat_port',
    'dst_ip',
    'dst_port',
    'protocol',
    'application',
  ],
  ...[
    'app_proto',
    'in_interface',
    'policy_id',
    'user',
    'packets_out',
    'bytes_out',
    'packets_in',
    'bytes_in',
    'CommandLine',
  ],
];

/** Hillstone firewalls with StoneOS. */
export const source = defineSource({
  id: 'hillstone-ngfw',
  title: { zh: '山石网科防火墙', en: 'Hillstone NGFW' },
  vendor: 'Hillstone Networks',
  product: 'StoneOS',
  formats: ['syslog', 'text'],
  watches: ['network'],
  asks: { marks: ['Traffic@', 'Threat@', 'Security@', 'Event@', 'Config@', 'Network@', 'IPS@', 'NBC@'] },
  supplies: ['traffic', 'threat', 'security', 'event', 'config', 'network', 'other'].map((service) =>
    supply(
      ['hillstone', ['traffic', 'threat', 'security'].includes(service) ? 'firewall' : '', service],
      FIELDS,
      false,
    ),
  ),
  detect: ({ text }) => (HEADER.test(text.slice(0, 512)) ? 0.95 : 0),
  parse,
});

const SERVICES = ['traffic', 'threat', 'security', 'event', 'config', 'network'];

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const header = HEADER.exec(text.slice(0, 512));
  if (header === null) return null;
  const fields: Fields = {};
  for (const [name, value] of Object.entries(header.groups ?? {})) put(fields, name, value);
  put(fields, 'hostname', /^\d{12,}/.test(syslog.hostname) ? undefined : syslog.hostname);
  const message = text.slice(header.index + header[0].length).trim();
  put(fields, 'message', message);
  readSentence(message, SENTENCES, fields);
  for (const name of ['user', 'src_host']) if (/^-(?:@-)?$/.test(String(fields[name] ?? ''))) delete fields[name];
  plainProtocol(fields);
  const type = String(fields.type ?? '').toLowerCase();
  const service = SERVICES.includes(type) ? type : 'other';
  const category = ['traffic', 'threat', 'security'].includes(service) ? 'firewall' : '';
  return eventAt({ product: 'hillstone', category, service }, [syslog.timeMs], context, fields);
}
