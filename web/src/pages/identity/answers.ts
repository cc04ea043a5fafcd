/** What the server answers about accounts and tokens. */

export interface Account {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly unitId: string | null;
  readonly centreId: string | null;
  /** Name of the unit or centre. */
  readonly home: string;
  readonly path: string;
  readonly roles: readonly string[];
  readonly state: 'active' | 'disabled';
  readonly mustChangePassword: boolean;
  readonly totpEnabled: boolean;
  readonly lockedUntil: string | null;
  readonly lastSignInAt: string | null;
  readonly createdAt: string;
}

export interface RoleRights {
  readonly role: string;
  readonly permissions: readonly string[];
}

export interface Token {
  readonly id: string;
  readonly name: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly path: string;
  readonly permissions: readonly string[];
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}
