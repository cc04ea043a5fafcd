import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { ACCESS_FIELDS, eventAt, type Fields, put, supply } from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';
import { w3cCells, w3cColumns } from '#engine/formats/w3c.ts';

/** Field orders that IIS writes by number of columns: the default of IIS 8 and later, with and without site and server. */
const ORDERS: readonly string[] = [
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken',
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status',
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken',
  'date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken',
];
const NAMES: Readonly<Record<string, string>> = {
  'cs(User-Agent)': 'cs-user-agent',
  'cs(Referer)': 'cs-referer',
  'cs(Cookie)': 'cs-cookie',
  's-computername': 'hostname',
  'time-taken': 'duration_ms',
};
const COLUMNS = w3cColumns(ORDERS);

/** Internet Information Services in W3C extended format, as the default writes it. Times are UTC. */
export const source = defineSource({
  id: 'microsoft-iis',
  title: { zh: 'IIS 网站日志', en: 'Internet Information Services' },
  vendor: 'Microsoft',
  product: 'IIS',
  formats: ['w3c', 'syslog'],
  watches: ['application'],
  asks: { marks: [' GET /', ' POST /', ' HEAD /', ' OPTIONS /', ' PUT /', ' DELETE /', ' PROPFIND /', ' DEBUG /'] },
  supplies: [
    supply(
      ['windows', 'webserver', 'iis'],
      [
        ...ACCESS_FIELDS,
        's-ip',
        'cs-cookie',
        'cs-bytes',
        'sc-substatus',
        'sc-win32-status',
        'duration_ms',
        'hostname',
        's-sitename',
      ],
      false,
    ),
  ],
  detect: ({ text }) => (w3cCells(text, COLUMNS) === undefined ? 0 : 0.93),
  parse,
});

function parse({ text, context }: OpenedText): SourceEvent | null {
  const cells = w3cCells(text, COLUMNS);
  if (cells === undefined) return null;
  const fields: Fields = {};
  for (const [name, value] of Object.entries(cells)) {
    if (name === 'date' || name === 'time' || value === '-') continue;
    // IIS writes a plus sign for a space in these two.
    put(
      fields,
      NAMES[name] ?? name,
      name === 'cs(User-Agent)' || name === 'cs(Cookie)' ? value.replaceAll('+', ' ') : value,
    );
  }
  const stem = cells['cs-uri-stem'] ?? '';
  const query = cells['cs-uri-query'] ?? '-';
  put(fields, 'cs-uri', query === '-' ? stem : `${stem}?${query}`);
  const at = parseTimestamp(`${cells.date ?? ''} ${cells.time ?? ''}Z`, context.zone);
  return eventAt({ product: 'windows', category: 'webserver', service: 'iis' }, [at], context, fields);
}
