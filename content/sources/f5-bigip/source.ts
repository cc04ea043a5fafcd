import { CEF_FIELDS, cefFields, cefTimes } from '#engine/formats/cef-names.ts';
import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import { eventAt, type Fields, oneText, plainProtocol, put, putUri, supply } from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime } from '#engine/formats/time.ts';

/** Programs of the traffic processor, of access policy and of the web firewall. */
const PROGRAMS = ['tmm', 'tmm1', 'tmm2', 'tmm3', 'tmm4', 'tmm5', 'tmm6', 'tmm7', 'apmd', 'ASM', 'mcpd', 'PSM'];
const CODE = /(?:^|[\s:])(?<code>01[0-9A-Fa-f]{6}):(?<severity>[0-7]): ?/;
const RULE = /(?:^|\s)Rule (?<rule_name>\/\S{1,255}) <(?<hook>[A-Z_]{1,40})>: /;

const SENTENCES: readonly Sentence[] = [
  {
    pattern:
      /^(?<policy_name>\/[^:\s]{1,255}):[^:]{1,64}:(?<session_id>[0-9a-f]{8}): (?<action>allow|discard|reject|continue) ACL: (?<rule_name>\/\S{1,255}?):\d{1,6} packet: (?<protocol>\w{1,8}) (?<src_ip>[0-9A-Fa-f.:]+?):(?<src_port>\d{1,5}) -> (?<dst_ip>[0-9A-Fa-f.:]+?):(?<dst_port>\d{1,5})/,
  },
  {
    pattern: /^(?<policy_name>\/[^:\s]{1,255}):[^:]{1,64}:(?<session_id>[0-9a-f]{8}): Username '(?<user>[^']{1,256})'/,
    set: { action: 'login' },
  },
  {
    pattern:
      /^(?<policy_name>\/[^:\s]{1,255}):[^:]{1,64}:(?<session_id>[0-9a-f]{8}): New session from client IP (?<src_ip>\S{2,45})/,
    set: { action: 'session_opened' },
  },
  {
    pattern:
      /^(?<policy_name>\/[^:\s]{1,255}):[^:]{1,64}:(?<session_id>[0-9A-Fa-f]{6,8}): Following rule '(?<rule_name>[^']{1,128})' from item '[^']{1,128}' to (?:ending|terminalout|item) '(?<outcome>[^']{1,64})'/,
  },
  { pattern: /^(?<policy_name>\/[^:\s]{1,255}):[^:]{1,64}:(?<session_id>[0-9a-f]{8}): / },
  {
    pattern:
      /^(?<reason>SSL Handshake failed) for TCP (?<src_ip>[0-9A-Fa-f.:]+?):(?<src_port>\d{1,5}) -> (?<dst_ip>[0-9A-Fa-f.:]+?):(?<dst_port>\d{1,5})/,
    set: { outcome: 'failure' },
  },
  {
    pattern:
      /Request violations: (?<signature>[^.]{1,400})\..*?source ip: (?<src_ip>[^,\s]+), xff ip: (?<x_forwarded_for>[^,]*), source port: (?<src_port>\d+), destination ip: (?<dst_ip>[^,\s]+), destination port: (?<dst_port>\d+)/,
  },
  {
    pattern:
      /virtual=(?<virtual_server>\S{1,255}) client_ip=(?<src_ip>\S{2,45}) client_port=(?<src_port>\d+) .{0,200}?host=(?<cs_host>\S{1,255}) .*?request="(?<request>[^"]{0,4096})".*?server_status=(?<sc_status>\d{3})(?:.*?user_agent="(?<cs_user_agent>[^"]{0,1024})")?/,
  },
  {
    pattern:
      /^(?<src_ip>\d[0-9.]{6,14}):(?<src_port>\d{1,5}): HTTP: (?<sc_status>\d{3}) response to from (?<dst_ip>[0-9.]+):(?<dst_port>\d+) URL: (?<url>\S{1,4096})/,
  },
  { pattern: /^LOGS: Referer: (?<cs_referer>\S{1,4096})/ },
  {
    pattern:
      /^\[ssl_req\]\[[^\]]{1,40}\] (?<src_ip>\S{2,45}) (?<tls_version>\S{1,16}) (?<tls_cipher>\S{1,64}) "(?<url>[^"]{0,4096})"/,
  },
  { pattern: /AUDIT - user (?<user>\S{1,128}) - .*?cmd_data=(?<CommandLine>.{1,4096})$/, set: { action: 'command' } },
];

