import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { type Fields, put, SYSLOG_FIELDS, syslogFields } from '#engine/formats/sigma-fields.ts';

const logsource = { product: 'linux', category: '', service: 'sudo' } as const;

/** sudo's syslog lines: `alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id`. */
export const source = defineSource({
  id: 'linux-sudo',
  title: { zh: 'Linux sudo 提权', en: 'sudo' },
  vendor: 'Sudo Project',
  product: 'sudo',
  formats: ['syslog'],
  watches: ['endpoint'],
  asks: { programs: ['sudo'] },
  supplies: [
    {
      logsource,
      fields: [
        ...SYSLOG_FIELDS,
        'user',
        'action',
        'outcome',
        'reason',
        'TTY',
        'PWD',
        'USER',
        'GROUP',
        'ENV',
        'COMMAND',
      ],
      open: false,
    },
  ],
  detect: ({ syslog }) => (syslog.program === 'sudo' ? 0.95 : 0),
  parse,
});

function parse({ syslog, context }: OpenedText): SourceEvent | null {
  if (syslog.program !== 'sudo') return null;
  const fields = syslogFields(syslog);
  const found = /^\s*(\S+) : (.*)$/s.exec(syslog.message);
  if (found) readCommand(found[1] ?? '', found[2] ?? '', fields);
  else readSession(syslog.message, fields);
  return {
    logsource,
    timeMs: syslog.timeMs ?? context.receivedAtMs,
    fields,
    problem: syslog.timeMs === undefined ? 'no readable time: time of receipt used' : '',
  };
}

const NAMES = new Set(['TTY', 'PWD', 'USER', 'GROUP', 'ENV', 'TSID', 'CHROOT']);

function readCommand(user: string, rest: string, fields: Fields): void {
  put(fields, 'user', user);
  // The command is the last part and may itself contain ` ; `.
  const at = rest.indexOf('COMMAND=');
  const head = at === -1 ? rest : rest.slice(0, at);
  if (at !== -1) put(fields, 'COMMAND', rest.slice(at + 'COMMAND='.length));
  let reason = '';
  for (const part of head.split(' ; ')) {
    const [, name = '', value = ''] = /^([A-Z]+)=(.*)$/s.exec(part.trim()) ?? [];
    if (NAMES.has(name)) put(fields, name, value);
    else if (name === '' && reason === '') reason = part.trim();
  }
  put(fields, 'reason', reason);
  put(fields, 'action', reason === '' ? 'command' : 'refused');
  put(fields, 'outcome', reason === '' ? 'success' : 'failure');
}

function readSession(message: string, fields: Fields): void {
  const opened = /session (opened|closed) for user ([^\s(]+)(?:\(uid=\d+\))?(?: by ([^\s(]+))?/.exec(message);
  if (opened) {
    put(fields, 'action', `session_${opened[1]}`);
    put(fields, 'USER', opened[2]);
    put(fields, 'user', opened[3]);
    return;
  }
  if (!message.includes('authentication failure')) return;
  put(fields, 'action', 'pam_failure');
  put(fields, 'outcome', 'failure');
  put(fields, 'user', /(?:\s|;)user=(\S+)/.exec(message)?.[1] ?? /ruser=(\S+)/.exec(message)?.[1]);
}
