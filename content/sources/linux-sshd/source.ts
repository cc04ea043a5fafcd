import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { type Fields, put, SYSLOG_FIELDS, syslogFields } from '#engine/formats/sigma-fields.ts';

const logsource = { product: 'linux', category: '', service: 'sshd' } as const;

/** OpenSSH's server as it writes to syslog. */
export const source = defineSource({
  id: 'linux-sshd',
  title: { zh: 'Linux SSH 登录', en: 'OpenSSH server' },
  vendor: 'OpenBSD',
  product: 'OpenSSH',
  formats: ['syslog'],
  watches: ['endpoint'],
  asks: { programs: ['sshd', 'sshd-session', 'sshd-auth'] },
  supplies: [
    {
      logsource,
      fields: [
        ...SYSLOG_FIELDS,
        'action',
        'outcome',
        'auth_method',
        'user',
        'src_ip',
        'src_port',
        'dst_ip',
        'dst_port',
      ],
      open: false,
    },
  ],
  detect: ({ syslog }) => (isSshd(syslog.program) ? 0.95 : 0),
  parse,
});

const isSshd = (program: string): boolean => /^sshd(?:-session|-auth)?(?:\(pam_unix\))?$/.test(program);

function parse({ syslog, context }: OpenedText): SourceEvent | null {
  if (!isSshd(syslog.program) && !(context.configured && syslog.program === '')) return null;
  const fields = syslogFields(syslog);
  put(fields, 'program', syslog.program === '' ? 'sshd' : syslog.program);
  readMessage(syslog.message.trim(), fields);
  return {
    logsource,
    timeMs: syslog.timeMs ?? context.receivedAtMs,
    fields,
    problem: syslog.timeMs === undefined ? 'no readable time: time of receipt used' : '',
  };
}

interface Pattern {
  readonly pattern: RegExp;
  readonly action: string;
  readonly outcome: 'success' | 'failure' | '';
}

/**
 * Names of users come from whoever connects and may hold spaces and the word "from": they are matched greedily, so that
 * the address is the last one of the line, which sshd wrote itself.
 */
const FROM = String.raw`(?<ip>[0-9A-Fa-f]*[.:][0-9A-Fa-f:.]*(?<=[0-9A-Fa-f]|::)|UNKNOWN)(?: port (?<port>\d+))?`;
const WHO = `(?:(?:invalid|illegal) user )?(?<user>.*)`;
const CLOSING = `(?:(?:authenticating|invalid|illegal) user |user )?(?:(?<user>.*) )?`;

const PATTERNS: readonly Pattern[] = [
  {
    pattern: new RegExp(`^Accepted (?<method>\\S+) for (?<user>.*) from ${FROM}(?: ssh2)?(?:: .*)?$`),
    action: 'accepted',
    outcome: 'success',
  },
  {
    pattern: new RegExp(`^Failed (?<method>\\S+) for ${WHO} from ${FROM}(?: ssh2)?(?:: .*)?(?: \\[preauth\\])?$`),
    action: 'failed',
    outcome: 'failure',
  },
  {
    pattern: new RegExp(`^(?:Invalid|Illegal) user (?<user>.*) from ${FROM}`),
    action: 'invalid_user',
    outcome: 'failure',
  },
  {
    pattern: new RegExp(`^(?:error: )?maximum authentication attempts exceeded for ${WHO} from ${FROM}`),
    action: 'too_many_attempts',
    outcome: 'failure',
  },
  {
    pattern: /^input_userauth_request: (?:invalid|illegal) user (?<user>.*?)(?: \[preauth\])?$/,
    action: 'invalid_user_request',
    outcome: 'failure',
  },
  { pattern: /^Accepted (?<method>\S+) for (?<user>\S+)$/, action: 'accepted', outcome: 'success' },
  { pattern: new RegExp(`^Postponed (?<method>\\S+) for ${WHO} from ${FROM}`), action: 'postponed', outcome: '' },
  {
    pattern: /^pam_faillock\(sshd:auth\): Consecutive login failures for user (?<user>\S+) account temporarily locked/,
    action: 'locked',
    outcome: 'failure',
  },
  {
    pattern: new RegExp(`^User (?<user>.*) from ${FROM} not allowed because`),
    action: 'not_allowed',
    outcome: 'failure',
  },
  {
    pattern:
      /^(?:pam_unix\(sshd:auth\): |PAM \d+ more )?authentication failures?;.* rhost=(?<ip>[^\s]*)(?:\s+user=(?<user>\S+))?\s*$/,
    action: 'pam_failure',
    outcome: 'failure',
  },
  {
    pattern: /^pam_unix\(sshd:session\): session opened for user (?<user>[^\s(]+)/,
    action: 'session_opened',
    outcome: 'success',
  },
  { pattern: /^pam_unix\(sshd:session\): session closed for user (?<user>\S+)/, action: 'session_closed', outcome: '' },
  {
    pattern: new RegExp(`^Connection from ${FROM} on (?<dst>[0-9A-Fa-f:.]+) port (?<dport>\\d+)`),
    action: 'connection',
    outcome: '',
  },
  {
    pattern: new RegExp(
      `^(?:Connection (?:closed|reset) by|Disconnected from|Disconnecting) ${CLOSING}${FROM}(?:: .*)?(?: \\[preauth\\])?$`,
    ),
    action: 'disconnected',
    outcome: '',
  },
  { pattern: new RegExp(`^(?:error: )?Received disconnect from ${FROM}`), action: 'disconnected', outcome: '' },
  {
    pattern: new RegExp(
      `^(?:fatal: )?(?:Unable to negotiate with|Timeout before authentication for|Did not receive identification string from|Bad protocol version identification .* from|banner exchange: Connection from) ${FROM}`,
    ),
    action: 'probe',
    outcome: 'failure',
  },
];

function readMessage(message: string, fields: Fields): void {
  if (message.length > 4096) return;
  for (const { pattern, action, outcome } of PATTERNS) {
    const found = pattern.exec(message)?.groups;
    if (found === undefined) continue;
    put(fields, 'action', action);
    put(fields, 'outcome', outcome);
    put(fields, 'auth_method', found.method);
    put(fields, 'user', found.user);
    put(fields, 'src_ip', found.ip);
    put(fields, 'src_port', found.port);
    put(fields, 'dst_ip', found.dst);
    put(fields, 'dst_port', found.dport);
    return;
  }
}
