import { canonicalAddress, isOfOneMachine } from './address.ts';

/**
 * What kinds of thing are told apart, each by keys of its own. A `host` is anything with a network card: server, virtual
 * machine, container, device, endpoint. The others are what their designation says: a site its domain name, a service
 * its address and port.
 */
export const IDENTITY_CLASSES = [
  'host',
  'system',
  'site',
  'service',
  'api',
  'data',
  'account',
  'certificate',
  'segment',
] as const;
export type IdentityClass = (typeof IDENTITY_CLASSES)[number];

/**
 * Kinds of keys, the strongest first: only a key that stands before another can veto it. `record` is the ledger's own
 * number of an asset that somebody entered.
 */
export const KEY_KINDS = [
  'record',
  'instance',
  'agent',
  'serial',
  'uuid',
  'designation',
  'serial_only',
  'mac',
  'fqdn',
  'name',
  'address',
] as const;
export type IdentityKeyKind = (typeof KEY_KINDS)[number];

/** T0 the record itself … T5 an address. One of T0 to T2 links; of the weaker ones two that are independent. */
export const TIER: Readonly<Record<IdentityKeyKind, 0 | 1 | 2 | 3 | 4 | 5>> = {
  record: 0,
  instance: 1,
  agent: 1,
  serial: 2,
  uuid: 2,
  designation: 2,
  serial_only: 3,
  mac: 3,
  fqdn: 4,
  name: 4,
  address: 5,
};

/** The strongest tier that does not link on its own. */
export const WEAK_TIER = 3;

export const rankOf = (kind: IdentityKeyKind): number => KEY_KINDS.indexOf(kind);

export interface IdentityKey {
  readonly kind: IdentityKeyKind;
  /** Where the value means something: the product that gives it, the realm of a name or card, the zone of an address. */
  readonly space: string;
  readonly value: string;
  /** Of an address: the zone does not give it to another machine from one day to the next. */
  readonly fixed: boolean;
  /** The key as one text, made once because it is compared again and again. */
  readonly text: string;
}

export const keyOf = (kind: IdentityKeyKind, space: string, value: string, fixed: boolean): IdentityKey => ({
  kind,
  space,
  value,
  fixed,
  text: `${kind}|${space}|${value}`,
});

/** What a source says about a thing, as far as it tells it apart. */
export interface IdentityFacts {
  readonly class: IdentityClass;
  /** Host names, with or without a domain. */
  readonly hostNames?: readonly string[] | undefined;
  readonly addresses?: readonly string[] | undefined;
  readonly macs?: readonly string[] | undefined;
  readonly serial?: string | undefined;
  readonly vendor?: string | undefined;
  /** DMI system UUID. */
  readonly uuid?: string | undefined;
  readonly instanceId?: string | undefined;
  readonly agentId?: string | undefined;
  /** Of a class without a network card: what it is called by everybody (domain, address:port, filing number …). */
  readonly designation?: string | undefined;
}

/** Where an observation was made. */
export interface IdentityPlace {
  /** The product that gave agent and instance ids: `wazuh`, `aliyun`. */
  readonly product: string;
  /** Whose names and network cards these are when no zone says so: the unit's path. */
  readonly realm: string;
  /** The ledger's number of the asset, when the observation is the ledger's own record. */
  readonly record?: string | undefined;
  /** The zone of an address, and the realm and kind of addressing of that zone. */
  zoneOf(address: string): { readonly zone: string; readonly realm: string; readonly fixed: boolean };
}

/** Values that say nothing, as data (`content/standards/identity/keys.json`). */
export interface KeyLists {
  readonly serials: ReadonlySet<string>;
  readonly uuids: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
  readonly macPrefixes: readonly { readonly prefix: string; readonly what: string }[];
  readonly vendors: ReadonlyMap<string, string>;
}

/** A value that makes no key, and why: `placeholder`, `virtual`, `malformed`, `no-machine`. */
export interface LeftOut {
  readonly kind: IdentityKeyKind;
  readonly value: string;
  readonly why: 'placeholder' | 'virtual' | 'malformed' | 'no-machine';
}

export interface Keys {
  readonly keys: readonly IdentityKey[];
  readonly leftOut: readonly LeftOut[];
}

