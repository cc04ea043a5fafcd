import { z } from 'zod';
import { listDivisions } from '#domain/organizations/index.ts';
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { acrossScopes } from '#platform/postgres/across-scopes.ts';
import { type Account, AccountInput, PersonName, RoleList } from './account.ts';
import { assignRoles, changeAccount, createAccount, resetPassword, unlockAccount } from './actions.ts';
import { PERMISSIONS, permissionsOf, ROLES } from './permissions.ts';
import { attemptsOf } from './secret-store.ts';
import { SetupInput, setUp, setupNeeded } from './setup.ts';
import { loginKey } from './sign-in.ts';
import { accountById, installation, pageOfAccounts } from './store.ts';
import { type ApiToken, pageOfTokens } from './token-store.ts';
import { createToken, endToken, TOKEN_PERMISSIONS, TokenInput } from './tokens.ts';

const Id = z.object({ id: z.uuid() });

const AccountView = z.object({
  id: z.uuid(),
  account: z.string(),
  name: z.string(),
  unitId: z.uuid().nullable(),
  centreId: z.uuid().nullable(),
  home: z.string().describe('name of the unit or centre'),
  path: z.string(),
  roles: z.array(z.enum(ROLES)),
  state: z.enum(['active', 'disabled']),
  mustChangePassword: z.boolean(),
  totpEnabled: z.boolean(),
  lockedUntil: z.string().nullable(),
  lastSignInAt: z.string().nullable(),
  createdAt: z.string(),
});

function accountView(account: Account, lockedUntil: Date | null): z.input<typeof AccountView> {
  const { login, roles, lastSignInAt, createdAt, ...rest } = account;
  return {
    ...rest,
    account: login,
    roles: [...roles],
    lockedUntil: lockedUntil?.toISOString() ?? null,
    lastSignInAt: lastSignInAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}

/** Accounts with their running locks, which are kept apart by login name. */
async function accountViews(ctx: Ctx, accounts: readonly Account[]): Promise<z.input<typeof AccountView>[]> {
  const now = ctx.clock.now();
  const keys = accounts.map((account) => loginKey(account.login));
  const locks = await ctx.read((db) => acrossScopes(db, () => attemptsOf(db, keys)));
  return accounts.map((account, index) => {
    const until = locks.get(keys[index] ?? '')?.lockedUntil ?? null;
    return accountView(account, until && until > now ? until : null);
  });
}

async function accountDetail(ctx: Ctx, id: string): Promise<z.input<typeof AccountView>> {
  const account = await ctx.read((db) => accountById(db, id));
  const [view] = account ? await accountViews(ctx, [account]) : [];
  if (!view) throw notFound('The account');
  return view;
}

const TokenView = z.object({
  id: z.uuid(),
  name: z.string(),
  accountId: z.uuid(),
  accountName: z.string(),
  path: z.string(),
  permissions: z.array(z.string()),
  createdAt: z.string(),
  createdBy: z.string(),
  expiresAt: z.string(),
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
});

const tokenView = (token: ApiToken): z.input<typeof TokenView> => ({
  ...token,
  permissions: [...token.permissions],
  createdAt: token.createdAt.toISOString(),
  expiresAt: token.expiresAt.toISOString(),
  lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
  revokedAt: token.revokedAt?.toISOString() ?? null,
});

const userRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/users',
    permission: 'user.read',
    summary: 'Accounts',
    query: Paging.extend({
      search: z.string().trim().max(60).optional(),
      unitId: z.uuid().optional(),
      role: z.enum(ROLES).optional(),
      state: z.enum(['active', 'disabled']).optional(),
    }),
    response: listOf(AccountView),
    handler: async (ctx, { query }) => {
      const page = { offset: offsetOf(query), limit: query.pageSize };
      const { items, total } = await ctx.read((db) => pageOfAccounts(db, query, page));
      return { items: await accountViews(ctx, items), total };
    },
  }),
  route({
    method: 'GET',
    url: '/api/users/:id',
    permission: 'user.read',
    summary: 'One account',
    params: Id,
    response: AccountView,
    handler: (ctx, { params }) => accountDetail(ctx, params.id),
  }),
  route({
    method: 'POST',
    url: '/api/users',
    permission: 'user.manage',
    summary: 'Open an account; its roles are assigned by a security administrator',
    body: AccountInput,
    response: z.object({ user: AccountView, password: z.string().describe('the first password, shown this once') }),
    handler: async (ctx, { body }) => {
      const { account, password } = await createAccount(ctx, body);
      return { user: accountView(account, null), password };
    },
  }),
  route({
    method: 'PATCH',
    url: '/api/users/:id',
    permission: 'user.manage',
    summary: 'Change the name of an account, disable or enable it',
    params: Id,
    body: z.object({ name: PersonName.optional(), state: z.enum(['active', 'disabled']).optional() }),
    response: AccountView,
    handler: async (ctx, { params, body }) => {
      await changeAccount(ctx, { id: params.id, ...body });
      return accountDetail(ctx, params.id);
    },
  }),
  route({
    method: 'POST',
    url: '/api/users/:id/roles',
    permission: 'role.assign',
    summary: 'Set the roles of an account',
    params: Id,
    body: z.object({ roles: RoleList, reason: z.string().trim().max(200).optional() }),
    response: AccountView,
    handler: async (ctx, { params, body }) => {
      await assignRoles(ctx, { id: params.id, ...body });
      return accountDetail(ctx, params.id);
    },
  }),
  route({
    method: 'POST',
    url: '/api/users/:id/unlock',
    permission: 'user.manage',
    summary: 'Lift the lock after failed sign-ins',
    params: Id,
    response: AccountView,
    handler: async (ctx, { params }) => {
      await unlockAccount(ctx, { id: params.id });
      return accountDetail(ctx, params.id);
    },
  }),
  route({
    method: 'POST',
    url: '/api/users/:id/reset-password',
    permission: 'user.manage',
    summary: 'Give an account a new first password; its sessions end',
    params: Id,
    body: z.object({ withTotp: z.boolean().default(false).describe('also take a lost authenticator away') }),
    response: z.object({ password: z.string().describe('shown this once') }),
    handler: async (ctx, { params, body }) => ({
      password: await resetPassword(ctx, { id: params.id, withTotp: body.withTotp }),
    }),
  }),
  route({
    method: 'GET',
    url: '/api/roles',
    permission: 'user.read',
    summary: 'Roles and what each may do',
    response: z.object({
      items: z.array(z.object({ role: z.enum(ROLES), permissions: z.array(z.enum(PERMISSIONS)) })),
    }),
    handler: async () => ({
      items: ROLES.map((role) => {
        const held = permissionsOf([role]);
        return { role, permissions: PERMISSIONS.filter((permission) => held.has(permission)) };
      }),
    }),
  }),
];

const tokenRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/tokens',
    permission: 'token.manage',
    summary: 'API tokens, newest first',
    query: Paging,
    response: listOf(TokenView).extend({
      grantable: z.array(z.string()).describe('permissions a token may have at all'),
    }),
    handler: async (ctx, { query }) => {
      const { items, total } = await ctx.read((db) =>
        pageOfTokens(db, { offset: offsetOf(query), limit: query.pageSize }),
      );
      return { items: items.map(tokenView), total, grantable: [...TOKEN_PERMISSIONS] };
    },
  }),
  route({
    method: 'POST',
    url: '/api/tokens',
    permission: 'token.manage',
    summary: 'Make an API token that works on behalf of an account',
    body: TokenInput,
    response: z.object({ id: z.uuid(), token: z.string().describe('shown this once'), expiresAt: z.string() }),
    handler: async (ctx, { body }) => {
      const { id, text, expiresAt } = await createToken(ctx, body);
      return { id, token: text, expiresAt: expiresAt.toISOString() };
    },
  }),
  route({
    method: 'DELETE',
    url: '/api/tokens/:id',
    permission: 'token.manage',
    summary: 'Revoke an API token',
    params: Id,
    response: null,
    handler: (ctx, { params }) => endToken(ctx, { id: params.id }),
  }),
];

const setupRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/setup',
    permission: 'public',
    summary: 'Whether this platform still has to be set up, and how it is called',
    response: z.object({
      needed: z.boolean(),
      installation: z.string().nullable(),
      divisions: z
        .array(z.object({ code: z.string(), name: z.string(), level: z.string(), parentCode: z.string().nullable() }))
        .describe('to choose from while set-up is needed, else empty'),
    }),
    handler: async (ctx) => {
      const needed = await setupNeeded(ctx);
      const divisions = needed ? await listDivisions(ctx.asSystem()) : [];
      return {
        needed,
        installation: (await ctx.read((db) => installation(db)))?.name ?? null,
        divisions: divisions.map(({ code, name, level, parentCode }) => ({ code, name, level, parentCode })),
      };
    },
  }),
  route({
    method: 'POST',
    url: '/api/setup',
    permission: 'public',
    summary: 'Set up a fresh platform: its centre and three separate administrators. Refused once an account exists',
    body: SetupInput,
    response: null,
    ratePerMinute: 30,
    handler: (ctx, { body }) => setUp(ctx.asSystem(), body),
  }),
];

export const identityRoutes: readonly Route[] = [...userRoutes, ...tokenRoutes, ...setupRoutes];
