import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Random tokens (256 bits). Only their SHA-256 is stored, which is enough for what cannot be guessed. */

const TOKEN_BYTES = 32;
const API_TOKEN_PREFIX = 'tongan_';

export const newSessionToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** With a prefix, so that scanners for leaked secrets can tell what it is. */
export const newApiToken = (): string => `${API_TOKEN_PREFIX}${randomBytes(TOKEN_BYTES).toString('base64url')}`;

/** The token in an `Authorization` header; undefined when it holds none of ours. */
export function readBearer(authorization: string | undefined): string | undefined {
  const [scheme, token, ...rest] = (authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || rest.length > 0) return undefined;
  return token && /^tongan_[A-Za-z0-9_-]{43}$/.test(token) ? token : undefined;
}

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** The session's token against cross-site requests: follows from the cookie, which no other site can read. */
export const csrfOf = (sessionToken: string): string =>
  createHash('sha256').update(`csrf of ${sessionToken}`).digest('base64url');

export function sameText(given: string | undefined, expected: string): boolean {
  const a = Buffer.from(given ?? '');
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
