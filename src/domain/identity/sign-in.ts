import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import { sharedDirOf } from '#platform/config.ts';
import type { Ctx } from '#platform/context.ts';
import { openSeal, type Seal } from '#platform/crypto/seal.ts';
import { AppError } from '#platform/errors.ts';
import { acrossScopes } from '#platform/postgres/across-scopes.ts';
import { type Account, normaliseLogin } from './account.ts';
import { ADDRESS_LIMIT, type Limit, LOGIN_LIMIT, releaseAttempt, takeAttempt } from './lockout.ts';
import { NOBODYS_HASH, verifyPassword } from './password.ts';
import {
  attemptsOf,
  endSession,
  forgetAttempts,
  holdAttempts,
  insertSession,
  putAttempts,
  type Secrets,
  secretsOf,
  useRecoveryCode,
  useTotpStep,
} from './secret-store.ts';
import { hashToken, newSessionToken } from './secret-token.ts';
import { accountByLogin, installation, updateAccount } from './store.ts';
import { readRecoveryCode, totpStep } from './totp.ts';

/** What is known of the caller besides what was typed. */
export interface Caller {
  readonly address: string;
  readonly agent: string;
  /** The session cookie the browser sent along; it ends when a new session begins. */
  readonly presented: string | undefined;
}

export interface SignInInput {
  readonly account: string;
  readonly password: string;
  /** Code of the authenticator app, or a recovery code. */
  readonly totp?: string | undefined;
}

export interface SignedIn {
  readonly account: Account;
  /** For the cookie; known to nobody but the browser. */
  readonly token: string;
  readonly expiresAt: Date;
}

const AGENT_LENGTH_MAX = 200;

export const loginKey = (login: string): string => guardKey('login', login);
const guardKey = (kind: 'login' | 'address', value: string): string =>
  createHash('sha256').update(`${kind} ${value}`).digest('base64url');

export const sealOf = (ctx: Ctx): Seal => openSeal(join(sharedDirOf(ctx.config), 'keys'));
export const totpPurpose = (accountId: string): string => `totp ${accountId}`;

const lockedError = (until: Date, now: Date): AppError =>
  new AppError('too_many_requests', {
    public: `Too many failed sign-ins: locked until ${until.toISOString()}`,
    reason: 'session.locked',
    faults: [{ at: '/lockedUntil', message: until.toISOString(), reason: 'session.locked' }],
    retryAfterSeconds: Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000)),
  });

const refused = (): AppError =>
  new AppError('unauthenticated', { public: 'The account name or the password is wrong', reason: 'session.refused' });

/**
 * Counts an attempt for the login name and the address before anything is checked, so that parallel guesses and
 * names that do not exist count alike.
 *
 * @returns for each key, until when the next attempt waits should this one fail
 * @throws AppError `too_many_requests` (`session.locked`)
 */
async function countAttempt(system: Ctx, keys: readonly (readonly [string, Limit])[]): Promise<Date | undefined> {
  const now = system.clock.now();
  return system.transaction(async ({ db }) => {
    const hashes = keys.map(([key]) => key);
    await holdAttempts(db, hashes);
    const known = await attemptsOf(db, hashes);
    let lock: Date | undefined;
    for (const [key, limit] of keys) {
      const taken = takeAttempt(known.get(key), now, limit);
      if (!taken.allowed) throw lockedError(taken.until, now);
      await putAttempts(db, key, taken.after);
      lock = taken.after.lockedUntil ?? lock;
    }
    return lock;
  });
}

/** Gives the attempt back: the password was right. `done` = the whole sign-in was, then the name is clear again. */
async function settleAttempt(system: Ctx, login: string, address: string, done: boolean): Promise<void> {
  await system.transaction(async ({ db }) => {
    const keys = [guardKey('address', address), loginKey(login)];
    await holdAttempts(db, keys);
    const known = await attemptsOf(db, keys);
    for (const key of keys) {
      const attempts = known.get(key);
      if (attempts) await putAttempts(db, key, releaseAttempt(attempts));
    }
    if (done) await forgetAttempts(db, loginKey(login));
  });
}

const recordRefusal = action(
  'session.refuse',
  z.object({
    accountId: z.string(),
    login: z.string(),
    unitPath: z.string(),
    address: z.string(),
    cause: z.enum(['unknown', 'disabled', 'password', 'totp']),
    lockedUntil: z.date().optional(),
  }),
  async (tx, refusal) => {
    tx.record({
      object: { type: 'account', id: refusal.accountId },
      unitPath: refusal.unitPath,
      data: {
        change: 'sign-in refused',
        ...(refusal.login ? { login: refusal.login } : {}),
        cause: refusal.cause,
        address: refusal.address,
        ...(refusal.lockedUntil ? { lockedUntil: refusal.lockedUntil.toISOString() } : {}),
      },
    });
  },
);

type RefusalCause = 'unknown' | 'disabled' | 'password' | 'totp';

/** Writes the refusal down. What was typed as an unknown name is not kept: it may be a password. */
async function refuse(
  system: Ctx,
  account: Account | undefined,
  address: string,
  cause: RefusalCause,
  lockedUntil: Date | undefined,
): Promise<void> {
  const place = account?.path ?? (await system.read((db) => installation(db)))?.path ?? '/';
  await recordRefusal(system, {
    accountId: account?.id ?? 'unknown',
    login: account?.login ?? '',
    unitPath: place,
    address,
    cause,
    ...(lockedUntil ? { lockedUntil } : {}),
  });
}

