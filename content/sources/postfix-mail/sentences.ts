import type { Sentence } from '#engine/formats/patterns.ts';

/** A peer as Postfix writes it: `name[address]`, perhaps with a port. */
const peer = (side: 'src' | 'dst'): string =>
  `(?<${side}_host>[^\\s[\\],;]{1,255})\\[(?<${side}_ip>[0-9A-Fa-f.:]{2,45})\\](?::(?<${side}_port>\\d{1,5}))?`;
const SRC = peer('src');
const DST = peer('dst');
const ADDRESS = '<?[^\\s<>,;]{0,320}>?';
const at = (text: string): RegExp => new RegExp(text);

/** Postfix 3 and the policy servers beside it. Names and addresses in them come from whoever sends mail. */
export const SENTENCES: readonly Sentence[] = [
  {
    pattern: at(
      `^to=(?<mail_to>${ADDRESS}),(?: orig_to=(?<orig_to>${ADDRESS}),)? relay=(?:${DST}|(?<relay>[^\\s,]{1,255})),.{0,200}?(?: dsn=(?<dsn>[\\d.]{5,9}),)? status=(?<outcome>[a-z]{4,16}) \\((?:.{0,400}queued as (?<remote_queue_id>[0-9A-Za-z]{6,20})|(?<reason>.{0,2000}?))\\)?(?: \\d+)?$`,
    ),
    set: { action: 'deliver' },
  },
  {
    pattern: at(`^from=(?<mail_from>${ADDRESS}), size=(?<size>\\d{1,12}), nrcpt=(?<recipients>\\d{1,6})`),
    set: { action: 'queued' },
  },
  {
    pattern: at(
      `^client=${SRC}(?:, sasl_method=(?<auth_method>[A-Za-z0-9-]{1,32}), sasl_username=(?<user>[^,\\s]{1,256}))?`,
    ),
    set: { action: 'accept' },
  },
  { pattern: /^(?:resent-)?message-id=<?(?<message_id>[^>\s]{1,512})>?/, set: { action: 'identify' } },
  {
    pattern: at(
      `^(?<action>reject|reject_warning|hold|discard|filter): [A-Z]{4,8} from ${SRC}: (?<reason>.{1,1000}?); (?:from=(?<mail_from>${ADDRESS}) )?(?:to=(?<mail_to>${ADDRESS}) )?(?:proto=(?<smtp_version>[A-Z]{4,5}))?(?: helo=(?<helo><?[^\\s<>]{0,255}>?))?$`,
    ),
    set: { outcome: 'failure' },
  },
  {
    pattern: at(
      `^(?<action>warning|info|reject|hold|milter-reject): (?<reason>.{1,3000}?) from ${SRC}; from=(?<mail_from>${ADDRESS}) to=(?<mail_to>${ADDRESS}) proto=[A-Z]{4,5} helo=(?<helo><?[^\\s<>]{0,255}>?)`,
    ),
  },
  {
    pattern: at(
      `^warning: ${SRC}: SASL (?<auth_method>[A-Za-z0-9-]{1,32}) authentication failed:? ?(?<reason>.{0,300}?)(?:, sasl_username=(?<user>[^,\\s]{1,256}))?$`,
    ),
    set: { action: 'login', outcome: 'failure' },
  },
  {
    pattern: at(
      `^(?<action>milter-reject|milter-hold): [A-Z-]{3,16} from ${SRC}: (?<reason>.{1,1000}?); from=(?<mail_from>${ADDRESS}) to=(?<mail_to>${ADDRESS})`,
    ),
    set: { outcome: 'failure' },
  },
  { pattern: at(`^(?<action>connect|disconnect) from ${SRC}`) },
  {
    pattern: at(
      `^(?<action>lost connection|timeout|improper command pipelining|too many errors) after (?<stage>[A-Z-]{2,40}).{0,60}? from ${SRC}`,
    ),
  },
  { pattern: at(`^warning: hostname (?<helo>\\S{1,255}) does not resolve to address (?<src_ip>[0-9A-Fa-f.:]{2,45})`) },
  {
    pattern: at(
      `^(?:SSL_accept error from|TLS library problem from|setting up TLS connection from|(?:Anonymous|Untrusted|Trusted|Verified) TLS connection established from) ${SRC}(?:: (?<tls_version>TLSv[\\d.]{1,3}) with cipher (?<tls_cipher>\\S{1,80}))?`,
    ),
  },
  {
    pattern: at(
      `^(?:setting up TLS connection to|(?:Anonymous|Untrusted|Trusted|Verified) TLS connection established to) ${DST}(?:: (?<tls_version>TLSv[\\d.]{1,3}) with cipher (?<tls_cipher>\\S{1,80}))?`,
    ),
  },
  { pattern: at(`^host ${DST} (?:said|refused to talk to me): (?<reason>.{1,2000})$`), set: { outcome: 'failure' } },
  { pattern: at(`^connect to ${DST}: (?<reason>.{1,200})$`), set: { action: 'connect', outcome: 'failure' } },
  {
    pattern:
      /^(?<action>CONNECT|PASS NEW|PASS OLD|DISCONNECT|WHITELISTED) (?:from )?\[(?<src_ip>[0-9A-Fa-f.:]{2,45})\]:(?<src_port>\d{1,5})(?: to \[(?<dst_ip>[0-9A-Fa-f.:]{2,45})\]:(?<dst_port>\d{1,5}))?/,
  },
  {
    pattern:
      /^(?<action>PREGREET|HANGUP|DNSBL) .{0,80}? (?:from|for) \[(?<src_ip>[0-9A-Fa-f.:]{2,45})\]:(?<src_port>\d{1,5})/,
  },
  {
    pattern:
      /^action=(?<action>[a-z]{2,16}), reason=(?<reason>[^,]{1,200})(?:, delay=\d{1,9})?, client_name=(?<src_host>[^,\s]{1,255}), client_address=(?<src_ip>[0-9A-Fa-f.:]{2,45})(?:\/\d{1,3})?(?:, sender=(?<mail_from>[^,\s]{0,320}))?(?:, recipient=(?<mail_to>[^,\s]{0,320}))?/,
    set: { outcome: 'success' },
  },
  {
    pattern:
      /^(?:Action: )?(?<action>prepend|None|Pass|Softfail|Fail|Neutral|Permerror|Temperror)[:;]?(?: Text:)?(?: Received-SPF: (?<spf>[A-Za-z]{3,12}) \((?<reason>[^)]{0,400})\))? identity=(?:helo|mailfrom); client-ip=(?<src_ip>[0-9A-Fa-f.:]{2,45}); helo=(?<helo>[^;\s]{1,255}); envelope-from=(?<mail_from>[^;\s]{0,320});/,
    set: { outcome: 'success' },
  },
  {
    pattern:
      /^spamd: result: (?<action>[.Y]) -?\d{1,5} - .{0,2000}?scantime=[\d.]{1,8},size=(?<size>\d{1,12}),user=(?<user>[^,]{1,64}),.{0,400}?rhost=(?<src_host>[^,\s]{1,255}),raddr=(?<src_ip>[^,\s]{2,45}),rport=(?<src_port>\d{1,5}),mid=<?(?<message_id>[^>,\s]{1,512})>?/,
  },
  { pattern: /^(?<action>removed)$/ },
  { pattern: /^uid=(?<user_id>\d{1,10}) from=<?(?<mail_from>[^>\s]{0,320})>?/, set: { action: 'pickup' } },
  { pattern: at(`\\b(?:from|for|client) ${SRC}`) },
  { pattern: at(`\\bto ${DST}`) },
];
