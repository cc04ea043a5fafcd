import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import { eventAt, type Fields, put, supply } from '#engine/formats/sigma-fields.ts';

const PROGRAMS = [
  ...[
    'Hostd',
    'hostd',
    'Vpxa',
    'vpxa',
    'vmkernel',
    'vmkwarning',
    'vobd',
    'Rhttpproxy',
    'rhttpproxy',
    'Fdm',
    'fdm',
    'hostd-probe',
  ],
  ...[
    'esxcli',
    'ESXShell',
    'shell',
    'vpxd',
    'envoy',
    'vmauthd',
    'dcui',
    'DCUI',
    'healthd',
    'sdrsInjector',
    'apiForwarder',
    'VSANMGMTSVC',
  ],
];

/** `level program[pid] [Originator@6876 sub=… opID=… user=…] text`; any of the parts before the bracket may be gone. */
const ORIGIN =
  /^\s*(?:(?<level>verbose|info|warning|error|trivia|panic) )?(?:(?<program>[A-Za-z][\w-]{1,32})\[(?<pid>\d{1,10})\]:? )?\[Originator@\d{1,8}(?: sub=(?<logger>[^\]]{1,128}?))?(?: opID=(?<operation_id>\S{1,128}?))?(?: sid=(?<session_id>\S{1,64}?))?(?: user=(?<user>[^\]:]{1,128}?)(?::[^\]]{0,256})?)?\] ?/;
const VOB = /^\s*(?:\[(?<logger>\w{3,40}Correlator)\] )?(?:\d{1,20}us: )?\[(?<event_id>(?:vob|esx)\.[\w.]{3,128})\] ?/;

const SENTENCES: readonly Sentence[] = [
  {
    pattern:
      /^Event \d{1,12} : User (?<user>[^@\s]{1,128})@(?<src_ip>[0-9A-Fa-f.:]{2,45}) logged in as (?<user_agent>.{1,400})$/,
    set: { action: 'login', outcome: 'success' },
  },
  {
    pattern: /^Event \d{1,12} : User (?<user>[^@\s]{1,128})@(?<src_ip>[0-9A-Fa-f.:]{2,45}) logged out/,
    set: { action: 'logout' },
  },
  {
    pattern: /^Event \d{1,12} : Cannot login (?<user>[^@\s]{1,128})@(?<src_ip>[0-9A-Fa-f.:]{2,45})/,
    set: { action: 'login', outcome: 'failure' },
  },
  { pattern: /SSH session was (?<action>opened|closed) for '(?<user>[^'@]{1,128})@(?<src_ip>[0-9A-Fa-f.:]{2,45})'/ },
  {
    pattern: /Rejected password for user (?<user>\S{1,128}) from (?<src_ip>[0-9A-Fa-f.:]{2,45})/,
    set: { action: 'login', outcome: 'failure' },
  },
  {
    pattern:
      /^Accepted (?<auth_method>\S{1,40}) for (?<user>\S{1,128}) from (?<src_ip>[0-9A-Fa-f.:]{2,45}) port (?<src_port>\d{1,5})/,
    set: { action: 'login', outcome: 'success' },
  },
  {
    pattern:
      /^(?:Connection (?<action>closed|reset) by|Disconnected from) (?:(?:authenticating |invalid )?user (?<user>\S{1,128}) )?(?<src_ip>[0-9A-Fa-f.:]{2,45}) port (?<src_port>\d{1,5})/,
    set: { action: 'disconnected' },
  },
  {
    pattern:
      /^(?:Received disconnect|Connection|Postponed \S{1,40} for \S{1,128}) from (?<src_ip>[0-9A-Fa-f.:]{2,45}) port (?<src_port>\d{1,5})/,
  },
  { pattern: /pam_unix\(\S{1,40}\): session (?<action>opened|closed) for user (?<user>[^\s(]{1,128})/ },
  {
    pattern:
      /^Connect(?:ed|ion) to (?<dst_host>[^\s:]{1,255}):(?<dst_port>\d{1,5}) \((?<object>\/[^)]{0,255})\)(?: failed with error (?<reason>.{1,400})| over .{0,120}?<TCP '(?<src_ip>[0-9A-Fa-f.:]{2,45}) : (?<src_port>\d{1,5})'>)/,
  },
  {
    pattern:
      /<TCP '(?<dst_ip>[0-9A-Fa-f.]{7,45}) : (?<dst_port>\d{1,5})'>, <TCP '(?<src_ip>[0-9A-Fa-f.]{7,45}) : (?<src_port>\d{1,5})'>.{0,40}? e: (?<reason>[^,]{1,200})/,
  },
  { pattern: /^\[(?<user>[^\]]{1,64})\]: (?<CommandLine>.{1,4096})$/, set: { action: 'command' } },
  { pattern: /ForkExec\((?<CommandLine>[^)]{1,2000})\) (?<process_id>\d{1,10})/ },
  { pattern: /report file (?<TargetFilename>\/\S{1,1024}) (?<outcome>generated), size (?<file_size>\d{1,12})/ },
  { pattern: /^\w{3,40}: file (?<TargetFilename>\/\S{1,1024}) (?<reason>published as \S{1,1024})/ },
];

/** VMware ESXi and vCenter. */
export const source = defineSource({
  id: 'vmware-esxi',
  title: { zh: 'VMware ESXi 虚拟化', en: 'VMware ESXi' },
  vendor: 'VMware',
  product: 'ESXi',
  formats: ['syslog', 'text'],
  watches: ['cloud'],
  asks: { programs: PROGRAMS, marks: ['[Originator@', '[vob.', '[esx.', 'Correlator]'] },
  supplies: [
    supply(
      ['vmware', '', 'esxi'],
      [
        ...[
          'hostname',
          'program',
          'pid',
          'level',
          'logger',
          'message',
          'event_id',
          'action',
          'outcome',
          'reason',
          'user',
          'user_agent',
        ],
        ...[
          'src_ip',
          'src_port',
          'dst_host',
          'dst_ip',
          'dst_port',
          'CommandLine',
          'object',
          'operation_id',
          'session_id',
          'TargetFilename',
        ],
        ...['auth_method', 'file_size', 'process_id'],
      ],
      false,
    ),
  ],
  detect: ({ syslog, text }) =>
    ORIGIN.test(text) || ORIGIN.test(syslog.message) || VOB.test(syslog.message)
      ? 0.95
      : PROGRAMS.includes(syslog.program)
        ? 0.85
        : 0,
  parse,
});

function parse(opened: OpenedText): SourceEvent | null {
  const { syslog, text, context } = opened;
  if (!context.configured && source.detect(opened) === 0) return null;
  const whole = ORIGIN.test(text) ? text : syslog.message;
  const origin = ORIGIN.exec(whole) ?? VOB.exec(whole);
  const fields: Fields = {};
  put(fields, 'hostname', syslog.hostname);
  put(fields, 'program', syslog.program);
  put(fields, 'pid', syslog.pid);
  for (const [name, value] of Object.entries(origin?.groups ?? {})) put(fields, name, value);
  const message = whole.slice(origin?.[0].length ?? 0).trim();
  put(fields, 'message', message);
  readSentence(message, SENTENCES, fields);
  return eventAt({ product: 'vmware', category: '', service: 'esxi' }, [syslog.timeMs], context, fields);
}
