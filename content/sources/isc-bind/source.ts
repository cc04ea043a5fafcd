import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import { eventAt, type Fields, oneText, plainProtocol, put, supply } from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime } from '#engine/formats/time.ts';

const FIELDS = [
  ...[
    'hostname',
    'program',
    'message',
    'level',
    'logger',
    'action',
    'outcome',
    'reason',
    'query',
    'query_class',
    'record_type',
    'answer',
  ],
  ...['src_ip', 'src_port', 'dst_ip', 'protocol', 'flags', 'response_code', 'view', 'policy_name'],
];

const CLIENT = String.raw`(?:view (?<outer_view>\S{1,64}): {1,4})?client (?:@0x[0-9a-f]{1,16} )?(?<src_ip>[0-9A-Fa-f.:]{2,45})#(?<src_port>\d{1,5})(?:\/key \S{1,64})?(?: \((?<asked>\S{1,255})\))?:(?: view (?<view>\S{1,64}):)? `;
const NAME = String.raw`(?<query>\S{1,255})`;
const at = (text: string): RegExp => new RegExp(text);

/** BIND 9 (Administrator Reference Manual, "logging"): queries, answers, policy rewriting, transfers, resolving. */
const SENTENCES: readonly Sentence[] = [
  {
    pattern: at(
      `^${CLIENT}query: ${NAME} (?<query_class>[A-Z]{2,6}) (?<record_type>[A-Z0-9]{1,16}) (?<flags>[-+][A-Za-z0-9()]{0,16})(?: \\((?<dst_ip>[0-9A-Fa-f.:]{2,45})\\))?`,
    ),
    set: { action: 'query' },
  },
  {
    pattern: at(
      `^${CLIENT}answer: ${NAME} (?<query_class>[A-Z]{2,6}) (?<record_type>[A-Z0-9]{1,16}) (?<flags>[-+][A-Za-z0-9()]{0,16}) \\((?<dst_ip>[0-9A-Fa-f.:]{2,45})\\) -> (?<response_code>[A-Z]{2,16}) ?(?<answer>.{0,2000})`,
    ),
    set: { action: 'answer' },
  },
  {
    pattern: at(
      `^${CLIENT}(?:error |disabled )?rpz (?<policy_name>[A-Z-]{2,16}) (?<action>[A-Za-z-]{2,20}) rewrite ${NAME}\\/(?<record_type>[A-Z0-9]{1,16})\\/(?<query_class>[A-Z]{2,6}) via (?<reason>.{1,600})$`,
    ),
  },
  {
    pattern: at(
      `^${CLIENT}(?:query|update|zone transfer|transfer of|query \\(cache\\)) '(?<query>[^/']{1,255})(?:\\/(?<record_type>[A-Z0-9]{1,16})\\/(?<query_class>[A-Z]{2,6}))?' (?<action>denied|approved)`,
    ),
  },
  { pattern: at(`^${CLIENT}(?<message_rest>.*)$`) },
  {
    pattern:
      /^(?:view (?<view>\S{1,64}): {1,4})?(?<action>timed out resolving|lame server resolving|success resolving|DNS format error|error \(\S{1,40}\) resolving|unexpected RCODE \((?<response_code>[A-Z]{2,16})\) resolving|broken trust chain resolving|no valid \S{1,16} resolving|validating)[ ']{1,3}(?<query>[^/'\s]{1,255})(?:\/(?<record_type>[A-Z0-9]{1,16}))?(?:\/(?<query_class>[A-Z]{2,6}))?'?(?:.{0,300}?: (?<dst_ip>[0-9A-Fa-f.:]{2,45})#\d{1,5}|: (?<reason>.{1,400}))?/,
  },
  {
    pattern:
      /^transfer of '(?<query>[^/']{1,255})\/(?<query_class>[A-Z]{2,6})' from (?<src_ip>[0-9A-Fa-f.:]{2,45})#(?<src_port>\d{1,5}): (?<reason>.{1,400})$/,
    set: { action: 'transfer' },
  },
  {
    pattern: /^zone (?<query>[^/\s]{1,255})\/(?<query_class>[A-Z]{2,6})(?:\/\S{1,64})?: (?<reason>.{1,400})$/,
    set: { action: 'zone' },
  },
  { pattern: /^rpz: (?<policy_name>[^:\s]{1,255}): (?<action>reload \w{1,16})(?:: (?<outcome>\w{1,16}))?/ },
];

/** `20-May-2026 09:58:15.123 queries: info: ` as the own log file has it; syslog keeps category and level if told to. */
const OWN_TIME = /^(?<time>\d{2}-[A-Z][a-z]{2}-\d{4} \d{2}:\d{2}:\d{2}\.\d{3}) /;
const CATEGORY = /^(?<logger>[a-z][a-z0-9-]{2,24}): (?<level>info|notice|warning|error|critical|debug(?: \d{1,2})?): /;
const KNOWN =
  /(?:^|[\s:])client (?:@0x[0-9a-f]{1,16} )?[0-9A-Fa-f.:]{2,45}#\d{1,5}(?:\/key \S{1,64})?(?: \(\S{1,255}\))?:/;

/** ISC BIND. */
export const source = defineSource({
  id: 'isc-bind',
  title: { zh: 'BIND 域名服务', en: 'ISC BIND' },
  vendor: 'ISC',
  product: 'BIND',
  formats: ['syslog', 'text'],
  watches: ['network'],
  asks: { programs: ['named', 'bind'], marks: ['client @0x', 'client ', " resolving '", 'rpz: ', "transfer of '"] },
  supplies: [supply(['bind', 'dns', ''], FIELDS, false), supply(['bind', '', ''], FIELDS, false)],
  detect: ({ syslog, text }) => (syslog.program === 'named' ? 0.95 : KNOWN.test(text.slice(0, 1024)) ? 0.9 : 0),
  parse,
});

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const ours = syslog.program === 'named' || syslog.program === 'bind';
  if (!ours && !context.configured && !KNOWN.test(text.slice(0, 1024))) return null;
  const fields: Fields = {};
  if (ours) {
    put(fields, 'hostname', syslog.hostname);
    put(fields, 'program', syslog.program);
  }
  const whole = (ours ? syslog.message : text).trim();
  const time = OWN_TIME.exec(whole);
  const timeless = whole.slice(time?.[0].length ?? 0);
  const category = CATEGORY.exec(timeless);
  put(fields, 'logger', category?.groups?.logger);
  put(fields, 'level', category?.groups?.level);
  const message = timeless.slice(category?.[0].length ?? 0).trim();
  put(fields, 'message', message);
  readSentence(message, SENTENCES, fields);
  for (const name of ['asked', 'outer_view', 'message_rest']) {
    if (name === 'outer_view' && fields.view === undefined) put(fields, 'view', fields.outer_view);
    if (name === 'asked' && fields.query === undefined) put(fields, 'query', fields.asked);
    delete fields[name];
  }
  if (oneText(fields.flags).includes('T')) put(fields, 'protocol', 'tcp');
  plainProtocol(fields);
  const at = [parseDeviceTime(time?.groups?.time ?? '', context), syslog.timeMs];
  return eventAt(
    { product: 'bind', category: fields.query === undefined ? '' : 'dns', service: '' },
    at,
    context,
    fields,
  );
}
