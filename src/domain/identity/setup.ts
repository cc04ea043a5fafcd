import { z } from 'zod';
import { createCentre, seedDivisions } from '#domain/organizations/index.ts';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { conflict, type Fault, invalid } from '#platform/errors.ts';
import { Login, PersonName } from './account.ts';
import { openAccount } from './actions.ts';
import { hashPassword, passwordFaults } from './password.ts';
import type { Role } from './permissions.ts';
import { anyAccount, insertInstallation } from './store.ts';

const Administrator = z.object({ login: Login, name: PersonName, password: z.string().max(200) });

export const SetupInput = z.object({
  installation: z.string().trim().min(2).max(60),
  centre: z.string().trim().min(2).max(100),
  divisionCode: z.string().regex(/^\d{6}$/),
  administrators: z.object({ system: Administrator, security: Administrator, audit: Administrator }),
});

/** Set-up is open only while there is no account at all. */
export const setupNeeded = async (ctx: Ctx): Promise<boolean> => !(await ctx.asSystem().read((db) => anyAccount(db)));

const createInstallation = action(
  'installation.setup',
  z.object({ name: z.string(), unitPath: z.string() }),
  async (tx, { name, unitPath }) => {
    if (!(await insertInstallation(tx.db, { name, path: unitPath }, tx.clock.now()))) throw doneAlready();
    tx.record({ object: { type: 'installation', id: '1' }, unitPath, data: { change: 'created', name } });
  },
);

const doneAlready = () => conflict('This installation is set up already: sign in', 'setup.done');

/**
 * The platform's beginning, before anybody can sign in: its name, its centre and that centre's organisation.
 *
 * @param system the platform's own context, or its open transaction
 */
export async function beginInstallation(
  system: Ctx,
  input: { installation: string; centre: string; divisionCode: string },
): Promise<{ centreId: string }> {
  return system.transaction(async (tx) => {
    await seedDivisions(tx);
    const centre = await createCentre(tx, { name: input.centre, divisionCode: input.divisionCode });
    await createInstallation(tx, { name: input.installation, unitPath: centre.path });
    return { centreId: centre.id };
  });
}

const THREE = [
  ['system', 'system_admin'],
  ['security', 'security_admin'],
  ['audit', 'audit_admin'],
] as const satisfies readonly (readonly [string, Role])[];

type Setup = z.output<typeof SetupInput>;

function faultsOf({ administrators }: Setup): Fault[] {
  const faults: Fault[] = THREE.flatMap(([key]) =>
    passwordFaults(administrators[key].password, administrators[key].login).map((fault) => ({
      ...fault,
      at: `/administrators/${key}/password`,
    })),
  );
  for (const field of ['login', 'name', 'password'] as const) {
    if (new Set(THREE.map(([key]) => administrators[key][field])).size < THREE.length) {
      const message = 'The three administrators are three persons: each has an own name, account and password';
      faults.push({ at: '/administrators', message, reason: `setup.same_${field}` });
    }
  }
  return faults;
}

/**
 * First-run set-up by whoever opens a fresh platform: the centre and three administrators, who are three persons and
 * choose new passwords at their first sign-in. All of it, or nothing.
 *
 * @param system the platform's own context
 * @throws AppError `conflict` (`setup.done`) as soon as any account exists; `invalid_input` with every fault
 */
export async function setUp(system: Ctx, input: Setup): Promise<void> {
  if (!(await setupNeeded(system))) throw doneAlready();
  const faults = faultsOf(input);
  if (faults.length > 0) throw invalid(faults.map((fault) => fault.message).join('; '), faults, 'setup.faults');
  const accounts = await Promise.all(
    THREE.map(async ([key, role]) => {
      const { login, name, password } = input.administrators[key];
      return { login, name, role, passwordHash: await hashPassword(password) };
    }),
  );
  await system.transaction(async (tx) => {
    const { centreId } = await beginInstallation(tx, input);
    for (const { login, name, role, passwordHash } of accounts) {
      const account = { login, name, centreId };
      await openAccount(tx, { account, roles: [role], passwordHash, mustChangePassword: true });
    }
  });
}
