import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { type Fields, put, SYSLOG_FIELDS, syslogFields } from '#engine/formats/sigma-fields.ts';

/** Every other program of a Linux host that writes to syslog: cron, su, account tools, systemd, the kernel. */
export const source = defineSource({
  id: 'linux-syslog',
  title: { zh: 'Linux 系统日志', en: 'Linux syslog' },
  vendor: 'Linux',
  product: 'syslog',
  formats: ['syslog'],
  watches: ['endpoint'],
  asks: { always: true },
  supplies: ['syslog', 'cron', 'auth'].map((service) => ({
    logsource: { product: 'linux', category: '', service },
    fields: [...SYSLOG_FIELDS, 'facility', 'action', 'outcome', 'user', 'target_user', 'group', 'unit', 'CommandLine'],
    open: false,
  })),
  detect: ({ syslog }) => (isSyslog(syslog) ? 0.3 : 0),
  parse,
});

const isSyslog = (syslog: OpenedText['syslog']): boolean =>
  syslog.program !== '' && (syslog.timeMs !== undefined || syslog.facility !== undefined);

function parse({ syslog, context }: OpenedText): SourceEvent | null {
  if (!isSyslog(syslog)) return null;
  const fields = syslogFields(syslog);
  if (syslog.facility !== undefined) put(fields, 'facility', String(syslog.facility));
  if (syslog.message.length <= 4096) readMessage(syslog.program, syslog.message, fields);
  return {
    logsource: { product: 'linux', category: '', service: serviceOf(syslog.program) },
    timeMs: syslog.timeMs ?? context.receivedAtMs,
    fields,
    problem: syslog.timeMs === undefined ? 'no readable time: time of receipt used' : '',
  };
}

const CRON = /^(?:CRON|crond?|anacron|crontab|atd|CROND)$/;
const AUTH =
  /^(?:su|login|useradd|userdel|usermod|groupadd|groupdel|groupmod|gpasswd|passwd|chpasswd|chage|chsh|visudo|systemd-logind|polkitd|pkexec|gdm-password\]?|vsftpd|adduser)$/;

function serviceOf(program: string): string {
  if (CRON.test(program)) return 'cron';
  return AUTH.test(program) ? 'auth' : 'syslog';
}

interface Pattern {
  readonly program: RegExp;
  readonly pattern: RegExp;
  readonly action: string;
  readonly outcome?: 'success' | 'failure';
}

const PATTERNS: readonly Pattern[] = [
  { program: CRON, pattern: /^\((?<user>[^)]*)\) CMD \((?<command>.*)\)$/, action: 'cron_run' },
  {
    program: CRON,
    pattern: /^\((?<user>[^)]*)\) (?:REPLACE|BEGIN EDIT|END EDIT) \((?<target>[^)]*)\)/,
    action: 'crontab_changed',
  },
  {
    program: /^su$/,
    pattern: /^(?:FAILED SU|FAILED su for .*) ?\(to (?<target>\S+)\) (?<user>\S+) on/,
    action: 'su',
    outcome: 'failure',
  },
  { program: /^su$/, pattern: /^\(to (?<target>[^)\s]+)\) (?<user>\S+) on/, action: 'su', outcome: 'success' },
  {
    program: /^su$/,
    pattern: /session opened for user (?<target>[^\s(]+)(?:\(uid=\d+\))? by (?<user>[^\s(]*)/,
    action: 'session_opened',
    outcome: 'success',
  },
  { program: /^useradd$/, pattern: /^new user: name=(?<target>[^,]+),/, action: 'user_added', outcome: 'success' },
  { program: /^userdel$/, pattern: /^delete user '(?<target>[^']+)'/, action: 'user_deleted', outcome: 'success' },
  {
    program: /^(?:usermod|gpasswd|useradd)$/,
    pattern: /^(?:add|user) '?(?<target>[^'\s]+)'? (?:added by \S+ )?to (?:shadow )?group '?(?<group>[^'\s]+)'?/,
    action: 'group_member_added',
    outcome: 'success',
  },
  { program: /^groupadd$/, pattern: /^new group: name=(?<group>[^,]+)/, action: 'group_added', outcome: 'success' },
  {
    program: /^(?:passwd|chpasswd)$/,
    pattern: /password changed for (?<target>\S+)/,
    action: 'password_changed',
    outcome: 'success',
  },
  { program: /^systemd$/, pattern: /^(?:Stopped|Stopping) (?<unit>.*?)\.*$/, action: 'service_stopped' },
  { program: /^systemd$/, pattern: /^(?:Started|Starting) (?<unit>.*?)\.*$/, action: 'service_started' },
];

function readMessage(program: string, message: string, fields: Fields): void {
  for (const { program: programs, pattern, action, outcome } of PATTERNS) {
    if (!programs.test(program)) continue;
    const found = pattern.exec(message)?.groups;
    if (found === undefined) continue;
    put(fields, 'action', action);
    put(fields, 'outcome', outcome);
    put(fields, 'user', found.user);
    put(fields, 'target_user', found.target);
    put(fields, 'group', found.group);
    put(fields, 'CommandLine', found.command);
    put(fields, 'unit', found.unit);
    return;
  }
}
