import { z } from 'zod';
import { getUnit, listCentres } from '#domain/organizations/index.ts';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { AppError, conflict, invalid, notFound } from '#platform/errors.ts';
import { acrossScopes } from '#platform/postgres/across-scopes.ts';
import { type Account, AccountInput, Login, normaliseLogin, PersonName, RoleList } from './account.ts';
import { hashPassword, passwordFaults, temporaryPassword } from './password.ts';
import { ROLES, type Role, rolesFault, SEPARATED_ROLES, sideOf } from './permissions.ts';
import { endSessions, forgetAttempts, putPassword, putRecoveryCodes, putTotp } from './secret-store.ts';
import { loginKey } from './sign-in.ts';
import { accountById, accountByLogin, insertAccount, otherHolders, updateAccount } from './store.ts';

/** What administrators do to accounts of others. What people do to their own is in `own-account.ts`. */

async function visibleAccount(tx: Tx, id: string): Promise<Account> {
  const account = await accountById(tx.db, id);
  if (!account) throw notFound('The account');
  return account;
}

async function othersAccount(tx: Tx, id: string): Promise<Account> {
  if (tx.actor.id === id) {
    throw conflict('Nobody administers the own account: ask another administrator', 'account.own');
  }
  return visibleAccount(tx, id);
}

const tellOf = (tx: Tx, account: Account, change: string): void =>
  tx.publish({ topic: 'account', id: account.id, action: change, unitPath: account.path, side: 'centre' });

/** Where an account belongs: the unit or centre must be visible to whoever opens it. */
async function homeOf(tx: Tx, input: { unitId?: string | undefined; centreId?: string | undefined }) {
  if (input.unitId !== undefined) {
    const unit = await getUnit(tx, input.unitId);
    if (unit.state !== 'active') throw invalid('The unit is closed', [{ at: '/unitId', message: 'is closed' }]);
    return { unitId: unit.id, centreId: null, path: unit.path };
  }
  const centre = (await listCentres(tx)).find((candidate) => candidate.id === input.centreId);
  if (!centre) throw invalid('The centre does not exist', [{ at: '/centreId', message: 'is unknown' }]);
  return { unitId: null, centreId: centre.id, path: centre.path };
}

/** @throws AppError `invalid_input` when one account may not hold these roles */
function checkRoles(roles: readonly Role[], home: { unitId: string | null }): void {
  const fault = rolesFault(roles);
  if (fault)
    throw invalid(fault.message, [{ at: '/roles', message: fault.message, reason: fault.reason }], fault.reason);
  const side = home.unitId === null ? 'centre' : 'unit';
  if (sideOf(roles) !== side) {
    const message = `The account belongs to a ${side} and cannot hold roles of the other side`;
    throw invalid(message, [{ at: '/roles', message, reason: 'roles.sides' }], 'roles.sides');
  }
}

/** Opens an account with a password that is hashed already. Hashing takes long and never happens in a transaction. */
export const openAccount = action(
  'user.manage',
  z.object({
    account: AccountInput,
    roles: RoleList,
    passwordHash: z.string(),
    mustChangePassword: z.boolean(),
  }),
  async (tx, input) => {
    const home = await homeOf(tx, input.account);
    if (input.roles.length > 0) checkRoles(input.roles, home);
    const now = tx.clock.now();
    const id = tx.ids.next();
    const { login, name } = input.account;
    const { mustChangePassword, roles } = input;
    if (!(await insertAccount(tx.db, { id, login, name, ...home, roles, mustChangePassword, createdAt: now }))) {
      throw conflict('This account name is taken', 'account.taken');
    }
    await acrossScopes(tx.db, () => putPassword(tx.db, id, input.passwordHash, now));
    const account = await visibleAccount(tx, id);
    tx.record({
      object: { type: 'account', id },
      unitPath: account.path,
      data: { change: 'created', login, name, home: account.home, roles },
      related: account.unitId ? [{ type: 'unit', id: account.unitId }] : [],
    });
    tellOf(tx, account, 'created');
    return account;
  },
);

/**
 * Opens an account. It has no rights until a security administrator assigns roles, and its first password must be
 * changed at the first sign-in.
 *
 * @returns the account and its first password, which is shown this once
 */
export async function createAccount(
  ctx: Ctx,
  input: z.input<typeof AccountInput>,
): Promise<{ account: Account; password: string }> {
  ctx.allow('user.manage');
  const password = temporaryPassword();
  const passwordHash = await hashPassword(password);
  const account = await openAccount(ctx, { account: input, roles: [], passwordHash, mustChangePassword: true });
  return { account, password };
}

const SeedInput = z.object({
  login: Login,
  name: PersonName,
  unitId: z.uuid().optional(),
  centreId: z.uuid().optional(),
  roles: RoleList,
  password: z.string(),
  mustChangePassword: z.boolean().default(false),
});

/**
 * Opens an account with roles and a known password in one step: for set-up and for demonstration data.
 *
 * @param system the platform's own context; a person's context is refused, because one person alone must not both
 *   open accounts and assign roles
 */
