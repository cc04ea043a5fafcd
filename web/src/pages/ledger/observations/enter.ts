import type { Answer } from '#api/types.ts';
import type { Values } from '../asset-form.tsx';

export type Listed = Answer<'/api/assets/observations'>['items'][number];

/** Classes of what a unit enters; services and interfaces come with their machines and sites. */
const CLASSES = ['host', 'site'] as const;

const classOf = (one: Listed) => CLASSES.find((name) => name === one.class);

export const isOneToEnter = (one: Listed): boolean => classOf(one) !== undefined;

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** What an asset begins with that is entered for something seen: the keys it will be found by, and a name to be mended. */
export function beginningOf(one: Listed): Values {
  const { facts, unitPath } = one;
  const [addresses, hosts] = [textsOf(facts.addresses), textsOf(facts.hostNames)];
  const named = classOf(one) ?? 'host';
  const designation = typeof facts.designation === 'string' ? facts.designation : '';
  const domains = named === 'site' && designation !== '' ? [designation] : [];
  const said = typeof facts.name === 'string' ? facts.name : '';
  const name = said || hosts[0] || domains[0] || addresses[0] || one.nativeKey;
  return { class: named, name, addresses, hosts, domains, unitPath };
}
