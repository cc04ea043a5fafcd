import { type IdentityClass, type IdentityKey, type IdentityKeyKind, rankOf, TIER, WEAK_TIER } from './keys.ts';

/** One observation: a record of a source, with the keys it gave and when it was seen. */
export interface IdentityNode {
  readonly id: string;
  readonly class: IdentityClass;
  readonly source: string;
  readonly nativeKey: string;
  readonly keys: readonly IdentityKey[];
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What people decided about pairs of observations. It outranks every rule, for ever. */
export interface Decisions {
  readonly same: readonly (readonly [string, string])[];
  readonly different: readonly (readonly [string, string])[];
}

/** By which rule an observation came to its asset. */
type LinkRule =
  | 'own-record'
  | 'person-same'
  | 'strong-key'
  | 'reinstalled-agent'
  | 'two-weak-keys'
  | 'declared-name'
  | 'declared-address'
  | 'address-in-static-zone'
  | 'first-of-asset';

/** Why an observation is where it is. */
export interface Link {
  readonly rule: LinkRule;
  /** The keys that the rule used, strongest first; of a rule about two observations those that both have. */
  readonly keys: readonly string[];
  /** Only an address or a name speaks for it. */
  readonly presumed: boolean;
}

/** Kinds that say the same: two of one group are one piece of evidence. */
const EVIDENCE: Partial<Record<IdentityKeyKind, string>> = {
  serial_only: 'serial',
  mac: 'card',
  fqdn: 'name',
  name: 'name',
  address: 'address',
};

/** Order of code units: the same everywhere. */
export const before = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** Whether these common keys link: one strong one, or two weak ones that say different things. */
export function suffices(keys: readonly IdentityKey[]): boolean {
  if (keys.some(({ kind }) => TIER[kind] < WEAK_TIER)) return true;
  return new Set(keys.map(({ kind }) => EVIDENCE[kind])).size > 1;
}

export const strongestFirst = (keys: readonly IdentityKey[]): IdentityKey[] =>
  [...keys].sort((left, right) => rankOf(left.kind) - rankOf(right.kind) || before(left.text, right.text));
