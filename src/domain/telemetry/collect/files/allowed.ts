import { resolve, sep } from 'node:path';

/** The folder a pattern begins with, up to its first wildcard. */
const fixedPart = (pattern: string): string => {
  const parts = pattern.split('/');
  const wild = parts.findIndex((part) => /[*?[{]/.test(part));
  return resolve('/', ...parts.slice(0, wild < 0 ? -1 : wild));
};

/** True when a pattern can only name files inside one of the folders. */
export const isAllowed = (pattern: string, roots: readonly string[]): boolean =>
  roots.some((root) =>
    `${fixedPart(pattern)}${sep}`.startsWith(resolve(root) === sep ? sep : `${resolve(root)}${sep}`),
  );
