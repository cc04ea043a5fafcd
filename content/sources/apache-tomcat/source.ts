import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import { eventAt, type Fields, put, supply } from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime } from '#engine/formats/time.ts';

/** `20-May-2026 09:58:15.123 SEVERE [thread] class.method text` of Tomcat's own formatter. */
const LINE =
  /^(?<time>\d{1,2}-[A-Z][a-z]{2}-\d{4} \d{2}:\d{2}:\d{2}(?:\.\d{1,3})?) (?<level>SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST|严重|警告|信息) \[(?<thread>[^\]]{1,128})\] (?<logger>[\w.$/<>]{1,200}) ?(?<message>[\s\S]*)$/;
const SENTENCES: readonly Sentence[] = [
  {
    pattern: /^Deploy(?:ing|ment of) web application (?:archive|directory) \[(?<TargetFilename>[^\]]{1,512})\]/,
    set: { action: 'deploy' },
  },
  {
    pattern: /^An attempt was made to authenticate the locked user \[(?<user>[^\]]{1,128})\]/,
    set: { action: 'login', outcome: 'failure' },
  },
  {
    pattern:
      /^Servlet\.service\(\) for servlet \[(?<object>[^\]]{1,256})\].{0,400}? threw exception(?: \[(?<reason>.{1,800}?)\])?/,
    set: { action: 'exception' },
  },
  {
    pattern: /Invalid character found in (?:the request target|method name)(?: \[(?<request>.{1,800}?)\])?/,
    set: { action: 'bad_request' },
  },
];

/** Apache Tomcat's own log; its access log is in the common format of web servers. */
export const source = defineSource({
  id: 'apache-tomcat',
  title: { zh: 'Tomcat 应用服务器', en: 'Apache Tomcat' },
  vendor: 'Apache Software Foundation',
  product: 'Tomcat',
  formats: ['text', 'syslog'],
  watches: ['application'],
  asks: { marks: [' SEVERE [', ' WARNING [', ' INFO [', ' 严重 [', ' 警告 [', ' 信息 ['] },
  supplies: [
    supply(
      ['tomcat', '', 'catalina'],
      [
        'hostname',
        'level',
        'thread',
        'logger',
        'message',
        'action',
        'outcome',
        'user',
        'object',
        'reason',
        'request',
        'TargetFilename',
      ],
      false,
    ),
  ],
  detect: ({ syslog, text }) => (LINE.test(syslog.message) || LINE.test(text) ? 0.95 : 0),
  parse,
});

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const found = (LINE.exec(syslog.message) ?? LINE.exec(text))?.groups;
  if (found === undefined) return null;
  const fields: Fields = {};
  put(fields, 'hostname', syslog.hostname);
  for (const name of ['level', 'thread', 'logger']) put(fields, name, found[name]);
  const message = (found.message ?? '').trim();
  put(fields, 'message', message);
  readSentence(message, SENTENCES, fields);
  return eventAt(
    { product: 'tomcat', category: '', service: 'catalina' },
    [parseDeviceTime(found.time ?? '', context), syslog.timeMs],
    context,
    fields,
  );
}
