import { z } from 'zod';
import { ROLES, type Role } from './permissions.ts';

/** A person's account as everybody in scope may see it. What proves the person is kept apart. */
export interface Account {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly unitId: string | null;
  readonly centreId: string | null;
  /** Path of the unit or of the centre's division: what the account sees at most. */
  readonly path: string;
  /** Name of the unit or centre. */
  readonly home: string;
  readonly roles: readonly Role[];
  readonly state: 'active' | 'disabled';
  readonly mustChangePassword: boolean;
  readonly totpEnabled: boolean;
  readonly lastSignInAt: Date | null;
  readonly createdAt: Date;
}

/** The name a person signs in with: case, width and spaces around it do not matter. */
export const normaliseLogin = (text: string): string => text.normalize('NFKC').trim().toLowerCase();

export const Login = z
  .string()
  .max(100)
  .transform(normaliseLogin)
  .pipe(z.string().regex(/^[a-z0-9][a-z0-9._-]{2,39}$/, 'Use 3 to 40 letters, digits, dots and hyphens'));

export const PersonName = z.string().trim().min(2).max(50);

export const RoleList = z
  .array(z.enum(ROLES))
  .max(ROLES.length)
  .transform((roles) => [...new Set(roles)]);

/** An account belongs to a unit or to a centre, never to both. */
export const AccountInput = z
  .object({ login: Login, name: PersonName, unitId: z.uuid().optional(), centreId: z.uuid().optional() })
  .refine((input) => (input.unitId === undefined) !== (input.centreId === undefined), {
    message: 'Name either the unit or the centre of the account',
    path: ['unitId'],
  });