/** Opens a session for an account whose identity was just proved. Ends the session the browser had before. */
export const openSession = action(
  'session.open',
  z.object({
    accountId: z.uuid(),
    login: z.string(),
    unitPath: z.string(),
    address: z.string(),
    agent: z.string(),
    presented: z.string().optional(),
    method: z.enum(['password', 'totp', 'recovery code']),
  }),
  async (tx, input) => {
    const now = tx.clock.now();
    const token = newSessionToken();
    const { idleMinutes, absoluteHours } = tx.config.session;
    const expiresAt = new Date(now.getTime() + absoluteHours * 3_600_000);
    const id = tx.ids.next();
    await acrossScopes(tx.db, async () => {
      if (input.presented) await endSession(tx.db, hashToken(input.presented), now);
      await insertSession(tx.db, {
        id,
        token_hash: hashToken(token),
        account_id: input.accountId,
        created_at: now,
        last_seen_at: now,
        idle_seconds: idleMinutes * 60,
        expires_at: expiresAt,
        address: input.address,
        agent: input.agent.slice(0, AGENT_LENGTH_MAX),
        ended_at: null,
      });
    });
    await updateAccount(tx.db, input.accountId, { lastSignInAt: now }, now);
    tx.record({
      object: { type: 'account', id: input.accountId },
      unitPath: input.unitPath,
      data: { change: 'signed in', login: input.login, method: input.method, address: input.address, session: id },
    });
    return { token, expiresAt };
  },
);

/**
 * Checks who somebody is, step by step: the password, then the one-time code where the account has one.
 * An account that does not exist takes the same time and gives the same answer as a wrong password.
 *
 * @param system the platform's own context
 * @throws AppError `unauthenticated` (`session.refused`, `session.totp_required`, `session.totp_wrong`) or
 *   `too_many_requests` (`session.locked`, with the seconds to wait)
 */
export async function signIn(system: Ctx, input: SignInInput, caller: Caller): Promise<SignedIn> {
  const login = normaliseLogin(input.account);
  const { address } = caller;
  const lock = await countAttempt(system, [
    [guardKey('address', address), ADDRESS_LIMIT],
    [loginKey(login), LOGIN_LIMIT],
  ]);
  const fail = async (account: Account | undefined, cause: RefusalCause): Promise<AppError> => {
    await refuse(system, account, address, cause, lock);
    if (lock) return lockedError(lock, system.clock.now());
    return cause === 'totp'
      ? new AppError('unauthenticated', {
          public: 'The one-time code is wrong or was used',
          reason: 'session.totp_wrong',
        })
      : refused();
  };
  const found = await system.read(async (db) => {
    const account = await accountByLogin(db, login);
    const secrets = account && (await secretsOf(db, account.id));
    return account && secrets ? { account, secrets } : undefined;
  });
  const right = await verifyPassword(input.password, found?.secrets.password_hash ?? NOBODYS_HASH);
  if (!found) throw await fail(undefined, 'unknown');
  if (!right) throw await fail(found.account, 'password');
  if (found.account.state !== 'active') throw await fail(found.account, 'disabled');

  let method: 'password' | 'totp' | 'recovery code' = 'password';
  if (found.account.totpEnabled) {
    if (!input.totp) {
      await settleAttempt(system, login, address, false);
      throw new AppError('unauthenticated', { public: 'Enter the one-time code', reason: 'session.totp_required' });
    }
    const used = await useSecondFactor(system, found.account, found.secrets, input.totp);
    if (!used) throw await fail(found.account, 'totp');
    method = used;
  }
  await settleAttempt(system, login, address, true);
  const { account } = found;
  const session = await openSession(system, {
    accountId: account.id,
    login: account.login,
    unitPath: account.path,
    address,
    agent: caller.agent,
    ...(caller.presented ? { presented: caller.presented } : {}),
    method,
  });
  return { account, ...session };
}

/** Uses up a one-time code or a recovery code. Undefined when it is wrong or was used. */
async function useSecondFactor(
  system: Ctx,
  account: Account,
  secrets: Secrets,
  typed: string,
): Promise<'totp' | 'recovery code' | undefined> {
  const now = system.clock.now();
  const code = typed.replace(/\s/g, '');
  if (/^\d{6}$/.test(code) && secrets.totp_sealed) {
    const secret = sealOf(system).open(secrets.totp_sealed, totpPurpose(account.id));
    const step = await totpStep(secret, code, now, secrets.totp_step);
    if (step === undefined) return undefined;
    return (await system.transaction(({ db }) => useTotpStep(db, account.id, step))) ? 'totp' : undefined;
  }
  const recovery = readRecoveryCode(typed);
  if (!recovery) return undefined;
  const good = await system.transaction(({ db }) => useRecoveryCode(db, account.id, hashToken(recovery), now));
  return good ? 'recovery code' : undefined;
}

/**
 * Asks a signed-in person for the password again before something grave. Failures count like those of a sign-in.
 *
 * @throws AppError `forbidden` (`password.wrong`) or `too_many_requests` (`session.locked`)
 */
export async function provePassword(system: Ctx, account: Account, password: string): Promise<void> {
  const lock = await countAttempt(system, [[loginKey(account.login), LOGIN_LIMIT]]);
  const secrets = await system.read((db) => secretsOf(db, account.id));
  if (secrets && (await verifyPassword(password, secrets.password_hash))) {
    await system.transaction(({ db }) => forgetAttempts(db, loginKey(account.login)));
    return;
  }
  await refuse(system, account, 'signed in', 'password', lock);
  throw new AppError('forbidden', { public: 'The current password is wrong', reason: 'password.wrong' });
}
