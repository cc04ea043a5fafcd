import { randomInt } from 'node:crypto';
import { generateSecret, generateURI, verify } from 'otplib';

/** One-time codes by time (RFC 6238): SHA-1, six digits, 30 seconds, which is all that common apps understand. */

const PERIOD_SECONDS = 30;
const RECOVERY_CODES = 10;
const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789';

export const newTotpSecret = (): string => generateSecret();

/** What the app scans. */
export const totpUri = (secret: string, login: string): string =>
  generateURI({ issuer: "Tong'an", label: login, secret });

/**
 * Checks a code against the step before, now and after.
 *
 * @param usedStep the last step whose code was accepted; it and older ones are refused, so no code is good twice
 * @returns the step to remember, or undefined when the code is wrong or was used
 */
export async function totpStep(secret: string, code: string, now: Date, usedStep: number): Promise<number | undefined> {
  if (!/^\d{6}$/.test(code)) return undefined;
  const epoch = Math.floor(now.getTime() / 1000);
  const result = await verify({ secret, token: code, epoch, epochTolerance: PERIOD_SECONDS, period: PERIOD_SECONDS });
  if (!result.valid) return undefined;
  const step = Math.floor(epoch / PERIOD_SECONDS) + result.delta;
  return step > usedStep ? step : undefined;
}

/** Ten codes for the day the phone is lost, each good once: about 49 bits. */
export function newRecoveryCodes(): string[] {
  const half = () => Array.from({ length: 5 }, () => READABLE.charAt(randomInt(READABLE.length))).join('');
  return Array.from({ length: RECOVERY_CODES }, () => `${half()}-${half()}`);
}

/** A recovery code as typed, in the form it was given out; undefined when it cannot be one. */
export function readRecoveryCode(text: string): string | undefined {
  const bare = text.toLowerCase().replace(/[\s-]/g, '');
  return /^[a-z2-9]{10}$/.test(bare) ? `${bare.slice(0, 5)}-${bare.slice(5)}` : undefined;
}
