import assert from 'node:assert/strict';
import type { Account } from '#domain/identity/account.ts';
import { seedAccount } from '#domain/identity/actions.ts';
import type { Role } from '#domain/identity/permissions.ts';
import { authenticate } from '#domain/identity/session.ts';
import { beginInstallation } from '#domain/identity/setup.ts';
import { type SignInInput, signIn } from '#domain/identity/sign-in.ts';
import { createUnit } from '#domain/organizations/index.ts';
import { openTestPlatform } from './stores.ts';

export const PASSWORD = 'four quiet words here';
export const MINUTE_MS = 60_000;

interface Entry {
  readonly action: string;
  readonly actor: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A platform with a regional centre and one unit in Nanning, to which people are added, and its journal as a list. */
export async function openTestPeople() {
  const journal: Entry[] = [];
  const platform = await openTestPlatform({
    append: async ({ actor }, entries) => {
      journal.push(...entries.map(({ action, entry }) => ({ action, actor: actor.name, data: entry.data })));
    },
  });
  const { system } = platform;
  const { centreId } = await beginInstallation(system, {
    installation: '测试',
    centre: '广西中心',
    divisionCode: '450000',
  });
  const unit = await createUnit(system, {
    code: 'nn-edu',
    name: '南宁市教育局',
    shortName: '市教育局',
    kind: 'member',
    sector: 'education',
    divisionCode: '450100',
  });
  let serial = 0;
  /** Each person signs in from an address of its own, so that the limit per address holds within a test only. */
  const from = (address = `10.0.0.${serial}`, presented?: string) => ({ address, agent: 'test', presented });
  return {
    platform,
    system,
    centreId,
    unit,
    journal,
    from,
    anAccount: async (roles: Role[] = ['analyst']): Promise<Account> => {
      serial += 1;
      const unitSide = roles.some((role) => role.startsWith('unit_'));
      return seedAccount(system, {
        login: `person-${serial}`,
        name: `第${serial}人`,
        ...(unitSide ? { unitId: unit.id } : { centreId }),
        roles,
        password: PASSWORD,
      });
    },
    enter: (input: Partial<SignInInput> & { account: string }, caller = from()) =>
      signIn(system, { password: PASSWORD, ...input }, caller),
    /** Who a session cookie belongs to. */
    read: (cookie: string) => authenticate(system, { cookie, method: 'GET' }),
    actAs: ({ id, name, roles, path }: Account) => platform.as({ id, name, roles, path }),
  };
}

/** For `assert.rejects`: the error has this reason. */
export const reasonOf = (reason: string) => (error: unknown) => {
  assert.ok(error instanceof Error && 'reason' in error, String(error));
  assert.equal(error.reason, reason);
  return true;
};

/** For `assert.rejects`: the error has this code. */
export const codeOf = (code: string) => (error: unknown) => {
  assert.ok(error instanceof Error && 'code' in error, String(error));
  assert.equal(error.code, code);
  return true;
};
