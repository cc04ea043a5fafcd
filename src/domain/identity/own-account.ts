import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { acrossScopes } from '#platform/postgres/across-scopes.ts';
import type { Account } from './account.ts';
import { hashPassword, PASSWORDS_REMEMBERED, passwordFaults, verifyPassword } from './password.ts';
import {
  endSession,
  endSessions,
  passwordHistory,
  putPassword,
  putRecoveryCodes,
  putTotp,
  secretsOf,
  useTotpStep,
} from './secret-store.ts';
import { hashToken } from './secret-token.ts';
import { type Caller, openSession, provePassword, type SignedIn, sealOf, totpPurpose } from './sign-in.ts';
import { accountById, updateAccount } from './store.ts';
import { newRecoveryCodes, newTotpSecret, totpStep, totpUri } from './totp.ts';

/** What people do to their own accounts. The account is always the actor's, never one named by the request. */

async function ownAccount(ctx: Ctx): Promise<Account> {
  const account =
    ctx.actor.kind === 'user' ? await ctx.asSystem().read((db) => accountById(db, ctx.actor.id)) : undefined;
  if (!account) throw notFound('Your account');
  return account;
}

/** Signs out: the session ends on the server, not only in the browser. */
export const closeSession = action('session.close', z.object({ token: z.string() }), async (tx, { token }) => {
  await acrossScopes(tx.db, () => endSession(tx.db, hashToken(token), tx.clock.now()));
  tx.record({ object: { type: 'account', id: tx.actor.id }, unitPath: tx.scope.path, data: { change: 'signed out' } });
});

const putOwnPassword = action(
  'account.password',
  z.object({ passwordHash: z.string(), path: z.string() }),
  async (tx, { passwordHash, path }) => {
    const now = tx.clock.now();
    await acrossScopes(tx.db, async () => {
      await putPassword(tx.db, tx.actor.id, passwordHash, now);
      await endSessions(tx.db, tx.actor.id, now);
    });
    await updateAccount(tx.db, tx.actor.id, { mustChangePassword: false }, now);
    tx.record({ object: { type: 'account', id: tx.actor.id }, unitPath: path, data: { change: 'password changed' } });
  },
);

/**
 * Changes the own password. All sessions end, also the one that asked, which gets a new one.
 *
 * @throws AppError `forbidden` (`password.wrong`), `invalid_input` with each fault of the new password
 */
export async function changeOwnPassword(
  ctx: Ctx,
  input: { current: string; next: string },
  caller: Caller,
): Promise<SignedIn> {
  ctx.allow('account.password');
  const account = await ownAccount(ctx);
  const system = ctx.asSystem();
  await provePassword(system, account, input.current);
  const faults = passwordFaults(input.next, account.login);
  const history = await system.read((db) => passwordHistory(db, account.id, PASSWORDS_REMEMBERED));
  for (const hash of faults.length > 0 ? [] : history) {
    if (!(await verifyPassword(input.next, hash))) continue;
    const message = `Choose one that is not among your last ${PASSWORDS_REMEMBERED} passwords`;
    faults.push({ at: '/password', message, reason: 'password.reused' });
    break;
  }
  if (faults.length > 0) throw invalid(faults.map((fault) => fault.message).join('; '), faults, 'password.weak');
  await putOwnPassword(ctx, { passwordHash: await hashPassword(input.next), path: account.path });
  const session = await openSession(system, {
    accountId: account.id,
    login: account.login,
    unitPath: account.path,
    address: caller.address,
    agent: caller.agent,
    method: 'password',
  });
  return { account: { ...account, mustChangePassword: false }, ...session };
}

const putPendingTotp = action('account.totp', z.object({ sealed: z.string() }), async (tx, { sealed }) => {
  await acrossScopes(tx.db, () => putTotp(tx.db, tx.actor.id, { pending: sealed }));
  tx.record({
    object: { type: 'account', id: tx.actor.id },
    unitPath: tx.scope.path,
    data: { change: 'one-time codes prepared' },
  });
});

/**
 * Begins one-time codes: makes a secret that counts only after `confirmTotp`.
 *
 * @returns the secret for typing and the address for scanning, shown this once
 */
export async function enrolTotp(ctx: Ctx, password: string): Promise<{ secret: string; uri: string }> {
  ctx.allow('account.totp');
  const account = await ownAccount(ctx);
  if (account.totpEnabled) throw conflict('One-time codes are on already: switch them off first', 'totp.on');
  await provePassword(ctx.asSystem(), account, password);
  const secret = newTotpSecret();
  await putPendingTotp(ctx, { sealed: sealOf(ctx).seal(secret, totpPurpose(account.id)) });
  return { secret, uri: totpUri(secret, account.login) };
}

const putConfirmedTotp = action(
  'account.totp',
  z.object({ sealed: z.string(), step: z.number().int(), recoveryHashes: z.array(z.string()) }),
  async (tx, { sealed, step, recoveryHashes }) => {
    await acrossScopes(tx.db, async () => {
      await putTotp(tx.db, tx.actor.id, { sealed, pending: null });
      await useTotpStep(tx.db, tx.actor.id, step);
      await putRecoveryCodes(tx.db, tx.actor.id, recoveryHashes);
    });
    await updateAccount(tx.db, tx.actor.id, { totpEnabled: true }, tx.clock.now());
    tx.record({
      object: { type: 'account', id: tx.actor.id },
      unitPath: tx.scope.path,
      data: { change: 'one-time codes switched on' },
    });
  },
);

/**
 * Ends the enrolment with a first code of the app.
 *
 * @returns the recovery codes, shown this once
 * @throws AppError `invalid_input` (`totp.wrong`), `conflict` when nothing was begun
 */
export async function confirmTotp(ctx: Ctx, code: string): Promise<string[]> {
  ctx.allow('account.totp');
  const account = await ownAccount(ctx);
  const secrets = await ctx.asSystem().read((db) => secretsOf(db, account.id));
  const sealed = secrets?.totp_pending_sealed;
  if (!secrets || !sealed) throw conflict('Begin with a new secret first', 'totp.not_begun');
  const secret = sealOf(ctx).open(sealed, totpPurpose(account.id));
  const step = await totpStep(secret, code.replace(/\s/g, ''), ctx.clock.now(), secrets.totp_step);
  if (step === undefined) {
    throw invalid(
      'The code is wrong: check the clock of your phone',
      [{ at: '/code', message: 'is wrong' }],
      'totp.wrong',
    );
  }
  const codes = newRecoveryCodes();
  await putConfirmedTotp(ctx, { sealed, step, recoveryHashes: codes.map(hashToken) });
  return codes;
}

const clearTotp = action('account.totp', z.object({}), async (tx) => {
  await acrossScopes(tx.db, async () => {
    await putTotp(tx.db, tx.actor.id, { sealed: null, pending: null });
    await putRecoveryCodes(tx.db, tx.actor.id, []);
  });
  await updateAccount(tx.db, tx.actor.id, { totpEnabled: false }, tx.clock.now());
  tx.record({
    object: { type: 'account', id: tx.actor.id },
    unitPath: tx.scope.path,
    data: { change: 'one-time codes switched off' },
  });
});

/** Switches one-time codes off, after asking for the password. */
export async function removeTotp(ctx: Ctx, password: string): Promise<void> {
  ctx.allow('account.totp');
  await provePassword(ctx.asSystem(), await ownAccount(ctx), password);
  await clearTotp(ctx, {});
}
