import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import { eventAt, oneText, put, SYSLOG_FIELDS, supply, syslogFields } from '#engine/formats/sigma-fields.ts';

const logsource = { product: 'dhcp', category: '', service: 'dhcpd' } as const;

const IP = String.raw`(?:\d{1,3}\.){3}\d{1,3}`;
const MAC = '(?<src_mac>(?:[0-9A-Fa-f]{1,2}:){5}[0-9A-Fa-f]{1,2})';
const HOST = String.raw`(?: \((?<src_host>[^)]{1,255})\))?`;
const VIA = String.raw`(?: via (?<relay>[^\s:]{1,64}))?(?:: (?<reason>.{1,300}))?`;
const at = (text: string): RegExp => new RegExp(text);

const SENTENCES: readonly Sentence[] = [
  { pattern: at(`^(?<action>DHCPACK|DHCPOFFER) (?:on|to) (?<src_ip>${IP}) (?:to |\\()${MAC}\\)?${HOST}${VIA}`) },
  { pattern: at(`^(?<action>DHCPREQUEST) for (?<src_ip>${IP})(?: \\((?<dst_ip>${IP})\\))? from ${MAC}${HOST}${VIA}`) },
  {
    pattern: at(
      `^(?<action>DHCPDISCOVER|DHCPINFORM|DHCPDECLINE) (?:from |of (?<src_ip>${IP}) from )${MAC}${HOST}${VIA}`,
    ),
  },
  { pattern: at(`^(?<action>DHCPRELEASE) of (?<src_ip>${IP}) from ${MAC}${HOST}${VIA}`) },
  { pattern: at(`^(?<action>DHCPNAK) on (?<src_ip>${IP}) to ${MAC}${HOST}${VIA}`), set: { outcome: 'failure' } },
  { pattern: at(`^(?<action>DHCPINFORM) from (?<src_ip>${IP})${VIA}`) },
];
const KNOWN = /^DHCP(?:ACK|OFFER|REQUEST|DISCOVER|INFORM|DECLINE|RELEASE|NAK) /;

/** ISC's DHCP server: which machine had which address. */
export const source = defineSource({
  id: 'isc-dhcpd',
  title: { zh: 'ISC DHCP 地址分配', en: 'ISC DHCP server' },
  vendor: 'ISC',
  product: 'DHCP',
  formats: ['syslog'],
  watches: ['network'],
  asks: {
    programs: ['dhcpd'],
    marks: [
      'DHCPACK',
      'DHCPOFFER',
      'DHCPREQUEST',
      'DHCPDISCOVER',
      'DHCPRELEASE',
      'DHCPINFORM',
      'DHCPNAK',
      'DHCPDECLINE',
    ],
  },
  supplies: [
    supply(
      ['dhcp', '', 'dhcpd'],
      [...SYSLOG_FIELDS, 'action', 'outcome', 'src_ip', 'src_mac', 'src_host', 'dst_ip', 'relay', 'reason'],
      false,
    ),
  ],
  detect: ({ syslog }) => (syslog.program === 'dhcpd' ? 0.95 : KNOWN.test(syslog.message) ? 0.85 : 0),
  parse,
});

function parse({ syslog, context }: OpenedText): SourceEvent | null {
  const message = syslog.message.trim();
  if (syslog.program !== 'dhcpd' && !KNOWN.test(message)) return null;
  const fields = syslogFields(syslog);
  readSentence(message, SENTENCES, fields);
  if (/no free leases|unknown|wrong network|not authoritative/.test(oneText(fields.reason)))
    put(fields, 'outcome', 'failure');
  else if (fields.action !== undefined && fields.outcome === undefined) put(fields, 'outcome', 'success');
  return eventAt(logsource, [syslog.timeMs], context, fields);
}
