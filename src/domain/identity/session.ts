import type { Actor, Ctx, Scope } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import type { Account } from './account.ts';
import { OWN_ACCOUNT, permissionsOf, sideOf } from './permissions.ts';
import { sessionByHash, touchSession } from './secret-store.ts';
import { csrfOf, hashToken, readBearer, sameText } from './secret-token.ts';
import { accountById } from './store.ts';
import { tokenByHash, touchToken } from './token-store.ts';

/** What a request shows. */
export interface Shown {
  readonly cookie?: string | undefined;
  readonly authorization?: string | undefined;
  readonly csrf?: string | undefined;
  readonly method: string;
}

/** Who is behind a request and what it may do. */
export interface Authenticated {
  readonly actor: Actor;
  readonly scope: Scope;
  readonly permissions: ReadonlySet<string>;
  /** To be sent as `x-csrf-token` with every write; empty for API tokens, which need none. */
  readonly csrf: string;
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Being seen is written at most this often. */
const TOUCH_MS = 60_000;

export const scopeOf = (account: Account): Scope => ({ path: account.path, side: sideOf(account.roles) });

/** The permissions of an account; only the own account while its password must be changed. */
export const permissionsOfAccount = (account: Account): ReadonlySet<string> =>
  account.mustChangePassword ? new Set(OWN_ACCOUNT) : permissionsOf(account.roles);

/**
 * Finds who sends a request, by API token or by session.
 *
 * @param system the platform's own context
 * @returns undefined when nobody is signed in: no, unknown, expired or revoked proof, or a disabled account
 * @throws AppError `forbidden` (`csrf.missing`) when a session writes without the right `x-csrf-token`
 */
export async function authenticate(system: Ctx, shown: Shown): Promise<Authenticated | undefined> {
  if (shown.authorization !== undefined) return byToken(system, shown.authorization);
  if (!shown.cookie || shown.cookie.length > 100) return undefined;
  const csrf = csrfOf(shown.cookie);
  const account = await accountOfSession(system, shown.cookie);
  if (!account) return undefined;
  if (!READING.has(shown.method) && !sameText(shown.csrf, csrf)) {
    throw new AppError('forbidden', {
      public: 'The request lacks the x-csrf-token of this session: load the page again',
      reason: 'csrf.missing',
    });
  }
  return {
    actor: { kind: 'user', id: account.id, name: account.name, roles: account.roles },
    scope: scopeOf(account),
    permissions: permissionsOfAccount(account),
    csrf,
  };
}

/** The account of a session that is neither ended, idle for too long nor past its end; notes that it was seen. */
export async function accountOfSession(system: Ctx, token: string): Promise<Account | undefined> {
  const now = system.clock.now();
  const found = await system.read(async (db) => {
    const session = await sessionByHash(db, hashToken(token));
    if (!session || session.expires_at <= now) return undefined;
    const idleMs = now.getTime() - session.last_seen_at.getTime();
    if (idleMs >= session.idle_seconds * 1000) return undefined;
    const account = await accountById(db, session.account_id);
    return account?.state === 'active' ? { account, session, idleMs } : undefined;
  });
  if (!found) return undefined;
  if (found.idleMs >= TOUCH_MS) await system.transaction((tx) => touchSession(tx.db, found.session.id, now));
  return found.account;
}

async function byToken(system: Ctx, authorization: string): Promise<Authenticated | undefined> {
  const text = readBearer(authorization);
  if (!text) return undefined;
  const now = system.clock.now();
  const found = await system.read(async (db) => {
    const token = await tokenByHash(db, hashToken(text));
    if (!token || token.revokedAt !== null || token.expiresAt <= now) return undefined;
    const account = await accountById(db, token.accountId);
    return account?.state === 'active' ? { token, account } : undefined;
  });
  if (!found) return undefined;
  const { token, account } = found;
  // An account that was moved or lost a role takes its tokens with it.
  if (!token.path.startsWith(account.path)) return undefined;
  if (token.lastUsedAt === null || now.getTime() - token.lastUsedAt.getTime() >= TOUCH_MS) {
    await system.transaction((tx) => touchToken(tx.db, token.id, now));
  }
  const held = permissionsOf(account.roles);
  return {
    actor: { kind: 'token', id: token.id, name: `${account.name} · ${token.name}`, roles: account.roles },
    scope: { path: token.path, side: sideOf(account.roles) },
    permissions: new Set(token.permissions.filter((permission) => held.has(permission))),
    csrf: '',
  };
}
