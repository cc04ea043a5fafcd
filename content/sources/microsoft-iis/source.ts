import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { ACCESS_FIELDS, eventAt, type Fields, put, supply } from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';
import { IIS_ORDERS, IIS_SOFTWARE, w3cCells, w3cColumns } from '#engine/formats/w3c.ts';

const NAMES: Readonly<Record<string, string>> = {
  'cs(User-Agent)': 'cs-user-agent',
  'cs(Referer)': 'cs-referer',
  'cs(Cookie)': 'cs-cookie',
  's-computername': 'hostname',
  'time-taken': 'duration_ms',
  'X-Forwarded-For': 'x_forwarded_for',
  'cs(X-Forwarded-For)': 'x_forwarded_for',
};
const COLUMNS = w3cColumns(IIS_ORDERS);

/** The cells of a line by name: of a default order, or as the reader of a whole log named them. */
function cellsOf({ text, json }: OpenedText): Record<string, string> | undefined {
  if (json === undefined) return w3cCells(text, COLUMNS);
  const { software, ...cells } = json;
  if (typeof software !== 'string' || !software.startsWith(IIS_SOFTWARE)) return undefined;
  return Object.fromEntries(Object.entries(cells).map(([name, value]) => [name, String(value)]));
}

/** Internet Information Services in W3C extended format, in any order of columns when its log is read whole. Times are UTC. */
export const source = defineSource({
  id: 'microsoft-iis',
  title: { zh: 'IIS 网站日志', en: 'Internet Information Services' },
  vendor: 'Microsoft',
  product: 'IIS',
  formats: ['w3c', 'syslog'],
  watches: ['application'],
  asks: {
    keys: ['software'],
    marks: [' GET /', ' POST /', ' HEAD /', ' OPTIONS /', ' PUT /', ' DELETE /', ' PROPFIND /', ' DEBUG /'],
  },
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
        'x_forwarded_for',
        'hostname',
        's-sitename',
      ],
      false,
    ),
  ],
  detect: (opened) => (cellsOf(opened) === undefined ? 0 : 0.93),
  parse,
});

function parse(opened: OpenedText): SourceEvent | null {
  const { context } = opened;
  const cells = cellsOf(opened);
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
