import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { ACCESS_FIELDS, eventAt, type Fields, put, putUri, supply } from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

/** HTTP format of HAProxy (configuration manual, 8.2.3), with whatever a site adds at the end. */
const HTTP =
  /(?<client>[0-9A-Fa-f.:]{2,45}):(?<port>\d{1,5}) \[(?<time>\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?)\] (?<frontend>\S{1,128}) (?<backend>[^\s/]{1,128})\/(?<server>\S{0,128}) (?<timers>[-+\d/]{5,60}) (?<status>-?\d{1,3}) (?<bytes>\+?\d{1,15}) (?<req_cookie>\S{1,128}) (?<res_cookie>\S{1,128}) (?<state>\S{4}) (?<counts>[\d/+]{5,60}) (?<queues>\d{1,10}\/\d{1,10})(?: \{(?<captured>[^}]{0,2048})\})?(?: \{(?<answered>[^}]{0,2048})\})? "(?<request>[^"]{0,8192})"?(?: (?<tls>TLS\S{1,60}))?/;
/** TCP format (8.2.2): no request. */
const TCP =
  /(?<client>[0-9A-Fa-f.:]{2,45}):(?<port>\d{1,5}) \[(?<time>\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?)\] (?<frontend>\S{1,128}) (?<backend>[^\s/]{1,128})\/(?<server>\S{0,128}) (?<timers>[-+\d/]{3,40}) (?<bytes>\+?\d{1,15}) (?<state>\S{2}) (?<counts>[\d/+]{5,60}) (?<queues>\d{1,10}\/\d{1,10})\s*$/;

const FIELDS = [
  'hostname',
  'src_port',
  'frontend',
  'backend',
  'server',
  'termination',
  'duration_ms',
  'tls_version',
  'captured_headers',
];

/** HAProxy's traffic log over syslog. */
export const source = defineSource({
  id: 'haproxy-http',
  title: { zh: 'HAProxy 负载均衡', en: 'HAProxy' },
  vendor: 'HAProxy Technologies',
  product: 'HAProxy',
  formats: ['syslog', 'text'],
  watches: ['application', 'network'],
  asks: { programs: ['haproxy', 'hapee-lb'], marks: ['/0 "', '/0/0 0/0'] },
  supplies: [
    supply(['haproxy', 'webserver', ''], [...ACCESS_FIELDS, ...FIELDS], false),
    supply(['haproxy', '', ''], [...FIELDS, 'src_ip', 'bytes_in'], false),
  ],
  detect: ({ text }) => (HTTP.test(text.slice(0, 16_384)) || TCP.test(text.slice(0, 2048)) ? 0.93 : 0),
  parse,
});

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const http = HTTP.exec(text.slice(0, 16_384))?.groups;
  const found = http ?? TCP.exec(text.slice(0, 2048))?.groups;
  if (found === undefined) return null;
  const fields: Fields = {};
  put(fields, 'hostname', syslog.hostname);
  put(fields, http ? 'c-ip' : 'src_ip', found.client);
  put(fields, 'src_port', found.port);
  put(fields, 'frontend', found.frontend?.replace(/~$/, ''));
  put(fields, 'backend', found.backend);
  put(fields, 'server', found.server);
  put(fields, 'termination', found.state);
  put(fields, 'duration_ms', /(\d+)$/.exec(found.timers ?? '')?.[1]);
  put(fields, http ? 'sc-bytes' : 'bytes_in', found.bytes?.replace('+', ''));
  const at = [parseTimestamp(found.time ?? '', context.zone), syslog.timeMs];
  if (http === undefined) return eventAt({ product: 'haproxy', category: '', service: '' }, at, context, fields);
  const [, method = '', target = '', version = ''] =
    /^(\S{1,32}) (.*?)(?: (HTTP\/\d(?:\.\d)?))?$/s.exec(found.request ?? '') ?? [];
  put(fields, 'cs-method', method);
  putUri(fields, target);
  put(fields, 'cs-version', version);
  put(fields, 'sc-status', found.status);
  put(fields, 'captured_headers', found.captured);
  const host = found.captured?.split('|')[0] ?? '';
  if (/^[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,24}(?::\d{1,5})?$/.test(host))
    put(fields, 'cs-host', host.replace(/:\d+$/, ''));
  put(fields, 'tls_version', /^TLSv1(?:\.\d)?$/.exec(found.tls ?? '')?.[0]);
  return eventAt({ product: 'haproxy', category: 'webserver', service: '' }, at, context, fields);
}