export async function seedAccount(system: Ctx, input: z.input<typeof SeedInput>): Promise<Account> {
  if (system.actor.kind !== 'system') throw new AppError('forbidden', { public: 'Only the platform seeds accounts' });
  const { roles, password, mustChangePassword, ...account } = SeedInput.parse(input);
  const faults = passwordFaults(password, account.login);
  if (faults.length > 0) throw invalid(faults.map((fault) => fault.message).join('; '), faults, 'password.weak');
  const passwordHash = await hashPassword(password);
  return openAccount(system, { account, roles, passwordHash, mustChangePassword });
}

/** The last active holder of an administration keeps it: nobody else could give it to anyone again. */
async function keepLastHolder(tx: Tx, account: Account, lost: readonly Role[]): Promise<void> {
  for (const role of SEPARATED_ROLES.filter((separated) => lost.includes(separated))) {
    if ((await acrossScopes(tx.db, () => otherHolders(tx.db, role, account.id))) === 0) {
      throw conflict(
        'This is the last active holder of this administration: appoint another one first',
        'account.last',
      );
    }
  }
}

/** Changes the name of an account, or disables and enables it. Disabling ends its sessions at once. */
export const changeAccount = action(
  'user.manage',
  z.object({ id: z.uuid(), name: PersonName.optional(), state: z.enum(['active', 'disabled']).optional() }),
  async (tx, { id, name, state }) => {
    const account = await othersAccount(tx, id);
    if (state === 'disabled') {
      await keepLastHolder(tx, account, account.roles);
      await acrossScopes(tx.db, () => endSessions(tx.db, id, tx.clock.now()));
    }
    await updateAccount(tx.db, id, { name, state }, tx.clock.now());
    tx.record({
      object: { type: 'account', id },
      unitPath: account.path,
      data: {
        change: 'changed',
        login: account.login,
        before: { name: account.name, state: account.state },
        name,
        state,
      },
    });
    tellOf(tx, account, 'changed');
    return visibleAccount(tx, id);
  },
);

/** Sets the roles of an account. They hold from its next request on. */
export const assignRoles = action(
  'role.assign',
  z.object({ id: z.uuid(), roles: RoleList, reason: z.string().trim().max(200).optional() }),
  async (tx, { id, roles, reason }) => {
    const account = await othersAccount(tx, id);
    if (roles.length > 0) checkRoles(roles, account);
    await keepLastHolder(
      tx,
      account,
      account.roles.filter((role) => !roles.includes(role)),
    );
    await updateAccount(tx.db, id, { roles }, tx.clock.now());
    tx.record({
      object: { type: 'account', id },
      unitPath: account.path,
      data: {
        change: 'roles assigned',
        login: account.login,
        before: account.roles,
        after: ROLES.filter((role) => roles.includes(role)),
        ...(reason ? { reason } : {}),
      },
    });
    tellOf(tx, account, 'roles');
    return visibleAccount(tx, id);
  },
);

/** Lifts the lock of a login name before its time. */
export const unlockAccount = action('user.manage', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const account = await othersAccount(tx, id);
  await acrossScopes(tx.db, () => forgetAttempts(tx.db, loginKey(account.login)));
  tx.record({
    object: { type: 'account', id },
    unitPath: account.path,
    data: { change: 'unlocked', login: account.login },
  });
});

const putResetPassword = action(
  'user.manage',
  z.object({ id: z.uuid(), passwordHash: z.string(), withTotp: z.boolean() }),
  async (tx, { id, passwordHash, withTotp }) => {
    const account = await othersAccount(tx, id);
    const guarded = account.roles.some((role) => role === 'security_admin' || role === 'audit_admin');
    if (guarded && tx.actor.kind !== 'system') {
      throw conflict(
        'Passwords of security and audit administrators are reset on the server itself, so that no administrator takes the place of another',
        'account.separated',
      );
    }
    const now = tx.clock.now();
    await acrossScopes(tx.db, async () => {
      await putPassword(tx.db, id, passwordHash, now);
      if (withTotp) {
        await putTotp(tx.db, id, { sealed: null, pending: null });
        await putRecoveryCodes(tx.db, id, []);
      }
      await endSessions(tx.db, id, now);
      await forgetAttempts(tx.db, loginKey(account.login));
    });
    await updateAccount(tx.db, id, { mustChangePassword: true, ...(withTotp ? { totpEnabled: false } : {}) }, now);
    tx.record({
      object: { type: 'account', id },
      unitPath: account.path,
      data: { change: 'password reset', login: account.login, withTotp },
    });
    tellOf(tx, account, 'changed');
  },
);

/**
 * Gives an account a new first password and ends its sessions; `withTotp` also takes the lost authenticator away.
 *
 * @returns the password, shown this once
 */
export async function resetPassword(ctx: Ctx, input: { id: string; withTotp: boolean }): Promise<string> {
  ctx.allow('user.manage');
  const password = temporaryPassword();
  await putResetPassword(ctx, { ...input, passwordHash: await hashPassword(password) });
  return password;
}

/**
 * The way back for an administrator who lost password or phone: for whoever runs the server, who can read its folder.
 *
 * @param system the platform's own context
 * @returns the new first password
 * @throws AppError `not_found`
 */
export async function resetPasswordOf(system: Ctx, login: string): Promise<string> {
  const account = await system.read((db) => accountByLogin(db, normaliseLogin(login)));
  if (!account) throw notFound('The account');
  return resetPassword(system, { id: account.id, withTotp: true });
}