type Made = { readonly values: readonly string[] } | Pick<LeftOut, 'why'>;

/** A card's address as twelve hex digits. Virtual and locally administered ones (IEEE 802, bit 1 of the first octet) are none. */
function macOf(text: string, lists: KeyLists): Made {
  const hex = text.toLowerCase().replace(/[^0-9a-f]/g, '');
  if (hex.length !== 12 || /[^0-9a-f:.\-\s]/i.test(text.trim())) return { why: 'malformed' };
  const first = Number.parseInt(hex.slice(0, 2), 16);
  if (/^(?:0{12}|f{12})$/.test(hex) || (first & 1) !== 0) return { why: 'no-machine' };
  if ((first & 2) !== 0 || lists.macPrefixes.some(({ prefix }) => hex.startsWith(prefix))) return { why: 'virtual' };
  return { values: [hex.replace(/(..)(?=.)/g, '$1:')] };
}

const HOST_NAME = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/;

/** A name in lower case, without a trailing dot, in ASCII (IDN as its A-labels). */
function canonicalName(text: string): string | undefined {
  const lower = text.trim().toLowerCase().replace(/\.$/, '');
  if (lower.length === 0 || lower.length > 253) return undefined;
  if (HOST_NAME.test(lower)) return /^[\d.]+$/.test(lower) ? undefined : lower;
  if (!/[^\p{ASCII}]/u.test(lower)) return undefined;
  const ascii = URL.parse(`http://${lower}/`)?.hostname ?? '';
  return HOST_NAME.test(ascii) ? ascii : undefined;
}

function nameOf(text: string, lists: KeyLists): Made {
  const name = canonicalName(text);
  if (name === undefined) return { why: 'malformed' };
  const [short = ''] = name.split('.');
  return lists.names.has(name) || lists.names.has(short) ? { why: 'placeholder' } : { values: [name] };
}

