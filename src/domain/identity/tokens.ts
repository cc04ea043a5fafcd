import { z } from 'zod';
import { action } from '#platform/action.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { acrossScopes } from '#platform/postgres/across-scopes.ts';
import { PERMISSIONS, type Permission, permissionsOf } from './permissions.ts';
import { hashToken, newApiToken } from './secret-token.ts';
import { accountById } from './store.ts';
import { insertToken, insertTokenSecret, revokeToken, tokenById } from './token-store.ts';

const DAY_MS = 86_400_000;
const DAYS_MAX = 366;

/** Who a person is and what others may do is never decided by a program. */
const NEVER_BY_TOKEN: readonly Permission[] = [
  'role.assign',
  'token.manage',
  'user.manage',
  'session.open',
  'session.refuse',
  'session.close',
  'account.password',
  'account.totp',
  'installation.setup',
];

export const TOKEN_PERMISSIONS: readonly Permission[] = PERMISSIONS.filter(
  (permission) => !NEVER_BY_TOKEN.includes(permission),
);

export const TokenInput = z.object({
  name: z.string().trim().min(2).max(60),
  accountId: z.uuid().describe('on whose behalf it works: it never may more than this account'),
  permissions: z.array(z.enum(PERMISSIONS)).min(1).max(PERMISSIONS.length),
  unitPath: z
    .string()
    .regex(/^\/([A-Za-z0-9-]+\/)+$/)
    .max(200)
    .optional()
    .describe("narrower than the account's own area"),
  days: z.number().int().min(1).max(DAYS_MAX),
});

/**
 * Makes a token for a program.
 *
 * @returns the token's text, shown this once
 * @throws AppError `invalid_input` when it would reach further than its account
 */
export const createToken = action('token.manage', TokenInput, async (tx, input) => {
  const account = await accountById(tx.db, input.accountId);
  if (account?.state !== 'active') throw notFound('The account');
  const held = permissionsOf(account.roles);
  const excess = input.permissions.filter((permission) => !held.has(permission) || NEVER_BY_TOKEN.includes(permission));
  if (excess.length > 0) {
    const message = `A token of this account cannot have ${excess.join(', ')}`;
    throw invalid(message, [{ at: '/permissions', message, reason: 'token.excess' }], 'token.excess');
  }
  const path = input.unitPath ?? account.path;
  if (!path.startsWith(account.path)) {
    const message = `The area must lie within ${account.path}`;
    throw invalid(message, [{ at: '/unitPath', message, reason: 'token.area' }], 'token.area');
  }
  const now = tx.clock.now();
  const text = newApiToken();
  const id = tx.ids.next();
  const expiresAt = new Date(now.getTime() + input.days * DAY_MS);
  const permissions = [...new Set(input.permissions)];
  await insertToken(tx.db, {
    id,
    name: input.name,
    accountId: account.id,
    path,
    permissions,
    createdAt: now,
    createdBy: tx.actor.name,
    expiresAt,
  });
  await acrossScopes(tx.db, () => insertTokenSecret(tx.db, id, hashToken(text)));
  tx.record({
    object: { type: 'token', id },
    unitPath: path,
    data: {
      change: 'created',
      name: input.name,
      account: account.login,
      permissions,
      expiresAt: expiresAt.toISOString(),
    },
    related: [{ type: 'account', id: account.id }],
  });
  return { id, text, expiresAt };
});

/** Ends a token for good. */
export const endToken = action('token.manage', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const token = await tokenById(tx.db, id);
  if (!token) throw notFound('The token');
  if (!(await revokeToken(tx.db, id, tx.clock.now()))) throw conflict('The token was revoked already', 'token.revoked');
  tx.record({
    object: { type: 'token', id },
    unitPath: token.path,
    data: { change: 'revoked', name: token.name },
    related: [{ type: 'account', id: token.accountId }],
  });
});
