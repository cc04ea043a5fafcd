import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { parseKeyValue } from '#engine/formats/kv.ts';
import {
  eventAt,
  type Fields,
  type Names,
  namesOf,
  oneText,
  plainProtocol,
  put,
  rename,
  supply,
} from '#engine/formats/sigma-fields.ts';

const logsource = { product: 'linux', category: 'firewall', service: 'netfilter' } as const;

const NAMES: Names = {
  IN: 'in_interface',
  OUT: 'out_interface',
  SRC: 'src_ip',
  DST: 'dst_ip',
  SPT: 'src_port',
  DPT: 'dst_port',
  PROTO: 'protocol',
  LEN: 'packet_size',
  MAC: '',
  TTL: 'ttl',
  TYPE: 'icmp_type',
  CODE: 'icmp_code',
};
const PACKET = /(?<prefix>[^=]{0,128}?)\bIN=(?:\S{1,32})? OUT=(?:\S{1,32})? (?=(?:MAC|SRC|PHYSIN)=)/;
const FLAGS = ['SYN', 'ACK', 'FIN', 'RST', 'PSH', 'URG'];

/** Packets that iptables, nftables or ufw log through the kernel. */
export const source = defineSource({
  id: 'linux-netfilter',
  title: { zh: 'Linux 主机防火墙', en: 'Linux netfilter (iptables, nftables)' },
  vendor: 'Linux',
  product: 'netfilter',
  formats: ['kv', 'syslog'],
  watches: ['network', 'endpoint'],
  asks: { marks: [' OUT='] },
  supplies: [
    supply(
      ['linux', 'firewall', 'netfilter'],
      [...namesOf(NAMES), 'hostname', 'policy_name', 'action', 'src_mac', 'dst_mac', 'tcp_flags'],
    ),
  ],
  detect: ({ text }) => (PACKET.test(text.slice(0, 1024)) && text.includes(' PROTO=') ? 0.95 : 0),
  parse,
});

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const message = syslog.message === '' ? text : syslog.message;
  const found = PACKET.exec(message.slice(0, 1024));
  if (found === null) return null;
  const body = message.slice(found.index + (found.groups?.prefix?.length ?? 0));
  const { record } = parseKeyValue(body, { assign: '=', pair: 'space' });
  const fields: Fields = rename(record, NAMES);
  put(fields, 'hostname', syslog.hostname);
  // A UDP packet has a length of its own after the one of IP.
  put(fields, 'packet_size', oneText(record.LEN));
  // The kernel's clock in brackets, then the prefix of the rule.
  const prefix = (found.groups?.prefix ?? '')
    .replace(/^(?:kernel: )?\[ {0,8}[\d.]{1,20}\] ?/, '')
    .replace(/^\[|\][: ]*$|[: ]+$/g, '')
    .trim();
  put(fields, 'policy_name', prefix);
  if (/\b(?:DROP|BLOCK|DENY|REJECT)/i.test(prefix)) put(fields, 'action', 'drop');
  else if (/\b(?:ACCEPT|ALLOW)/i.test(prefix)) put(fields, 'action', 'accept');
  // Ethernet header: six bytes of the receiver, six of the sender, two of the type.
  const mac = oneText(record.MAC);
  if (/^(?:[0-9a-f]{2}:){13}[0-9a-f]{2}$/i.test(mac)) {
    put(fields, 'dst_mac', mac.slice(0, 17));
    put(fields, 'src_mac', mac.slice(18, 35));
  }
  put(fields, 'tcp_flags', FLAGS.filter((flag) => new RegExp(` ${flag}(?: |$)`).test(body.slice(0, 2048))).join(' '));
  plainProtocol(fields);
  return eventAt(logsource, [syslog.timeMs], context, fields);
}
