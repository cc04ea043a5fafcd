import { receivedText } from '../received.ts';
import type { ElementType } from './elements.ts';

/** Bytes of an element without a known type that are shown. */
const BYTES_SHOWN = 64;
/** Seconds from 1900 (NTP) to 1970. */
const NTP_EPOCH_S = 2_208_988_800;
/** The last millisecond a date can have. */
const DATE_MS_MAX = 8.64e15;

/**
 * Reads one value.
 *
 * @returns undefined when its length does not fit its type
 */
export function readValue(view: DataView, at: number, length: number, type: ElementType) {
  switch (type) {
    case 'unsigned':
      return unsigned(view, at, length);
    case 'ipv4':
      return length === 4 ? ipv4(view, at) : undefined;
    case 'ipv6':
      return length === 16 ? ipv6(view, at) : undefined;
    case 'mac':
      return length === 6 ? hex(view, at, 6).replaceAll(/(..)(?=.)/g, '$1:') : undefined;
    case 'text':
      return text(view, at, length);
    case 'seconds':
      return length === 4 ? isoOf(view.getUint32(at) * 1000) : undefined;
    case 'milliseconds':
      return length === 8 ? isoOf(Number(view.getBigUint64(at))) : undefined;
    case 'ntp':
      return length === 8 ? ntp(view, at) : undefined;
    case 'flag':
      return length === 1 ? view.getUint8(at) === 1 : undefined;
    case 'bytes':
      return hex(view, at, Math.min(length, BYTES_SHOWN));
  }
}

/** Elements may be sent shorter than they are (RFC 7011, 6.2). Beyond 2^53 the digits stay text. */
function unsigned(view: DataView, at: number, length: number): number | string | undefined {
  if (length < 1 || length > 8) return undefined;
  let high = 0;
  for (let byte = 0; byte < length - 4; byte += 1) high = high * 256 + view.getUint8(at + byte);
  let low = 0;
  for (let byte = Math.max(0, length - 4); byte < length; byte += 1) low = low * 256 + view.getUint8(at + byte);
  const value = high * 2 ** 32 + low;
  return Number.isSafeInteger(value) ? value : ((BigInt(high) << 32n) | BigInt(low)).toString();
}

export const ipv4 = (view: DataView, at: number): string =>
  `${view.getUint8(at)}.${view.getUint8(at + 1)}.${view.getUint8(at + 2)}.${view.getUint8(at + 3)}`;

/** RFC 5952: the longest run of two or more zero groups becomes `::`, the first of equals. */
function ipv6(view: DataView, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(at + index * 2));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const written = groups.map((group) => group.toString(16));
  if (best.start < 0) return written.join(':');
  return `${written.slice(0, best.start).join(':')}::${written.slice(best.start + best.length).join(':')}`;
}

function hex(view: DataView, at: number, length: number): string {
  let digits = '';
  for (let byte = 0; byte < length; byte += 1)
    digits += view
      .getUint8(at + byte)
      .toString(16)
      .padStart(2, '0');
  return digits;
}

/** Text in a field of fixed length is filled up with zero bytes. */
function text(view: DataView, at: number, length: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
  const end = bytes.indexOf(0);
  return receivedText(end < 0 ? bytes : bytes.subarray(0, end));
}

function ntp(view: DataView, at: number): string | undefined {
  const seconds = view.getUint32(at) - NTP_EPOCH_S;
  return isoOf(seconds * 1000 + Math.floor((view.getUint32(at + 4) * 1000) / 2 ** 32));
}

export const isoOf = (ms: number): string | undefined =>
  Math.abs(ms) <= DATE_MS_MAX ? new Date(ms).toISOString() : undefined;
