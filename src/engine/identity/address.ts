import { addressBytes } from '../condition/address.ts';

/** Whether a text is an IPv4 address in dotted decimal without leading zeros. Asked of every event: no regular expression. */
function isIpv4(text: string): boolean {
  let dots = 0;
  let octet = -1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      if (octet < 0) return false;
      dots += 1;
      octet = -1;
    } else if (code < 48 || code > 57 || octet === 0) return false;
    else {
      octet = octet < 0 ? code - 48 : octet * 10 + code - 48;
      if (octet > 255) return false;
    }
  }
  return dots === 3 && octet >= 0;
}

/** Length of the longest run of zero groups, and where it starts (RFC 5952, 4.2: one group alone is not shortened). */
function longestZeros(groups: readonly number[]): { at: number; length: number } {
  let best = { at: -1, length: 1 };
  for (let at = 0; at < groups.length; at += 1) {
    let length = 0;
    while (groups[at + length] === 0) length += 1;
    if (length > best.length) best = { at, length };
    at += length;
  }
  return best;
}

/**
 * An address in its one written form: IPv4 as it is, IPv6 as RFC 5952 writes it, IPv4 inside IPv6 (`::ffff:10.1.2.3`)
 * unwrapped, so that both spellings are the same key.
 *
 * @returns undefined when the text is no address
 */
export function canonicalAddress(text: string): string | undefined {
  if (isIpv4(text)) return text;
  const bytes = addressBytes(text.trim().replace(/^\[(.*)\]$/, '$1'));
  if (bytes === undefined) return undefined;
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return bytes.subarray(12).join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0));
  const written = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  const { at, length } = longestZeros(groups);
  return at < 0 ? written(groups) : `${written(groups.slice(0, at))}::${written(groups.slice(at + length))}`;
}

/** Addresses of no particular machine: unspecified, loopback, link-local, multicast, broadcast. */
const OF_NOBODY =
  /^(?:0\.|127\.|169\.254\.|22[4-9]\.|23\d\.|24\d\.|25[0-5]\.|::$|::1$|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:)/;

/** Addresses that are used again in every network: RFC 1918, RFC 6598, RFC 4193. */
const PRIVATE =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:)/;

/** Whether the address can belong to one machine. @param address in canonical form */
export const isOfOneMachine = (address: string): boolean => !OF_NOBODY.test(address);

/** Whether the same address may stand for another machine in another network. @param address in canonical form */
export const isPrivate = (address: string): boolean => PRIVATE.test(address);
