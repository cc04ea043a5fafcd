/** A network: its 16 bytes (IPv4 as ::ffff:0:0/96) and how many leading bits count. */
export interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
  readonly version: 4 | 6;
}

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
/** IPv4 in dotted decimal, without leading zeros. Also used as the guard in SQL. */
export const IPV4_TEXT = `^${OCTET}(?:\\.${OCTET}){3}$`;
const IPV4 = new RegExp(IPV4_TEXT);
const HEX = '[0-9A-Fa-f]{1,4}';

/** One to `most` groups before a "::", or none. */
const before = (most: number): string => (most <= 0 ? '' : `(?:${HEX}(?::${HEX}){0,${most - 1}})?`);

/** IPv6 (RFC 4291, 2.2): eight groups, or fewer around one "::"; the last two may be written as IPv4. */
export const IPV6_TEXT = (() => {
  const v4 = `${OCTET}(?:\\.${OCTET}){3}`;
  const forms = [`(?:${HEX}:){7}${HEX}`, `(?:${HEX}:){6}${v4}`, `${before(7)}::`];
  for (let after = 1; after <= 6; after += 1) forms.push(`${before(7 - after)}::(?:${HEX}:){${after - 1}}${HEX}`);
  forms.push(`::(?:${HEX}:){6}${HEX}`);
  for (let after = 0; after <= 5; after += 1) forms.push(`${before(5 - after)}::(?:${HEX}:){${after}}${v4}`);
  return `^(?:${forms.join('|')})$`;
})();
const IPV6 = new RegExp(IPV6_TEXT);

function ipv4Bytes(text: string): number[] | undefined {
  return IPV4.test(text) ? text.split('.').map(Number) : undefined;
}

function groups(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const v4 = index === parts.length - 1 ? ipv4Bytes(part) : undefined;
      if (!v4) return undefined;
      bytes.push(...v4);
    } else {
      if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) return undefined;
      const value = Number.parseInt(part, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

function ipv6Bytes(text: string): number[] | undefined {
  if (!IPV6.test(text)) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '');
  const tail = halves.length === 2 ? groups(halves[1] ?? '') : [];
  if (!head || !tail) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  const gap = 16 - head.length - tail.length;
  return gap < 2 ? undefined : [...head, ...Array.from({ length: gap }, () => 0), ...tail];
}

/** The 16 bytes of an address (RFC 4291; an IPv4 address becomes ::ffff:a.b.c.d); undefined when it is none. */
export function addressBytes(text: string): Uint8Array | undefined {
  const v4 = ipv4Bytes(text);
  if (v4) return Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...v4]);
  const v6 = ipv6Bytes(text);
  return v6 ? Uint8Array.from(v6) : undefined;
}

/** Reads `10.0.0.0/8`, `fe80::/10` or a single address; undefined when it is none. Bits beyond the prefix are ignored. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  const bytes = addressBytes(address);
  if (!bytes || more.length > 0) return undefined;
  const version = address.includes(':') ? 6 : 4;
  const width = version === 4 ? 32 : 128;
  if (prefix !== undefined && !/^[0-9]{1,3}$/.test(prefix)) return undefined;
  const own = prefix === undefined ? width : Number(prefix);
  if (own > width) return undefined;
  return { bytes, bits: version === 4 ? own + 96 : own, version };
}

/** True when the address lies in the network; an IPv4 address and its mapped IPv6 form are the same address. */
export function inNetwork(address: Uint8Array, network: Network): boolean {
  const whole = network.bits >> 3;
  for (let at = 0; at < whole; at += 1) if (address[at] !== network.bytes[at]) return false;
  const left = network.bits & 7;
  if (left === 0) return true;
  const mask = (0xff << (8 - left)) & 0xff;
  return ((address[whole] ?? 0) & mask) === ((network.bytes[whole] ?? 0) & mask);
}
