import type { SecurityEvent } from '#engine/fields/event.ts';
import { columnText } from '#engine/fields/row.ts';
import { ofAMachine } from '#engine/identity/subject.ts';
import type { Entity } from './detection-input.ts';

/** What an event names, in the words of the ledger. Empty lists where it names nothing. */
export interface EventNames {
  readonly host: string;
  readonly users: readonly string[];
  readonly source: string;
  readonly destination: string;
  readonly domains: readonly string[];
}

/** Accounts that every machine has: they tie nothing together. */
const EVERYONES_ACCOUNTS =
  /^(?:-|n\/a|system|local service|network service|anonymous logon|dwm-\d+|umfd-\d+|.*\$|\(unknown.*|root|nobody|window manager)$/i;

/** The account without its domain, because one source writes `CORP\zhang` and another `zhang`. */
const accountOf = (user: string): string => user.replace(/^.*\\/, '').trim().toLowerCase();

export function namesOf(event: SecurityEvent): EventNames {
  const text = (column: string): string => columnText(event.fields, column).trim();
  const address = (column: string): string => ofAMachine(text(column));
  const users = ['user_name', 'subject_user', 'target_user']
    .map((column) => accountOf(text(column)))
    .filter((user) => user !== '' && !EVERYONES_ACCOUNTS.test(user));
  return {
    host: text('host').toLowerCase(),
    users: [...new Set(users)],
    source: address('source_ip'),
    destination: address('destination_ip'),
    domains: ['url_domain', 'destination_host'].map(text).filter((name) => name.includes('.')),
  };
}

/** Hosts, users and addresses that tie this event to others. */
export function entitiesOf(names: EventNames, main: Entity): Entity[] {
  const found: Entity[] = [
    { kind: main.kind, value: main.kind === 'user' ? accountOf(main.value) : main.value.toLowerCase() },
  ];
  if (names.host !== '') found.push({ kind: 'host', value: names.host });
  for (const value of names.users) found.push({ kind: 'user', value });
  for (const value of [names.source, names.destination]) if (value !== '') found.push({ kind: 'address', value });
  const seen = new Map(found.map((entity) => [`${entity.kind} ${entity.value}`, entity]));
  return [...seen.values()].filter((entity) => entity.value !== '');
}
