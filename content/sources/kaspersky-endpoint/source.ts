import { CEF_FIELDS, cefFields, cefTimes } from '#engine/formats/cef-names.ts';
import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import {
  eventAt,
  type Fields,
  type Names,
  namesOf,
  oneText,
  put,
  rename,
  supply,
} from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime } from '#engine/formats/time.ts';

const logsource = { product: 'kaspersky', category: 'antivirus', service: '' } as const;

/** Lines of a notification: `Name: value`, separated by line breaks or by the two characters `\r\n`. */
const NAMES: Names = {
  'Event type': 'event_type',
  'Result description': 'action',
  Type: 'threat_type',
  Name: 'Signature',
  Object: 'Filename',
  'Object name': 'Filename',
  'Object type': 'object_type',
  'Application name': 'ProcessName',
  'Application path': 'process_path',
  User: 'user',
  'Computer name': 'hostname',
  Reason: 'reason',
  Error: 'error',
  SHA256: 'sha256',
  MD5: 'md5',
  'Database release date': 'database_time',
  'Release date': 'database_time',
};
const KNOWN = /(?:^|\s|\\n)(?:Event type|Result description): [^\r\n\\]{1,200}(?:\\r)?(?:\\n|\r?\n)/;

/** Kaspersky Endpoint Security: notifications as text, or CEF from Kaspersky Security Center. */
export const source = defineSource({
  id: 'kaspersky-endpoint',
  title: { zh: '卡巴斯基终端安全', en: 'Kaspersky Endpoint Security' },
  vendor: 'Kaspersky',
  product: 'Kaspersky Endpoint Security',
  formats: ['text', 'cef', 'syslog'],
  watches: ['endpoint'],
  asks: { marks: ['Result description: ', 'Event type: ', '|KasperskyLab|', '|Kaspersky|'] },
  supplies: [supply(['kaspersky', 'antivirus', ''], [...namesOf(NAMES), ...CEF_FIELDS, 'user_domain', 'Hashes'])],
  detect: ({ text, cef }) =>
    cef ? (/^Kaspersky/.test(cef.vendor) ? 0.95 : 0) : KNOWN.test(text.slice(0, 2048)) ? 0.9 : 0,
  parse,
});

function parse({ text, cef, syslog, context }: OpenedText): SourceEvent | null {
  if (cef !== undefined) {
    if (!/^Kaspersky/.test(cef.vendor)) return null;
    const times = cefTimes(cef).map((time) => parseDeviceTime(time, context));
    return eventAt(logsource, [...times, syslog.timeMs], context, cefFields(cef), cef.problems);
  }
  if (!KNOWN.test(text.slice(0, 2048))) return null;
  const record: Fields = {};
  for (const line of text.slice(0, 65_536).split(/\\r\\n|\r?\n/, 200)) {
    const found = /^([A-Z][A-Za-z0-9 ]{1,40}): (.*)$/.exec(line.trim());
    if (found !== null) put(record, found[1] ?? '', found[2]?.trim());
  }
  const fields = rename(record, NAMES);
  const user = oneText(fields.user).replace(/ \((?:Active user|Initiator)\)$/, '');
  put(fields, 'user', user);
  const hashes = (['sha256', 'md5'] as const).flatMap((kind) =>
    fields[kind] ? [`${kind.toUpperCase()}=${oneText(fields[kind])}`] : [],
  );
  put(fields, 'Hashes', hashes.join(','));
  delete fields.sha256;
  delete fields.md5;
  return eventAt(logsource, [syslog.timeMs], context, fields, []);
}
