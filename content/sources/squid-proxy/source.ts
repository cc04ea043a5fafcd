import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { ACCESS_FIELDS, eventAt, type Fields, put, putUri, supply } from '#engine/formats/sigma-fields.ts';

/** Squid's native format: `time elapsed client code/status bytes method URL user hierarchy/peer type ["referer" "agent"]`. */
const LINE =
  /(?:^|\s)(?<seconds>\d{9,10})\.(?<ms>\d{3}) {1,12}(?<elapsed>-?\d{1,10}) (?<client>[0-9A-Fa-f.:]{2,45}|\S{1,255}) (?<result>[A-Z_]{3,40})\/(?<status>\d{3}) (?<bytes>\d{1,15}) (?<method>[A-Z_]{1,20}) (?<url>\S{1,8192}) (?<user>\S{1,255}) (?<hierarchy>[A-Z_]{1,40})\/(?<peer>\S{1,255}) (?<mime>\S{1,255})(?: "(?<referer>[^"]{0,8192})" "(?<agent>[^"]{0,2048})")?/;

/** Squid's access log. */
export const source = defineSource({
  id: 'squid-proxy',
  title: { zh: 'Squid 上网代理', en: 'Squid proxy' },
  vendor: 'Squid',
  product: 'Squid',
  formats: ['text', 'syslog'],
  watches: ['network'],
  asks: { programs: ['squid', '(squid-1)', 'squid-1'], marks: ['TCP_', 'UDP_', 'NONE_', 'NONE/'] },
  supplies: [
    supply(
      ['squid', 'proxy', ''],
      [
        ...ACCESS_FIELDS,
        'dst_ip',
        'dst_host',
        'dst_port',
        'duration_ms',
        'cache_result',
        'hierarchy',
        'mime_type',
        'hostname',
        'action',
      ],
      false,
    ),
  ],
  detect: ({ text }) => (LINE.test(text.slice(0, 16_384)) ? 0.95 : 0),
  parse,
});

const isAddress = (text: string): boolean => /^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$/.test(text);

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const found = LINE.exec(text.slice(0, 16_384))?.groups;
  if (found === undefined) return null;
  const fields: Fields = {};
  const value = (name: string): string => (found[name] === '-' ? '' : (found[name] ?? ''));
  put(fields, 'hostname', syslog.hostname);
  put(fields, 'c-ip', value('client'));
  put(fields, 'cs-username', value('user'));
  put(fields, 'cs-method', value('method'));
  put(fields, 'sc-status', value('status'));
  put(fields, 'sc-bytes', value('bytes'));
  put(fields, 'duration_ms', value('elapsed'));
  put(fields, 'cache_result', value('result'));
  put(fields, 'action', value('result').includes('DENIED') ? 'denied' : 'allowed');
  put(fields, 'hierarchy', value('hierarchy'));
  put(fields, 'mime_type', value('mime'));
  put(fields, 'cs-referer', value('referer'));
  put(fields, 'cs-user-agent', value('agent'));
  putTarget(value('method'), value('url'), fields);
  const peer = value('peer');
  if (isAddress(peer)) put(fields, 'dst_ip', peer);
  return eventAt(
    { product: 'squid', category: 'proxy', service: '' },
    [Number(found.seconds) * 1000 + Number(found.ms)],
    context,
    fields,
  );
}

/** CONNECT names host and port; every other method a whole address. */
function putTarget(method: string, url: string, fields: Fields): void {
  if (method !== 'CONNECT') putUri(fields, url);
  else put(fields, 'cs-uri', url);
  const authority = method === 'CONNECT' ? url : (/^[a-z]{2,8}:\/\/([^/?#]{1,255})/.exec(url)?.[1] ?? '');
  const [, host = authority, port = ''] = /^(.*?):(\d{1,5})$/.exec(authority) ?? [];
  put(fields, 'cs-host', host);
  put(fields, isAddress(host) ? 'dst_ip' : 'dst_host', host);
  put(fields, 'dst_port', port);
}