/** F5 BIG-IP: local traffic, access policy, and the web firewall (ASM) in CEF or as text. */
export const source = defineSource({
  id: 'f5-bigip',
  title: { zh: 'F5 BIG-IP 应用交付', en: 'F5 BIG-IP' },
  vendor: 'F5',
  product: 'BIG-IP',
  formats: ['syslog', 'cef', 'text'],
  watches: ['application', 'network'],
  asks: { programs: PROGRAMS, marks: ['|F5|', 'Rule /', ': 01', '[ssl_req]', ':Common:', '01580002:'] },
  supplies: ['', 'asm', 'apm', 'ltm'].map((service) =>
    supply(
      ['f5', service === 'asm' ? 'waf' : '', service],
      [
        ...CEF_FIELDS,
        ...[
          'hostname',
          'program',
          'message',
          'event_id',
          'severity',
          'action',
          'outcome',
          'user',
          'policy_name',
          'rule_name',
        ],
        ...[
          'session_id',
          'reason',
          'x_forwarded_for',
          'virtual_server',
          'cs-host',
          'sc-status',
          'cs-uri',
          'cs-uri-stem',
          'cs-method',
        ],
      ],
    ),
  ),
  detect: ({ cef, syslog, text }) => {
    if (cef !== undefined) return cef.vendor === 'F5' ? 0.97 : 0;
    if (CODE.test(text) || RULE.test(text)) return 0.92;
    return PROGRAMS.includes(syslog.program) || SESSION.test(syslog.message) || syslog.message.startsWith('[ssl_req]')
      ? 0.9
      : 0;
  },
  parse,
});

const SESSION = /^\s*\/[A-Za-z0-9_.-]{1,64}\/[A-Za-z0-9_.-]{1,128}:[A-Za-z0-9_.-]{1,64}:[0-9a-f]{6,8}: /;

function parse(opened: OpenedText): SourceEvent | null {
  const { cef, syslog, context, text } = opened;
  if (cef !== undefined) {
    if (cef.vendor !== 'F5') return null;
    const fields = cefFields(cef, { cs5: 'x_forwarded_for', uri: '', ip_address_intelligence: 'ip_reputation' });
    putUri(fields, oneText(cef.extension.request) || oneText(cef.extension.uri));
    const times = cefTimes(cef).map((time) => parseDeviceTime(time, context));
    return eventAt(
      { product: 'f5', category: 'waf', service: 'asm' },
      [...times, syslog.timeMs],
      context,
      fields,
      cef.problems,
    );
  }
  if (source.detect(opened) === 0 && !(context.configured && syslog.program !== '')) return null;
  return fromText(opened, text);
}

function fromText({ syslog, context }: OpenedText, text: string): SourceEvent {
  const fields: Fields = {};
  put(fields, 'hostname', syslog.hostname);
  put(fields, 'program', /\b(tmm\d?|apmd|mcpd|logger|perl|httpd|sshd)\[/.exec(text)?.[1] ?? syslog.program);
  const code = CODE.exec(text);
  put(fields, 'event_id', code?.groups?.code);
  put(fields, 'severity', code?.groups?.severity);
  let message = (code === null ? syslog.message : text.slice(code.index + code[0].length)).trim();
  put(fields, 'message', message);
  const rule = RULE.exec(message);
  if (rule !== null) {
    put(fields, 'rule_name', rule.groups?.rule_name);
    message = message.slice(rule.index + rule[0].length);
  }
  readSentence(message, SENTENCES, fields);
  putUri(fields, oneText(fields.url) || /^\S{1,16} (\S{1,4096})/.exec(oneText(fields.request))?.[1]);
  put(fields, 'cs-method', /^([A-Z]{3,10}) /.exec(oneText(fields.request))?.[1]);
  delete fields.url;
  delete fields.request;
  plainProtocol(fields);
  const service = code?.groups?.code?.startsWith('0149') || code?.groups?.code?.startsWith('0158') ? 'apm' : 'ltm';
  return eventAt({ product: 'f5', category: '', service }, [syslog.timeMs], context, fields);
}
