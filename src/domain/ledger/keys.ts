import { isIP } from 'node:net';

/**
 * An address in its one written form: IPv4 as it is, IPv6 compressed and in lower case, IPv4 inside IPv6 unwrapped.
 *
 * @returns undefined when the text is no address
 */
export function normaliseAddress(text: string): string | undefined {
  const trimmed = text.trim().replace(/^\[(.*)\]$/, '$1');
  const version = isIP(trimmed);
  if (version === 4) return trimmed;
  if (version !== 6 || trimmed.includes('%')) return undefined;
  const compressed = new URL(`http://[${trimmed}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed);
  if (mapped === null) return compressed;
  const bits = (Number.parseInt(mapped[1] ?? '0', 16) << 16) | Number.parseInt(mapped[2] ?? '0', 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

/** Bits of an IPv4 address as an unsigned number. */
const bitsOf = (address: string): number =>
  address.split('.').reduce((bits, part) => (bits * 256 + Number(part)) >>> 0, 0);

/**
 * An IPv4 or IPv6 range in CIDR form. Host bits of an IPv4 range are cleared, because people write `10.1.2.3/24`.
 *
 * @returns undefined when the text is no range
 */
export function normaliseSegment(text: string): string | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text.trim());
  if (match === null) return undefined;
  const address = normaliseAddress(match[1] ?? '');
  const length = Number(match[2]);
  if (address === undefined) return undefined;
  if (address.includes(':')) return length <= 128 ? `${address}/${length}` : undefined;
  if (length > 32) return undefined;
  const kept = length === 0 ? 0 : (bitsOf(address) & (-1 << (32 - length))) >>> 0;
  return `${[24, 16, 8, 0].map((shift) => (kept >>> shift) & 255).join('.')}/${length}`;
}

/** A host or domain name: lower case, without a trailing dot. @returns undefined when it cannot be one */
export function normaliseName(text: string): string | undefined {
  const name = text.trim().toLowerCase().replace(/\.$/, '');
  if (name.length === 0 || name.length > 253 || isIP(name) !== 0) return undefined;
  return /^[\p{L}\p{N}_]([\p{L}\p{N}_.-]*[\p{L}\p{N}_])?$/u.test(name) ? name : undefined;
}

/** The domain name of a site written as a name or as an address of a page. */
export function normaliseDomain(text: string): string | undefined {
  const trimmed = text.trim();
  const name = /^[a-z]+:\/\//i.test(trimmed) ? (URL.parse(trimmed)?.hostname ?? '') : trimmed.replace(/[/:].*$/, '');
  return name.includes('.') ? normaliseName(name) : undefined;
}

/** The names under which a host may be in the ledger: as it is, and without its domain. */
export function hostNames(host: string): string[] {
  const name = normaliseName(host);
  if (name === undefined) return [];
  const [short] = name.split('.');
  return short !== undefined && short !== name ? [name, short] : [name];
}
