import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import { eventAt, type Fields, put, supply } from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime } from '#engine/formats/time.ts';

const logsource = { product: 'openvpn', category: '', service: 'vpn' } as const;

/** `[time ][us=… ][name/]address:port text`; a name comes from a certificate and may hold spaces. */
const OWN_TIME =
  /^\s*(?<time>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}|[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2} \d{4})(?: us=\d{1,6})? /;
const CLIENT =
  /^(?:(?<user>[^/\r\n]{1,128})\/)?(?<src_ip>(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{2,40}?)(?::(?<src_port>\d{1,5}))? (?=\S)/;

const SENTENCES: readonly Sentence[] = [
  {
    pattern:
      /^\[(?<user>[^\]]{1,128})\] Peer Connection Initiated with \[AF_INET6?\](?<src_ip>[0-9A-Fa-f.:]+?):(?<src_port>\d{1,5})/,
    set: { action: 'connected', outcome: 'success' },
  },
  {
    pattern: /^MULTI(?:_sva)?: (?:Learn|primary virtual IP for \S+): (?<private_ip>[0-9A-Fa-f.:]{2,45}) -> /,
    set: { action: 'address_assigned' },
  },
  { pattern: /^MULTI: multi_create_instance called/, set: { action: 'connecting' } },
  { pattern: /^VERIFY OK: depth=0, .{0,400}?CN=(?<user>[^,/]{1,128})/, set: { action: 'certificate_accepted' } },
  {
    pattern: /^VERIFY (?:ERROR|KU ERROR|EKU ERROR|X509NAME ERROR)(?:: (?<reason>.{1,400}))?/,
    set: { action: 'certificate_refused', outcome: 'failure' },
  },
  {
    pattern: /^TLS: Username\/Password authentication succeeded for username '(?<user>[^']{1,128})'/,
    set: { action: 'login', outcome: 'success' },
  },
  { pattern: /^TLS Auth Error: (?<reason>.{1,400})$/, set: { action: 'login', outcome: 'failure' } },
  { pattern: /^TLS Error: (?<reason>.{1,400})$/, set: { action: 'tls', outcome: 'failure' } },
  { pattern: /^AUTH_FAILED(?:,(?<reason>.{1,200}))?/, set: { action: 'login', outcome: 'failure' } },
  { pattern: /^SIGTERM\[[a-z]+,(?<reason>[^\]]{1,80})\] received/, set: { action: 'disconnected' } },
  { pattern: /^Connection reset, restarting/, set: { action: 'disconnected' } },
  { pattern: /^\[(?<user>[^\]]{1,128})\] Inactivity timeout/, set: { action: 'disconnected' } },
  { pattern: /^TUN\/TAP device (?<in_interface>\S{1,32}) opened/ },
];
const KNOWN =
  /(?:Peer Connection Initiated with|peer info: IV_|MULTI: |VERIFY (?:OK|ERROR|KU)|TLS(?::| Error: | Auth Error: )|TUN\/TAP device|PUSH: |UDPv[46] link|TCPv4_SERVER|Diffie-Hellman initialized|Control Channel: TLS|(?:Outgoing|Incoming) Data Channel|OpenVPN \d)/;

/** OpenVPN's server, from its own file or by way of syslog. */
export const source = defineSource({
  id: 'openvpn-server',
  title: { zh: 'OpenVPN 远程接入', en: 'OpenVPN' },
  vendor: 'OpenVPN',
  product: 'OpenVPN',
  formats: ['text', 'syslog'],
  watches: ['network'],
  asks: {
    programs: ['openvpn', 'ovpn-server', 'ovpn'],
    marks: [
      'Peer Connection',
      'peer info: IV_',
      'MULTI: ',
      'VERIFY ',
      'TLS: ',
      'TLS Error',
      'TLS Auth Error',
      'Data Channel',
      'Control Channel: TLS',
      'link local',
      'link remote',
      'TUN/TAP',
      'OpenVPN ',
    ],
  },
  supplies: [
    supply(
      ['openvpn', '', 'vpn'],
      [
        'hostname',
        'program',
        'message',
        'action',
        'outcome',
        'reason',
        'user',
        'src_ip',
        'src_port',
        'private_ip',
        'in_interface',
      ],
      false,
    ),
  ],
  detect: ({ syslog, text }) =>
    /^o(?:pen)?vpn/.test(syslog.program) ? 0.95 : KNOWN.test(text.slice(0, 2048)) ? 0.9 : 0,
  parse,
});

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const ours = /^o(?:pen)?vpn/.test(syslog.program);
  if (!ours && !context.configured && !KNOWN.test(text.slice(0, 2048))) return null;
  const fields: Fields = {};
  if (ours) {
    put(fields, 'hostname', syslog.hostname);
    put(fields, 'program', syslog.program);
  }
  const whole = ours ? syslog.message : text;
  const time = OWN_TIME.exec(whole);
  let message = whole.slice(time?.[0].length ?? 0).trim();
  const client = CLIENT.exec(message);
  if (client !== null) {
    for (const name of ['user', 'src_ip', 'src_port']) put(fields, name, client.groups?.[name]);
    message = message.slice(client[0].length);
  }
  put(fields, 'message', message);
  readSentence(message, SENTENCES, fields);
  const weekday = /^[A-Z][a-z]{2} (?=[A-Z])/;
  return eventAt(
    logsource,
    [parseDeviceTime((time?.groups?.time ?? '').replace(weekday, ''), context), syslog.timeMs],
    context,
    fields,
  );
}