function serialOf(text: string, lists: KeyLists): Made {
  const serial = text.trim().toLowerCase().replace(/\s+/g, ' ');
  if (serial.length > 128) return { why: 'malformed' };
  const plain = serial.replace(/[\s.\-_]/g, '');
  // Fewer than four characters, or one that is repeated, are what is typed to get past a form.
  if (lists.serials.has(serial) || plain.length < 4 || /^(.)\1*$/u.test(plain)) return { why: 'placeholder' };
  return { values: [serial] };
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const HEX_OF_UUID = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;
/** The same digit throughout. */
const ONE_DIGIT = /^([0-9a-f])(?:\1|-)*$/;

/** The same UUID with its first three fields in the other byte order, as SMBIOS before 2.6 is read by some tools. */
const swapped = (uuid: string): string => {
  const byte = (at: number) => uuid.slice(at, at + 2);
  const first = byte(6) + byte(4) + byte(2) + byte(0);
  return `${first}-${byte(11)}${byte(9)}-${byte(16)}${byte(14)}${uuid.slice(18)}`;
};

/** Versions of RFC 9562 that machines have: the digit that tells a UUID from one in the wrong byte order. */
const hasVersion = (uuid: string): boolean => /^.{14}[1-8].{4}[89ab]/.test(uuid);

/**
 * A UUID in one of its two byte orders, because tools disagree which one it is: the one with a version, else the smaller.
 */
function uuidOf(text: string, lists: KeyLists): Made {
  const lower = text.toLowerCase();
  const uuid = UUID.test(lower) ? lower : lower.replace(/[{}\s-]/g, '').replace(HEX_OF_UUID, '$1-$2-$3-$4-$5');
  if (!UUID.test(uuid)) return { why: 'malformed' };
  const orders = [uuid, swapped(uuid)].sort();
  if (orders.some((order) => lists.uuids.has(order)) || ONE_DIGIT.test(uuid)) return { why: 'placeholder' };
  const [versioned, another] = orders.filter(hasVersion);
  return { values: another === undefined && versioned !== undefined ? [versioned] : orders.slice(0, 1) };
}

/** The first word of a maker's name, as everybody writes it: `Dell Inc.` and `戴尔` are `dell`. */
function vendorOf(text: string, lists: KeyLists): string {
  const word =
    text
      .trim()
      .toLowerCase()
      .split(/[\s,.()（）]+/)[0] ?? '';
  return lists.vendors.get(word) ?? word;
}

const DESIGNATION_MAX = 500;

/** Tells the keys of an observation, and what was left out of them. Pure; keys are sorted and distinct. */
export function identityKeys(facts: IdentityFacts, place: IdentityPlace, lists: KeyLists): Keys {
  const keys = new Map<string, IdentityKey>();
  const leftOut: LeftOut[] = [];
  const add = (kind: IdentityKeyKind, space: string, value: string, fixed = false) => {
    const key = keyOf(kind, space, value, fixed);
    keys.set(key.text, key);
  };
  const take = (kind: IdentityKeyKind, text: string | undefined, make: (text: string) => Made): readonly string[] => {
    if (text === undefined || text.trim() === '') return [];
    const made = make(text);
    if ('values' in made) return made.values;
    leftOut.push({ kind, value: text, why: made.why });
    return [];
  };
  if (place.record !== undefined) add('record', '', place.record);
  const realms = new Set<string>();
  for (const text of facts.addresses ?? []) {
    const address = canonicalAddress(text);
    if (address === undefined) leftOut.push({ kind: 'address', value: text, why: 'malformed' });
    else if (!isOfOneMachine(address)) leftOut.push({ kind: 'address', value: text, why: 'no-machine' });
    else {
      const { zone, realm, fixed } = place.zoneOf(address);
      realms.add(realm);
      add('address', zone, address, fixed);
    }
  }
  if (realms.size === 0) realms.add(place.realm);
  const designation = facts.designation?.trim().toLowerCase().slice(0, DESIGNATION_MAX) ?? '';
  if (facts.class !== 'host') {
    const space = GLOBAL_DESIGNATIONS.has(facts.class)
      ? facts.class
      : `${facts.class} ${spaceOf(facts.class, designation, place)}`;
    if (designation !== '') add('designation', space, designation);
    return { keys: sorted(keys), leftOut };
  }
  if (facts.instanceId?.trim()) add('instance', place.product, facts.instanceId.trim().toLowerCase());
  if (facts.agentId?.trim()) add('agent', place.product, facts.agentId.trim().toLowerCase());
  for (const serial of take('serial', facts.serial, (text) => serialOf(text, lists))) {
    const vendor = vendorOf(facts.vendor ?? '', lists);
    if (vendor !== '' && !lists.serials.has(vendor)) add('serial', '', `${vendor} ${serial}`);
    add('serial_only', '', serial);
  }
  for (const uuid of take('uuid', facts.uuid, (text) => uuidOf(text, lists))) add('uuid', '', uuid);
  const macs = (facts.macs ?? []).flatMap((text) => take('mac', text, (mac) => macOf(mac, lists)));
  const names = (facts.hostNames ?? []).flatMap((text) => take('name', text, (name) => nameOf(name, lists)));
  for (const realm of realms) {
    for (const mac of macs) add('mac', realm, mac);
    for (const name of names) {
      const [short = name] = name.split('.');
      if (short !== name) add('fqdn', realm, name);
      add('name', realm, short);
    }
  }
  return { keys: sorted(keys), leftOut };
}

/** `tcp/10.1.2.3:443` or `udp/[2001:db8::1]:53`, as services are called. */
const SERVICE = /^(?:tcp|udp)\/\[?([^\]]+?)\]?:\d{1,5}$/;

/** Where a designation means one thing: that of a service in the zone of its address, any other in the realm. */
function spaceOf(name: IdentityClass, designation: string, place: IdentityPlace): string {
  const address = name === 'service' ? canonicalAddress(SERVICE.exec(designation)?.[1] ?? '') : undefined;
  return address === undefined ? place.realm : place.zoneOf(address).zone;
}

/** What is the same thing wherever it is seen: a public name, a filing number, a fingerprint. */
const GLOBAL_DESIGNATIONS: ReadonlySet<IdentityClass> = new Set(['site', 'system', 'certificate', 'api']);

const sorted = (keys: ReadonlyMap<string, IdentityKey>): IdentityKey[] =>
  [...keys.values()].sort((left, right) => (left.text < right.text ? -1 : 1));
