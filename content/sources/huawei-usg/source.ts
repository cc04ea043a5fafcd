import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { parseKeyValue } from '#engine/formats/kv.ts';
import { type Fields, plainProtocol, put } from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

const HEADER =
  /%%\d{2}(?<module>[A-Z][A-Z0-9_-]{0,31})\/(?<severity>\d)\/(?<brief>[A-Za-z0-9_]{1,64})\([a-z]\)(?:\[\d{1,10}\])?: ?/;

/** Modules whose records are about traffic, not about the device itself. */
const FIREWALL = new Set(['policy', 'seclog', 'sec', 'ips', 'av', 'url', 'ddos', 'attack']);

/** The device's own names (lower case, without marks) under Sigma's. */
const NAMES: Readonly<Record<string, string>> = {
  sourceip: 'src_ip',
  srcip: 'src_ip',
  sourceport: 'src_port',
  srcport: 'src_port',
  destinationip: 'dst_ip',
  dstip: 'dst_ip',
  destip: 'dst_ip',
  destinationport: 'dst_port',
  dstport: 'dst_port',
  destport: 'dst_port',
  sourcezone: 'src_zone',
  srczone: 'src_zone',
  destinationzone: 'dst_zone',
  dstzone: 'dst_zone',
  protocol: 'protocol',
  applicationname: 'app_proto',
  application: 'app_proto',
  rulename: 'rule_name',
  policyname: 'policy_name',
  policy: 'policy_name',
  vsys: 'vsys',
  user: 'user',
  username: 'user',
  action: 'action',
  signname: 'signature',
  signid: 'signature_id',
  category: 'category',
  severity: 'threat_severity',
  sendbytes: 'bytes_out',
  rcvbytes: 'bytes_in',
  sendpkts: 'packets_out',
  rcvpkts: 'packets_in',
  closereason: 'close_reason',
  virusname: 'signature',
  filename: 'FileName',
};

/**
 * Huawei USG and HiSecEngine firewalls: `time host %%ddMODULE/severity/BRIEF(l): description`, where the description of
 * traffic records is `name=value, name=value` (Huawei, "Log Reference": POLICY, SECLOG, IPS, AV, SHELL).
 */
export const source = defineSource({
  id: 'huawei-usg',
  title: { zh: '华为 USG 防火墙', en: 'Huawei USG firewall' },
  vendor: 'Huawei',
  product: 'USG',
  formats: ['syslog', 'kv'],
  watches: ['network'],
  asks: { marks: ['%%01', '%%10'] },
  supplies: ['policy', 'seclog', 'ips', 'av', 'shell'].map((service) => ({
    logsource: { product: 'huawei', category: FIREWALL.has(service) ? 'firewall' : '', service },
    fields: [
      ...new Set(Object.values(NAMES)),
      ...['hostname', 'action', 'event_id', 'severity', 'message', 'bytes_out', 'bytes_in'],
    ],
    open: true,
  })),
  detect: ({ text }) => (HEADER.test(text) ? 0.97 : 0),
  parse,
});

function parse({ text, syslog, context }: OpenedText): SourceEvent | null {
  const header = HEADER.exec(text);
  const found = header?.groups;
  if (header === null || found === undefined) return null;
  const service = (found.module ?? '').toLowerCase();
  const brief = found.brief ?? '';
  const description = text.slice(header.index + header[0].length);
  const fields: Fields = {};
  put(fields, 'hostname', syslog.hostname);
  put(fields, 'event_id', brief);
  put(fields, 'severity', found.severity);
  const traffic = FIREWALL.has(service);
  const when = traffic ? readTraffic(description, fields) : readDevice(description, fields);
  completeAction(fields, brief);
  const timeMs = parseTimestamp(when, context.zone) ?? syslog.timeMs;
  return {
    logsource: { product: 'huawei', category: traffic ? 'firewall' : '', service },
    timeMs: timeMs ?? context.receivedAtMs,
    fields,
    problem: timeMs === undefined ? 'no readable time: time of receipt used' : '',
  };
}

/** Fills the fields of a traffic record; gives the record's own time, '' when it has none. */
function readTraffic(description: string, fields: Fields): string {
  // Intrusion records put a sentence and brackets round the pairs.
  const inner = /^([^=(]*)\((.*)\)\s*$/s.exec(description);
  if (inner) put(fields, 'message', inner[1]?.trim());
  const body = (inner?.[2] ?? description).trim().replace(/\.$/, '');
  const { record } = parseKeyValue(body, { assign: '=', pair: 'comma' });
  let when = '';
  for (const [name, value] of Object.entries(record)) {
    const plain = name.toLowerCase().replace(/[\s_-]/g, '');
    const one = typeof value === 'string' ? value : value.join(', ');
    if (plain === 'time' || plain === 'begintime') when = one;
    else put(fields, NAMES[plain] ?? name, one);
  }
  plainProtocol(fields);
  return when;
}

/** Sign-ins and commands on the device: a sentence with `name:value` in it. */
function readDevice(description: string, fields: Fields): string {
  put(fields, 'message', description);
  put(fields, 'user', /\b[Uu]ser(?:[- ]?[Nn]ame)?\s?[=:]\s?([^\s,;()]+)/.exec(description)?.[1]);
  put(
    fields,
    'src_ip',
    /\b(?:[Ii][Pp](?: ?[Aa]ddress)?\s?[=:]\s?|from )((?:\d{1,3}\.){3}\d{1,3})/.exec(description)?.[1],
  );
  return '';
}

function completeAction(fields: Fields, brief: string): void {
  if (typeof fields.action === 'string') {
    fields.action = fields.action.toLowerCase();
    return;
  }
  if (brief.includes('PERMIT')) fields.action = 'permit';
  else if (brief.includes('DENY')) fields.action = 'deny';
  else if (brief.startsWith('SESSION')) fields.action = 'session';
  else if (/LOGIN/.test(brief)) fields.action = /FAIL/i.test(brief) ? 'login_failed' : 'login';
}
