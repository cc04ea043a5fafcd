import { parseCsvLine } from '#engine/formats/csv.ts';
import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { eventAt, type Fields, type Names, put, supply } from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

/** `ID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name,…` of the audit log (Microsoft, "DHCP server log file format"). */
const LINE = /^(?<id>\d{2}),(?<month>\d{2})\/(?<day>\d{2})\/(?<year>\d{2}),(?<time>\d{2}:\d{2}:\d{2}),/;
const ACTIONS: Names = {
  '10': 'assign',
  '11': 'renew',
  '12': 'release',
  '13': 'conflict',
  '14': 'exhausted',
  '15': 'deny',
  '16': 'delete',
  '17': 'expire',
  '18': 'expire',
  '30': 'dns_update',
  '31': 'dns_update_failed',
  '32': 'dns_update_succeeded',
};

/** The DHCP server of Windows. */
export const source = defineSource({
  id: 'microsoft-dhcp',
  title: { zh: 'Windows DHCP 审计日志', en: 'Windows DHCP audit log' },
  vendor: 'Microsoft',
  product: 'DHCP Server',
  formats: ['csv', 'syslog'],
  watches: ['network'],
  asks: {
    marks: [
      ',Assign,',
      ',Renew,',
      ',Release,',
      ',DNS Update',
      ',Deleted,',
      ',Expired,',
      'Lease',
      ',NACK,',
      ',BAD_ADDRESS',
      ',,,',
    ],
  },
  supplies: [
    supply(
      ['windows', '', 'dhcp'],
      ['hostname', 'event_id', 'action', 'message', 'src_ip', 'src_host', 'src_mac', 'user', 'vendor_class', 'relay'],
      false,
    ),
  ],
  detect: ({ syslog }) => (LINE.test(syslog.message) ? 0.94 : 0),
  parse,
});

function parse({ syslog, context }: OpenedText): SourceEvent | null {
  const found = LINE.exec(syslog.message)?.groups;
  if (found === undefined) return null;
  const { record: cells } = parseCsvLine(syslog.message.trim());
  const [, , , description, ip, host, mac, user] = cells;
  const fields: Fields = {};
  put(fields, 'hostname', syslog.hostname);
  put(fields, 'event_id', found.id);
  put(fields, 'action', ACTIONS[found.id ?? '']);
  put(fields, 'message', description);
  put(fields, 'src_ip', ip);
  put(fields, 'src_host', host);
  put(fields, 'src_mac', /^[0-9A-Fa-f]{12}$/.test(mac ?? '') ? mac?.toLowerCase().replace(/(..)(?=.)/g, '$1:') : mac);
  put(fields, 'user', user);
  put(fields, 'vendor_class', cells[14]);
  put(fields, 'relay', cells[18]);
  const at = parseTimestamp(`20${found.year}-${found.month}-${found.day} ${found.time}`, context.zone);
  return eventAt({ product: 'windows', category: '', service: 'dhcp' }, [at], context, fields);
}
