import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** The kinds of values that settings have, each also as it is written in a variable. */

const parts = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

export const list = z.preprocess((value) => (typeof value === 'string' ? parts(value) : value), z.array(z.string()));

export const port = z.coerce.number().int().min(0).max(65_535);

/** ClickHouse and this runtime know the same names. */
export const zone = z.string().refine((name) => {
  try {
    return /^[\w+/-]{1,64}$/.test(name) && Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}, 'is no IANA time zone, such as Asia/Shanghai');

const word = (value: unknown): unknown => (value === 'true' ? true : value === 'false' ? false : value);

export const flag = z.preprocess(word, z.boolean());

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false;
  try {
    new BlockList().addSubnet(address, Number(bits ?? 32), version === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

/** Whom to believe: `true`, `false`, or the addresses and networks of those who are. */
export const trust = z.preprocess(
  (value) => {
    const known = word(value);
    return typeof known === 'string' ? parts(known) : known;
  },
  z.union([
    z.boolean(),
    z
      .array(z.string().refine(isNetwork, 'is no address or network, such as 127.0.0.1 or 10.0.0.0/8'))
      .min(1, 'names nobody: write false'),
  ]),
);
