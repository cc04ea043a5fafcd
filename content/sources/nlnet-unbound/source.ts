import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import { eventAt, type Fields, oneText, put, supply } from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

const HEAD =
  /^(?:\[(?<seconds>\d{9,11})\] unbound)?\[(?<pid>\d{1,10}):(?<thread>[0-9a-f]{1,8})\] (?<level>info|debug|error|warning|notice|fatal error|query|reply): /;
const SENTENCES: readonly Sentence[] = [
  {
    pattern:
      /^(?<src_ip>[0-9A-Fa-f.:]{2,45}) (?<query>\S{1,255}?)\.? (?<record_type>[A-Z0-9]{1,16}) (?<query_class>[A-Z]{2,6})(?: (?<response_code>[A-Z]{2,16}) (?<duration>[\d.]{1,12}) [01] (?<size>\d{1,6}))?$/,
    set: { action: 'query' },
  },
  {
    pattern:
      /^(?<query>\S{1,255}?)\.? \S{1,32} (?<action>always_nxdomain|always_refuse|always_null|inform|inform_deny|deny|refuse|redirect|static) (?<src_ip>[0-9A-Fa-f.:]{2,45})@(?<src_port>\d{1,5}) \S{1,255} (?<record_type>[A-Z0-9]{1,16}) (?<query_class>[A-Z]{2,6})$/,
  },
  { pattern: /^(?:internal )?error: (?<error>.{1,400})$/ },
  { pattern: /^(?<error>(?:failed to|internal error:|could not).{1,400})$/ },
];
const FIELDS = [
  'hostname',
  'program',
  'pid',
  'level',
  'message',
  'action',
  'query',
  'record_type',
  'query_class',
  'response_code',
  'src_ip',
  'src_port',
  'duration',
  'size',
  'error',
];

/** NLnet Labs' resolver Unbound. */
export const source = defineSource({
  id: 'nlnet-unbound',
  title: { zh: 'Unbound 域名解析', en: 'Unbound' },
  vendor: 'NLnet Labs',
  product: 'Unbound',
  formats: ['syslog', 'text'],
  watches: ['network'],
  asks: { programs: ['unbound'], marks: ['] info: ', '] query: ', '] reply: ', '] error: ', 'unbound['] },
  supplies: [supply(['unbound', 'dns', ''], FIELDS, false), supply(['unbound', '', ''], FIELDS, false)],
  detect: ({ syslog }) => (syslog.program === 'unbound' ? 0.95 : HEAD.test(syslog.message) ? 0.9 : 0),
  parse,
});

function parse({ syslog, context }: OpenedText): SourceEvent | null {
  const head = HEAD.exec(syslog.message);
  if (syslog.program !== 'unbound' && head === null) return null;
  const fields: Fields = {};
  put(fields, 'hostname', syslog.hostname);
  put(fields, 'program', 'unbound');
  put(fields, 'pid', head?.groups?.pid ?? syslog.pid);
  put(fields, 'level', head?.groups?.level);
  const message = syslog.message.slice(head?.[0].length ?? 0).trim();
  put(fields, 'message', message);
  readSentence(message, SENTENCES, fields);
  const at = [parseTimestamp(head?.groups?.seconds ?? '', context.zone), syslog.timeMs];
  const category = oneText(fields.query) === '' ? '' : 'dns';
  return eventAt({ product: 'unbound', category, service: '' }, at, context, fields);
}
