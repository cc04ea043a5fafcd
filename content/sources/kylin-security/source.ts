import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { parseKeyValue } from '#engine/formats/kv.ts';
import {
  eventAt,
  type Names,
  namesOf,
  put,
  rename,
  SYSLOG_FIELDS,
  supply,
  syslogFields,
} from '#engine/formats/sigma-fields.ts';

const logsource = { product: 'linux', category: '', service: 'kysec' } as const;

/** The security parts of Kylin and UOS; their audit daemon is Linux's own and read as such. */
const PROGRAMS = [
  'kysec',
  'kysec-daemon',
  'kysec-sync',
  'ksaf',
  'ksc-defender',
  'kylin-security',
  'deepin-defender',
  'uos-security',
  'uos-activator',
  'usec',
  'deepin-authentication',
];
const NAMES: Names = {
  exe: 'exe',
  path: 'TargetFilename',
  file: 'TargetFilename',
  name: 'TargetFilename',
  comm: 'comm',
  uid: 'user_id',
  user: 'user',
  username: 'user',
  result: 'outcome',
  res: 'outcome',
  action: 'action',
  op: 'action',
  type: 'event_type',
  func: 'module',
  pid: 'ProcessId',
  device: 'object',
  ip: 'src_ip',
  addr: 'src_ip',
};

/** Kylin (银河麒麟) and UOS (统信): execution control, file protection, device and sign-in control. */
export const source = defineSource({
  id: 'kylin-security',
  title: { zh: '银河麒麟 / 统信 UOS 安全审计', en: 'Kylin and UOS security' },
  vendor: 'KylinSoft, UnionTech',
  product: 'Kylin, UOS',
  formats: ['syslog', 'kv'],
  watches: ['endpoint'],
  asks: { programs: PROGRAMS, marks: ['kysec:', 'KYSEC'] },
  supplies: [supply(['linux', '', 'kysec'], [...SYSLOG_FIELDS, ...namesOf(NAMES)])],
  detect: ({ syslog, text }) => (PROGRAMS.includes(syslog.program) || KERNEL.test(text.slice(0, 512)) ? 0.95 : 0),
  parse,
});

const KERNEL = /\bkernel: (?:\[ {0,8}[\d.]{1,20}\] )?(?:kysec|KYSEC)[:( ]/;

function parse({ syslog, text, context }: OpenedText): SourceEvent | null {
  if (!PROGRAMS.includes(syslog.program) && !KERNEL.test(text.slice(0, 512))) return null;
  const fields = syslogFields(syslog);
  const { record } = parseKeyValue(syslog.message, { assign: '=', pair: 'space' });
  rename(record, NAMES, fields);
  if (/\b(?:denied|deny|forbid|blocked|拒绝|阻止|禁止)\b|拒绝|阻止|禁止/i.test(syslog.message)) {
    if (fields.action === undefined) put(fields, 'action', 'deny');
    if (fields.outcome === undefined) put(fields, 'outcome', 'failure');
  }
  return eventAt(logsource, [syslog.timeMs], context, fields);
}
