import { createHash, randomBytes } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** How a source delivers. `file`: files of this machine that are followed; `import` takes files that people bring. */
export const LISTENERS = ['http', 'syslog', 'netflow', 'file', 'kafka', 'import'] as const;
export type Listener = (typeof LISTENERS)[number];
export const SOURCE_STATES = ['active', 'paused'] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

/** A sender that may deliver, and whose events it delivers. */
export interface TelemetrySource {
  readonly id: string;
  readonly unitPath: string;
  readonly name: string;
  /** Folder of content/sources, '' = told by the content of each line. */
  readonly kind: string;
  readonly listener: Listener;
  readonly tokenHint: string;
  /** What it is known by where no token says it: see `senderFault`. */
  readonly sender: string;
  /** What single senders of a relay or range write: address → folder of content/sources. They win over `kind`. */
  readonly senderKinds: Readonly<Record<string, string>>;
  readonly state: SourceState;
  readonly createdAt: Date;
  readonly createdByName: string;
  readonly changedAt: Date;
  readonly version: number;
}

/** Whether a source is known by a token it shows; the others by what `sender` says. */
export const hasToken = (listener: Listener): boolean => listener === 'http' || listener === 'import';

const CERTIFICATE = /^cert:[^\s/]{1,253}$/;
const TOPIC = /^[\w.-]{1,249}$/;

/**
 * What is wrong with the `sender` of a source; undefined when nothing is.
 *
 * - syslog: an address, a range, or `cert:` and a name of the certificate it shows
 * - netflow: an address or a range
 * - file: an absolute pattern of paths (`*`, `?`, `**`)
 * - kafka: a topic
 */
export function senderFault(listener: Listener, sender: string): string | undefined {
  switch (listener) {
    case 'syslog':
      if (CERTIFICATE.test(sender)) return undefined;
      return rangeOf(sender) ? undefined : 'must be an address (10.1.2.3), a range (10.1.0.0/16) or cert:<name>';
    case 'netflow':
      return rangeOf(sender) ? undefined : 'must be an address (10.1.2.3) or a range (10.1.0.0/16)';
    case 'file':
      if (sender.startsWith('/') && !sender.split('/').includes('..')) return undefined;
      return 'must be an absolute path, like /var/log/app/*.log';
    case 'kafka':
      return TOPIC.test(sender) && !/^\.{1,2}$/.test(sender) ? undefined : 'must be the name of a topic';
    default:
      return sender === '' ? undefined : 'must be empty: the source is known by its token';
  }
}

const Sender = z
  .string()
  .trim()
  .max(1000)
  .describe('what the source is known by: address, range or cert:name (syslog), path pattern (file), topic (kafka)');

const UnitPath = z.string().regex(/^\/([^/]+\/)+$/, 'must be the path of a unit or division, like /450000/450100/');

const fields = {
  name: z.string().trim().min(2).max(100),
  kind: z.string().trim().max(100).describe('folder of content/sources, empty: told by the content'),
  sender: Sender,
};

export const SourceInput = z
  .object({
    ...fields,
    kind: fields.kind.default(''),
    sender: fields.sender.default(''),
    unitPath: UnitPath,
    listener: z.enum(LISTENERS),
  })
  .superRefine(({ listener, sender }, context) => {
    const message = senderFault(listener, sender);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['sender'], message });
  });

export const SourceChange = z.object({
  name: fields.name.optional(),
  kind: fields.kind.optional(),
  sender: fields.sender.optional(),
  state: z.enum(SOURCE_STATES).optional(),
  senderKinds: z
    .record(z.union([z.ipv4(), z.ipv6()]), z.string().trim().min(1).max(100))
    .refine((kinds) => Object.keys(kinds).length <= 500, 'at most 500 senders')
    .describe('what single senders of a relay or range write; they win over kind')
    .optional(),
});

/** A new token, what is kept of it, and the part people see. 256 random bits need no slow hash. */
export function newToken(): { token: string; hash: string; hint: string } {
  const token = `tis_${randomBytes(32).toString('base64url')}`;
  return { token, hash: hashOfToken(token), hint: token.slice(-4) };
}

export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** An address or range, parsed; undefined when it is neither. `bits` is how exact it is. */
export function rangeOf(text: string): { list: BlockList; bits: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', prefix, more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined) return undefined;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const bitsMax = version === 4 ? 32 : 128;
  const bits = prefix === undefined ? bitsMax : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (bits < 0 || bits > bitsMax) return undefined;
  const list = new BlockList();
  list.addSubnet(address, bits, family);
  return { list, bits, family };
}

/** IPv4 as it is usually written, also where a dual-stack socket gives `::ffff:10.1.2.3`. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
