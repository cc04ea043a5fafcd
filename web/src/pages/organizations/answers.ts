/** What the server answers about units. */

export const KINDS = ['authority', 'operator', 'member', 'contractor', 'supervisor'] as const;
export type UnitKind = (typeof KINDS)[number];

export const SECTORS = [
  'government',
  'public_security',
  'education',
  'health',
  'human_resources',
  'finance',
  'transport',
  'housing',
  'natural_resources',
  'ecology',
  'water',
  'agriculture',
  'energy',
  'market',
  'culture',
  'emergency',
  'communication',
  'other',
] as const;

export const DUTIES = ['first_responsible', 'directly_responsible', 'security_officer', 'contact'] as const;
export type Duty = (typeof DUTIES)[number];

export interface Person {
  readonly id: string;
  readonly duty: Duty;
  readonly name: string;
  readonly post: string;
  readonly phone: string | null;
  readonly email: string | null;
  /** Telephone and address are shown in part only. */
  readonly masked: boolean;
  readonly sinceAt: string;
}

export interface Unit {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly shortName: string;
  readonly kind: UnitKind;
  readonly sector: string;
  readonly division: { readonly code: string; readonly name: string };
  readonly path: string;
  readonly parentId: string | null;
  readonly uscc: string | null;
  readonly state: 'active' | 'closed';
  readonly closedReason: string | null;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly version: number;
  readonly firstResponsible: Person | null;
  readonly directlyResponsible: Person | null;
}

export interface UnitDetail extends Unit {
  readonly parent: { readonly id: string; readonly name: string } | null;
  readonly persons: readonly Person[];
}

export interface Division {
  readonly code: string;
  readonly name: string;
  readonly nameEn: string | null;
  readonly level: 'region' | 'city' | 'county';
  readonly parentCode: string | null;
  readonly path: string;
  readonly units: number;
}
