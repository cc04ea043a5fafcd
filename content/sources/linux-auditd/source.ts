import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { parseKeyValue } from '#engine/formats/kv.ts';
import type { TextRecord } from '#engine/formats/record.ts';
import { type Fields, put } from '#engine/formats/sigma-fields.ts';
import { RECORD_TYPES, SYSCALLS_X86_64 } from './kernel-numbers.ts';

const logsource = { product: 'linux', category: '', service: 'auditd' } as const;

/** The Linux audit daemon's records, from its own file or by way of syslog; one record is one event. */
export const source = defineSource({
  id: 'linux-auditd',
  title: { zh: 'Linux 审计（auditd）', en: 'Linux audit daemon' },
  vendor: 'Linux',
  product: 'auditd',
  formats: ['kv', 'syslog'],
  watches: ['endpoint'],
  asks: { marks: ['audit('] },
  supplies: [{ logsource, fields: suppliedFields(), open: true }],
  detect: ({ text }) => (HEADER.test(text) ? 0.97 : 0),
  parse,
});

function suppliedFields(): string[] {
  const named = [
    'type',
    'hostname',
    'exe',
    'comm',
    'key',
    'name',
    'SYSCALL',
    'syscall',
    'success',
    'exit',
    'ppid',
    'pid',
  ];
  const people = ['auid', 'uid', 'gid', 'euid', 'acct', 'op', 'res', 'outcome', 'src_ip', 'terminal', 'tty', 'ses'];
  const args = Array.from({ length: 16 }, (_, i) => `a${i}`);
  return [...named, ...people, ...args, 'CommandLine', 'proctitle', 'cwd', 'nametype', 'audit_id'];
}

/** `[node=h ]type=T msg=audit(1716170400.123:456): …`; the kernel itself writes `audit: type=1300 audit(…): …`. */
const HEADER =
  /(?:node=(?<node>\S{1,255}) )?type=(?<type>[A-Z0-9_]{1,40}) (?:msg=)?audit\((?<seconds>\d{1,12})\.(?<ms>\d{3}):(?<id>\d{1,20})\): ?/;

function parse({ text, syslog }: OpenedText): SourceEvent | null {
  const header = HEADER.exec(text);
  const found = header?.groups;
  if (header === null || found === undefined) return null;
  // Values the kernel wrote come first, what auditd resolved (ARCH=, SYSCALL=, UID=) after a group separator.
  const body = text.slice(header.index + header[0].length).replace('\u001D', ' ');
  const { record } = parseKeyValue(withoutOuterQuote(body), { assign: '=', pair: 'space' });
  const fields: Fields = {};
  const type = RECORD_TYPES[found.type ?? ''] ?? found.type ?? '';
  put(fields, 'type', type);
  put(fields, 'audit_id', found.id);
  put(fields, 'hostname', found.node ?? syslog.hostname);
  for (const [name, value] of Object.entries(record)) put(fields, RENAMED[name] ?? name, decodeValue(name, value));
  complete(fields, type, record);
  return { logsource, timeMs: Number(found.seconds) * 1000 + Number(found.ms), fields, problem: '' };
}

/** `msg='op=… acct="root" … res=failed'` of user-space records: its inside is read like the rest. */
const withoutOuterQuote = (body: string): string => body.replace(/msg='(.*)'/s, ' $1 ');

/** The remote host of a login is not the host that wrote the record. */
const RENAMED: Readonly<Record<string, string>> = { hostname: 'remote_host', addr: 'src_ip', type: 'record_type' };

const ENCODED = new Set(['proctitle', 'comm', 'exe', 'name', 'cwd', 'key', 'acct', 'cmd', 'data']);

/** Text with spaces or control characters is written in hexadecimal without quotes (auditd's "untrusted strings"). */
function decodeValue(name: string, value: TextRecord[string]): string {
  const text = typeof value === 'string' ? value : value.join(' ');
  if (text === '?' || text === '(null)') return '';
  const encodable = ENCODED.has(name) || /^a\d{1,3}$/.test(name);
  if (!encodable || text.length < 4 || text.length % 2 === 1 || !/^[0-9A-F]+$/.test(text)) return text;
  const bytes = Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const decoded = new TextDecoder().decode(bytes).replace(/\0+$/, '').replaceAll('\0', ' ');
  // Numbers of system calls (a0=1a2b) are hexadecimal too: only what becomes readable text was text.
  return /^[^\p{Cc}\uFFFD]+$/u.test(decoded) ? decoded : text;
}

function complete(fields: Fields, type: string, record: TextRecord): void {
  if (type === 'EXECVE') {
    const args = Array.from({ length: 64 }, (_, i) => fields[`a${i}`]).filter((arg) => typeof arg === 'string');
    put(fields, 'CommandLine', args.join(' '));
  }
  if (typeof fields.proctitle === 'string') put(fields, 'CommandLine', fields.proctitle);
  if (fields.SYSCALL === undefined && record.arch === 'c000003e' && typeof record.syscall === 'string') {
    put(fields, 'SYSCALL', SYSCALLS_X86_64[record.syscall]);
  }
  if (fields.res !== undefined)
    put(fields, 'outcome', /^(?:success|1)$/.test(String(fields.res)) ? 'success' : 'failure');
}
