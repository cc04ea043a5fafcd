import type { CefRecord } from '#engine/formats/cef.ts';
import { CEF_FIELDS, cefFields, cefTimes } from '#engine/formats/cef-names.ts';
import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { parseKeyValue } from '#engine/formats/kv.ts';
import type { TextRecord } from '#engine/formats/record.ts';
import {
  eventAt,
  type Fields,
  type Names,
  namesOf,
  oneText,
  plainProtocol,
  put,
  putUri,
  rename,
  supply,
} from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime, parseTimestamp } from '#engine/formats/time.ts';

/** FortiOS's own names (Fortinet, "FortiOS Log Message Reference"). `cfgpath`, `cfgobj`, `logid` … stay: rules use them. */
const NAMES: Names = {
  date: '',
  time: '',
  eventtime: '',
  url: '',
  devname: 'hostname',
  devid: 'device_id',
  srcip: 'src_ip',
  srcport: 'src_port',
  srcmac: 'src_mac',
  srcname: 'src_host',
  dstip: 'dst_ip',
  dstport: 'dst_port',
  dstmac: 'dst_mac',
  dstname: 'dst_host',
  locip: 'dst_ip',
  locport: 'dst_port',
  remip: 'src_ip',
  remport: 'src_port',
  transip: 'src_nat_ip',
  transport: 'src_nat_port',
  tranip: 'dst_nat_ip',
  tranport: 'dst_nat_port',
  srcintf: 'in_interface',
  dstintf: 'out_interface',
  srccountry: 'src_country',
  dstcountry: 'dst_country',
  proto: 'protocol',
  service: 'app_proto',
  app: 'application',
  appcat: 'application_category',
  policytype: 'policy_set',
  sentbyte: 'bytes_out',
  rcvdbyte: 'bytes_in',
  sentpkt: 'packets_out',
  rcvdpkt: 'packets_in',
  sessionid: 'session_id',
  policyid: 'policy_id',
  policyname: 'policy_name',
  attack: 'signature',
  attackid: 'signature_id',
  virus: 'signature',
  catdesc: 'category',
  hostname: 'cs-host',
  agent: 'cs-user-agent',
  referralurl: 'cs-referer',
  filename: 'FileName',
  filesize: 'file_size',
  filehash: 'Hashes',
  qname: 'query',
  qtype: 'record_type',
  ipaddr: 'answer',
  msg: 'message',
  logdesc: 'description',
  error: 'reason',
  unauthuser: 'user',
  mac: 'src_mac',
  ip: 'src_ip',
  sender: 'mail_from',
  recipient: 'mail_to',
  from: 'mail_from',
  to: 'mail_to',
  vd: 'virtual_domain',
};

/** In CEF, FortiOS puts what the dictionary has no name for behind a prefix. */
const PREFIX = /^(?:FTNTFGT|FortinetFortiGate)/;

/** Fortinet FortiGate: `name="value"` pairs (with spaces or commas between) or CEF, over syslog. */
export const source = defineSource({
  id: 'fortinet-fortigate',
  title: { zh: '飞塔 FortiGate 防火墙', en: 'Fortinet FortiGate' },
  vendor: 'Fortinet',
  product: 'FortiGate',
  formats: ['syslog', 'kv', 'cef'],
  watches: ['network'],
  asks: { marks: ['|Fortinet|', 'logid=', 'devid=', ' vd='] },
  supplies: ['traffic', 'event', 'utm', 'dns', 'anomaly', 'voip', 'app-ctrl', 'ssh', 'waf', ''].map((service) =>
    supply(
      ['fortigate', categoryOf(service), service],
      [
        ...namesOf(NAMES),
        ...CEF_FIELDS,
        'type',
        'subtype',
        'level',
        'action',
        'user',
        'logid',
        'cfgpath',
        'cfgobj',
        'cfgattr',
        'status',
      ],
    ),
  ),
  detect: ({ text, cef }) => (cef ? (isFortinet(cef) ? 0.97 : 0) : PAIRS.test(text) ? 0.95 : 0),
  parse,
});

const PAIRS =
  /(?:^|[\s,>])(?:logid|logdesc|subtype)="?[\w -]+"?[\s,](?:[^\r\n]{0,400}[\s,])?(?:vd|level|type|subtype|eventtype)=/;
const isFortinet = (cef: CefRecord): boolean => cef.vendor === 'Fortinet' && /^forti(?:gate|os)/i.test(cef.product);

function categoryOf(service: string): string {
  return service === 'traffic' || service === 'anomaly' ? 'firewall' : '';
}

function parse(opened: OpenedText): SourceEvent | null {
  const { cef, text } = opened;
  if (cef !== undefined) return isFortinet(cef) ? fromCef(cef, opened) : null;
  if (!PAIRS.test(text)) return null;
  const from = /(?:^|[\s>])(?:date|time|devname|logid|type)=/.exec(text)?.index ?? 0;
  const body = text.slice(from).replace(/^[\s>]+/, '');
  const { record } = parseKeyValue(body, {
    assign: '=',
    pair: /^(?:date|time)=[^\s,]*,/.test(body) ? 'comma' : 'space',
  });
  return finish(rename(record, NAMES), record, [], opened);
}

function fromCef(cef: CefRecord, opened: OpenedText): SourceEvent {
  const own: TextRecord = {};
  for (const [name, value] of Object.entries(cef.extension))
    if (PREFIX.test(name)) own[name.replace(PREFIX, '')] = value;
  const dictionary = Object.fromEntries(Object.entries(cef.extension).filter(([name]) => !PREFIX.test(name)));
  const fields = cefFields({ ...cef, extension: dictionary }, { duser: 'user', sproc: 'ui', cat: '' });
  delete fields.severity;
  rename(own, { ...NAMES, eventtype: 'eventtype' }, fields);
  const [type, subtype] = oneText(cef.extension.cat).split(':');
  put(fields, 'type', type);
  put(fields, 'subtype', subtype);
  return finish(fields, own, cefTimes(cef), opened);
}

/** Fields that both forms lack, and the time: `eventtime` in seconds to nanoseconds, or date and time with a zone. */
function finish(
  fields: Fields,
  record: TextRecord,
  times: readonly string[],
  { syslog, context }: OpenedText,
): SourceEvent {
  if (fields.hostname === undefined) put(fields, 'hostname', syslog.hostname);
  if (record.url !== undefined && fields['cs-uri'] === undefined) putUri(fields, oneText(record.url));
  if (record.logid !== undefined) put(fields, 'event_id', oneText(record.logid));
  plainProtocol(fields);
  const service = oneText(fields.type);
  const known = ['traffic', 'event', 'utm', 'dns', 'anomaly', 'voip', 'app-ctrl', 'ssh', 'waf'].includes(service)
    ? service
    : '';
  const zone = oneText(record.tz).replace(/^"|"$/g, '');
  const wall = `${oneText(record.date)} ${oneText(record.time)}${/^[+-]\d{4}$/.test(zone) ? zone : ''}`;
  const at = [
    parseTimestamp(oneText(record.eventtime).slice(0, 13), context.zone),
    ...times.map((text) => parseDeviceTime(text, context)),
    parseTimestamp(wall, context.zone),
    syslog.timeMs,
  ];
  return eventAt({ product: 'fortigate', category: categoryOf(known), service: known }, at, context, fields);
}
