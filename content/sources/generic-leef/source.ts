import { defineSource, type OpenedText } from '#engine/formats/define.ts';
import { parseLeef } from '#engine/formats/leef.ts';
import {
  eventAt,
  type Names,
  namesOf,
  oneText,
  plainProtocol,
  put,
  putUri,
  rename,
  supply,
} from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime } from '#engine/formats/time.ts';

/** LEEF's predefined attributes (IBM, "LEEF event attributes") under the platform's names. */
const NAMES: Names = {
  cat: 'category',
  devTime: '',
  devTimeFormat: '',
  sev: 'severity',
  src: 'src_ip',
  dst: 'dst_ip',
  srcPort: 'src_port',
  dstPort: 'dst_port',
  srcPreNAT: 'src_ip_before_nat',
  dstPreNAT: 'dst_ip_before_nat',
  srcPostNAT: 'src_nat_ip',
  dstPostNAT: 'dst_nat_ip',
  srcMAC: 'src_mac',
  dstMAC: 'dst_mac',
  proto: 'protocol',
  usrName: 'user',
  accountName: 'user',
  identHostName: 'src_host',
  groupID: 'group',
  domain: 'user_domain',
  resource: 'object',
  policy: 'policy_name',
  action: 'action',
  url: '',
  srcBytes: 'bytes_out',
  dstBytes: 'bytes_in',
  srcPackets: 'packets_out',
  dstPackets: 'packets_in',
};

/** Any product that writes LEEF and has no source of its own. */
export const source = defineSource({
  id: 'generic-leef',
  title: { zh: 'LEEF 通用格式', en: 'Log Event Extended Format (LEEF)' },
  vendor: 'any',
  product: 'LEEF',
  formats: ['leef', 'syslog'],
  watches: ['network', 'endpoint', 'application'],
  asks: { marks: ['LEEF:'] },
  supplies: [
    supply(['leef', '', ''], [...namesOf(NAMES), 'event_id', 'vendor', 'device_product', 'hostname', 'cs-uri']),
  ],
  detect: ({ text }) => (text.includes('LEEF:') && parseLeef(text) !== undefined ? 0.6 : 0),
  parse,
});

function parse({ text, syslog, context }: OpenedText) {
  const leef = parseLeef(text);
  if (leef === undefined) return null;
  const fields = rename(leef.attributes, NAMES);
  put(fields, 'event_id', leef.eventId);
  put(fields, 'vendor', leef.vendor);
  put(fields, 'device_product', leef.product);
  put(fields, 'hostname', syslog.hostname);
  putUri(fields, oneText(leef.attributes.url));
  plainProtocol(fields);
  const times = [parseDeviceTime(oneText(leef.attributes.devTime), context), syslog.timeMs];
  return eventAt({ product: 'leef', category: '', service: '' }, times, context, fields, leef.problems);
}
