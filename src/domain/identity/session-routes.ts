import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { type ReplyControl, type Route, type RouteInput, route } from '#platform/http/route.ts';
import { SESSION_COOKIE } from '#platform/http/server.ts';
import type { Account } from './account.ts';
import { changeOwnPassword, closeSession, confirmTotp, enrolTotp, removeTotp } from './own-account.ts';
import { ROLES } from './permissions.ts';
import { csrfOf } from './secret-token.ts';
import { accountOfSession, permissionsOfAccount, scopeOf } from './session.ts';
import { type Caller, type SignedIn, signIn } from './sign-in.ts';

const SessionView = z.object({
  user: z.object({
    id: z.uuid(),
    name: z.string(),
    account: z.string(),
    roles: z.array(z.enum(ROLES)),
    unit: z.object({ id: z.uuid(), name: z.string(), path: z.string() }).describe('the unit or centre it belongs to'),
  }),
  permissions: z.array(z.string()),
  scope: z.object({ path: z.string(), side: z.enum(['centre', 'unit']) }),
  csrf: z.string().describe('to be sent as x-csrf-token with every write'),
  mustChangePassword: z.boolean().describe('true: nothing but changing the password is permitted'),
  totpEnabled: z.boolean(),
  idleMinutes: z.number().describe('without anybody at the keyboard for so long, the console signs out'),
});

function viewOf(ctx: Ctx, account: Account, token: string): z.input<typeof SessionView> {
  return {
    user: {
      id: account.id,
      name: account.name,
      account: account.login,
      roles: [...account.roles],
      unit: { id: account.unitId ?? account.centreId ?? account.id, name: account.home, path: account.path },
    },
    permissions: [...permissionsOfAccount(account)],
    scope: scopeOf(account),
    csrf: csrfOf(token),
    mustChangePassword: account.mustChangePassword,
    totpEnabled: account.totpEnabled,
    idleMinutes: ctx.config.session.idleMinutes,
  };
}

const callerOf = ({
  headers,
  ip,
  reply,
}: Pick<RouteInput<never, never, never>, 'headers' | 'ip' | 'reply'>): Caller => ({
  address: ip,
  agent: headers['user-agent'] ?? '',
  presented: reply.cookie(SESSION_COOKIE),
});

function begin(ctx: Ctx, reply: ReplyControl, session: SignedIn): z.input<typeof SessionView> {
  const maxAgeSeconds = Math.ceil((session.expiresAt.getTime() - ctx.clock.now().getTime()) / 1000);
  reply.setCookie(SESSION_COOKIE, session.token, { httpOnly: true, maxAgeSeconds });
  return viewOf(ctx, session.account, session.token);
}

const Password = z.string().min(1).max(200);
/** Signing in is rare: this is plenty for an office behind one gateway. Guessing is held by the lock-out long before. */
const SIGN_INS_PER_MINUTE = 30;

export const sessionRoutes: readonly Route[] = [
  route({
    method: 'POST',
    url: '/api/session',
    permission: 'public',
    summary: 'Sign in; asks for the one-time code in a second step where the account has one',
    body: z.object({ account: z.string().min(1).max(100), password: Password, totp: z.string().max(40).optional() }),
    response: SessionView,
    ratePerMinute: SIGN_INS_PER_MINUTE,
    handler: async (ctx, input) => begin(ctx, input.reply, await signIn(ctx.asSystem(), input.body, callerOf(input))),
  }),
  route({
    method: 'GET',
    url: '/api/session',
    permission: 'signed-in',
    summary: 'Who is signed in, and what may they do',
    response: SessionView,
    handler: async (ctx, { reply }) => {
      const token = reply.cookie(SESSION_COOKIE);
      const account = token === undefined ? undefined : await accountOfSession(ctx.asSystem(), token);
      if (!token || !account) {
        throw new AppError('unauthenticated', { public: 'This is for signed-in people', reason: 'session.missing' });
      }
      return viewOf(ctx, account, token);
    },
  }),
  route({
    method: 'DELETE',
    url: '/api/session',
    permission: 'session.close',
    summary: 'Sign out',
    response: null,
    handler: async (ctx, { reply }) => {
      const token = reply.cookie(SESSION_COOKIE);
      if (token !== undefined) await closeSession(ctx, { token });
      reply.clearCookie(SESSION_COOKIE);
    },
  }),
  route({
    method: 'POST',
    url: '/api/session/password',
    permission: 'account.password',
    summary: 'Change the own password; all other sessions end',
    body: z.object({ current: Password, next: z.string().max(200) }),
    response: SessionView,
    ratePerMinute: SIGN_INS_PER_MINUTE,
    handler: async (ctx, input) => begin(ctx, input.reply, await changeOwnPassword(ctx, input.body, callerOf(input))),
  }),
  route({
    method: 'POST',
    url: '/api/session/totp/enrol',
    permission: 'account.totp',
    summary: 'Begin one-time codes: a secret for the authenticator app',
    body: z.object({ password: Password }),
    response: z.object({ secret: z.string(), uri: z.string() }),
    ratePerMinute: SIGN_INS_PER_MINUTE,
    handler: (ctx, { body }) => enrolTotp(ctx, body.password),
  }),
  route({
    method: 'POST',
    url: '/api/session/totp/confirm',
    permission: 'account.totp',
    summary: 'Switch one-time codes on with a first code; gives the recovery codes',
    body: z.object({ code: z.string().max(20) }),
    response: z.object({ recoveryCodes: z.array(z.string()) }),
    ratePerMinute: SIGN_INS_PER_MINUTE,
    handler: async (ctx, { body }) => ({ recoveryCodes: await confirmTotp(ctx, body.code) }),
  }),
  route({
    method: 'POST',
    url: '/api/session/totp/remove',
    permission: 'account.totp',
    summary: 'Switch one-time codes off',
    body: z.object({ password: Password }),
    response: null,
    ratePerMinute: SIGN_INS_PER_MINUTE,
    handler: (ctx, { body }) => removeTotp(ctx, body.password),
  }),
];
