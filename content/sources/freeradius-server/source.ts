import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import { eventAt, plainProtocol, put, SYSLOG_FIELDS, supply, syslogFields } from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime } from '#engine/formats/time.ts';

const logsource = { product: 'freeradius', category: '', service: 'radius' } as const;

const SENTENCES: readonly Sentence[] = [
  {
    pattern:
      /^Login (?<outcome>OK|incorrect)(?: \((?<reason>[^)]{1,400}\)?)\))?: \[(?<user>[^\]/]{1,256}(?:\/[^\]<]{1,256})?)(?:\/<[^>\]]{0,64}>)?\] \(from client (?<client>\S{1,128}) port (?<nas_port>\d{1,10})(?: cli (?<src_mac>[^\s)]{1,64}))?/,
    set: { action: 'login' },
  },
  {
    pattern:
      /^Ignoring request to (?<service>auth|acct)\w{0,10} address (?<dst_ip>\S{1,45}) port (?<dst_port>\d{1,5}) (?:bound to server (?<server>\S{1,64}) )?from unknown client (?<src_ip>\S{2,45}) port (?<src_port>\d{1,5})(?: proto (?<protocol>[a-z]{3,4}))?/,
    set: { action: 'ignored', outcome: 'failure' },
  },
  {
    pattern:
      /^Invalid user(?: \((?<reason>[^)]{1,400})\))?: \[(?<user>[^\]]{1,256})\] \(from client (?<client>\S{1,128})/,
    set: { action: 'login', outcome: 'failure' },
  },
];
const OWN = /^(?<time>[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2} \d{4}) : (?<level>\w{4,7}): /;
const NUMBER = /^\s*(?:\((?<session_id>\d{1,12})\) )?/;

/** FreeRADIUS: who signed in to network and VPN. */
export const source = defineSource({
  id: 'freeradius-server',
  title: { zh: 'FreeRADIUS 准入认证', en: 'FreeRADIUS' },
  vendor: 'FreeRADIUS',
  product: 'FreeRADIUS',
  formats: ['syslog', 'text'],
  watches: ['network'],
  asks: {
    programs: ['radiusd', 'freeradius'],
    marks: ['Login OK: [', 'Login incorrect', 'from unknown client', ' : Auth: '],
  },
  supplies: [
    supply(
      ['freeradius', '', 'radius'],
      [
        ...SYSLOG_FIELDS,
        ...[
          'level',
          'action',
          'outcome',
          'reason',
          'user',
          'client',
          'nas_port',
          'src_ip',
          'src_port',
          'src_mac',
          'dst_ip',
          'dst_port',
        ],
        ...['protocol', 'service', 'server', 'session_id'],
      ],
      false,
    ),
  ],
  detect: ({ syslog }) =>
    syslog.program === 'radiusd' || syslog.program === 'freeradius'
      ? 0.95
      : KNOWN.test(syslog.message.slice(0, 512))
        ? 0.9
        : 0,
  parse,
});

const KNOWN =
  /^\s*(?:[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2} \d{4} : Auth: )?(?:\(\d{1,12}\) )?(?:Login (?:OK|incorrect)[ :(]|Ignoring request to (?:auth|acct))/;

function parse({ syslog, text, context }: OpenedText): SourceEvent | null {
  const ours = syslog.program === 'radiusd' || syslog.program === 'freeradius';
  if (!ours && !KNOWN.test(syslog.message.slice(0, 512))) return null;
  const fields = ours ? syslogFields(syslog) : {};
  const whole = (ours ? syslog.message : text).trim();
  const own = OWN.exec(whole);
  put(fields, 'level', own?.groups?.level);
  const numbered = whole.slice(own?.[0].length ?? 0);
  const number = NUMBER.exec(numbered);
  put(fields, 'session_id', number?.groups?.session_id);
  const message = numbered.slice(number?.[0].length ?? 0);
  put(fields, 'message', message);
  readSentence(message, SENTENCES, fields);
  if (fields.outcome === 'OK') fields.outcome = 'success';
  if (fields.outcome === 'incorrect') fields.outcome = 'failure';
  plainProtocol(fields);
  return eventAt(
    logsource,
    [parseDeviceTime((own?.groups?.time ?? '').slice(4), context), syslog.timeMs],
    context,
    fields,
  );
}
