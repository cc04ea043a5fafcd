import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { eventAt, type Fields, put, supply } from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime } from '#engine/formats/time.ts';

/** Debug log of the Windows DNS server: `5/20/2026 9:58:15 AM 0BC8 PACKET 0000… UDP Rcv 192.0.2.10 3f2a   Q [0001   D   NOERROR] A      (3)www(4)shop(7)example(0)` */
const LINE =
  /(?<time>\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4} \d{1,2}:\d{2}:\d{2}(?: [AP]M)?) (?<thread>[0-9A-Fa-f]{2,8}) PACKET {1,2}(?:[0-9A-Fa-f]{8,16} )?(?<protocol>UDP|TCP) (?<direction>Rcv|Snd) (?<peer>[0-9A-Fa-f.:]{2,45}) {1,16}(?<id>[0-9A-Fa-f]{4}) (?<kind>[ R]) (?<opcode>[QNU?]) \[(?<flags>[0-9A-Fa-f]{4}) {1,4}(?<letters>[A-Z ]{1,8}?) {1,4}(?<code>[A-Z]{3,12})\] (?<type>[A-Z0-9]{1,12}) {1,12}(?<name>\S{1,512})/;

/** The DNS server of Windows (its debug log; its events come with the Windows event log). */
export const source = defineSource({
  id: 'microsoft-dns',
  title: { zh: 'Windows DNS 调试日志', en: 'Windows DNS debug log' },
  vendor: 'Microsoft',
  product: 'DNS Server',
  formats: ['text', 'syslog'],
  watches: ['network'],
  asks: { marks: [' PACKET '] },
  supplies: [
    supply(
      ['windows', 'dns', 'dns-server'],
      [
        'hostname',
        'query',
        'record_type',
        'response_code',
        'src_ip',
        'dst_ip',
        'protocol',
        'action',
        'flags',
        'direction',
      ],
      false,
    ),
  ],
  detect: ({ text }) => (LINE.test(text.slice(0, 1024)) ? 0.96 : 0),
  parse,
});

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const found = LINE.exec(text.slice(0, 1024))?.groups;
  if (found === undefined) return null;
  const fields: Fields = {};
  const received = found.direction === 'Rcv';
  put(fields, 'hostname', /^\d/.test(syslog.hostname) ? undefined : syslog.hostname);
  put(fields, received ? 'src_ip' : 'dst_ip', found.peer);
  put(fields, 'protocol', found.protocol?.toLowerCase());
  put(fields, 'direction', received ? 'inbound' : 'outbound');
  put(fields, 'action', found.kind === 'R' ? 'answer' : 'query');
  put(fields, 'record_type', found.type);
  put(fields, 'response_code', found.code);
  put(fields, 'flags', found.letters?.trim());
  put(fields, 'query', nameOf(found.name ?? ''));
  return eventAt(
    { product: 'windows', category: 'dns', service: 'dns-server' },
    [timeOf(found.time ?? '', context), syslog.timeMs],
    context,
    fields,
  );
}

/** `(3)www(4)shop(0)`: each label with its length before it. */
const nameOf = (text: string): string => text.replace(/\(\d{1,3}\)/g, '.').replace(/^\.|\.$/g, '');

/** The server writes in its own language's order; month first with AM and PM, else the order shows itself by the year. */
function timeOf(text: string, context: OpenedText['context']): number | undefined {
  const found = /^(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4}) (\d{1,2}):(\d{2}):(\d{2})(?: ([AP])M)?$/.exec(text);
  if (found === null) return undefined;
  const [, first = '', second = '', third = '', hour = '', minute = '', seconds = '', half] = found;
  const [year, month, day] = first.length === 4 ? [first, second, third] : [third, first, second];
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'P' ? 12 : 0);
  return parseDeviceTime(`${year}-${month}-${day} ${hours}:${minute}:${seconds}`, context);
}
