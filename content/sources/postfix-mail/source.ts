import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence } from '#engine/formats/patterns.ts';
import { eventAt, oneText, put, SYSLOG_FIELDS, supply, syslogFields } from '#engine/formats/sigma-fields.ts';
import { SENTENCES } from './sentences.ts';

const logsource = { product: 'postfix', category: 'email', service: '' } as const;

/** What stands around Postfix on a mail host and speaks of the same messages. */
const PROGRAMS = ['postfix', 'postgrey', 'policyd-spf', 'spamd', 'opendkim', 'opendmarc', 'postscreen', 'amavis'];
const isMail = (program: string): boolean => PROGRAMS.includes(program) || program.startsWith('postfix');

/** Postfix and its policy servers, by way of syslog. */
export const source = defineSource({
  id: 'postfix-mail',
  title: { zh: 'Postfix 邮件服务', en: 'Postfix' },
  vendor: 'Postfix',
  product: 'Postfix',
  formats: ['syslog'],
  watches: ['application'],
  asks: { programs: PROGRAMS },
  supplies: [
    supply(
      ['postfix', 'email', ''],
      [
        ...SYSLOG_FIELDS,
        ...[
          'action',
          'outcome',
          'reason',
          'queue_id',
          'remote_queue_id',
          'message_id',
          'mail_from',
          'mail_to',
          'orig_to',
          'mail_subject',
        ],
        ...[
          'src_host',
          'src_ip',
          'src_port',
          'dst_host',
          'dst_ip',
          'dst_port',
          'user',
          'auth_method',
          'dsn',
          'helo',
          'app_proto',
          'size',
        ],
      ],
    ),
  ],
  detect: ({ syslog }) => (isMail(syslog.program) ? 0.95 : 0),
  parse,
});

const QUEUE_ID = /^(?:([0-9A-F]{6,15}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,20}|NOQUEUE): )/;

function parse({ syslog, context }: OpenedText): SourceEvent | null {
  if (!isMail(syslog.program) && !(context.configured && syslog.program.length < 64)) return null;
  const fields = syslogFields(syslog);
  // A header that was taken off leaves the queue's number where a program would stand.
  const whole =
    isMail(syslog.program) || syslog.program === '' ? syslog.message : `${syslog.program}: ${syslog.message}`;
  if (!isMail(syslog.program)) delete fields.program;
  const queue = QUEUE_ID.exec(whole);
  if (queue !== null && queue[1] !== 'NOQUEUE') put(fields, 'queue_id', queue[1]);
  const message = whole.slice(queue?.[0].length ?? 0).trim();
  put(fields, 'message', whole.trim());
  readSentence(message, SENTENCES, fields);
  for (const name of ['src_host', 'dst_host'])
    if (fields[name] === 'unknown' || fields[name] === 'none') delete fields[name];
  for (const name of ['mail_from', 'mail_to', 'orig_to']) {
    const address = oneText(fields[name]).replace(/^<|>$/g, '');
    if (address === '') delete fields[name];
    else put(fields, name, address);
  }
  const helo = oneText(fields.helo).replace(/^[[<]+|[\]>]+$/g, '');
  if (helo === '') delete fields.helo;
  else put(fields, 'helo', helo);
  put(fields, 'app_proto', 'smtp');
  return eventAt(logsource, [syslog.timeMs], context, fields);
}
