import { canonicalAddress, isPrivate } from '#engine/identity/address.ts';
import type { IdentityClass } from '#engine/identity/keys.ts';
import { type AssetFacts, AssetInput, settleFacts } from '../asset.ts';
import { normaliseAddress, normaliseDomain, normaliseName, normaliseSegment } from '../keys.ts';
import type { Attributes, AttributeValue } from '../model/attribute.ts';
import type { StoredObservation } from '../observations/store.ts';

/** Keys of one kind that an asset may carry. */
const KEYS_MAX = 64;

/** 云、网、端、应用、数据 of what was only observed. */
function kindOf(identityClass: IdentityClass, observations: readonly StoredObservation[]): AssetFacts['kind'] {
  switch (identityClass) {
    case 'host':
    case 'account':
      return observations.some(({ facts }) => facts.instanceId) ? 'cloud' : 'endpoint';
    case 'segment':
      return 'network';
    case 'data':
      return 'data';
    default:
      return 'application';
  }
}

const valid = (texts: readonly (string | undefined)[], normalise: (text: string) => string | undefined): string[] =>
  [...new Set(texts.flatMap((text) => (text === undefined ? [] : (normalise(text) ?? []))))].sort().slice(0, KEYS_MAX);

/** What machines say of their hardware; other classes have no such attributes. */
function hardwareOf(newest: readonly StoredObservation[]): Record<string, string | string[]> {
  if (newest[0]?.node.class !== 'host') return {};
  const first = (pick: (facts: StoredObservation['facts']) => string | undefined): string =>
    newest
      .map(({ facts }) => pick(facts))
      .find((text) => text !== undefined && text !== '')
      ?.slice(0, 200) ?? '';
  return {
    serialNumber: first(({ serial }) => serial),
    machineId: first(({ uuid }) => uuid),
    cloudInstance: first(({ instanceId }) => instanceId),
    macs: [...new Set(newest.flatMap(({ facts }) => facts.macs ?? []))].slice(0, KEYS_MAX),
  };
}

/** `tcp/10.1.2.3:443`, `udp/[2001:db8::1]:53`. */
const SERVICE = /^(tcp|udp)\/(.+):(\d{1,5})$/;

/** Where zones lie, by their ids; what no zone holds is the internet or a unit's own network. */
export type ZoneKinds = ReadonlyMap<string, 'government_extranet' | 'internet' | 'cloud' | 'unit_network'>;

/** Who reaches a service, as far as its address tells: a presumption that people may correct. */
function exposureOf(address: string, zone: string, zones: ZoneKinds): 'internet' | 'extranet' | 'unit' {
  const kind = zones.get(zone);
  if (kind === 'government_extranet') return 'extranet';
  if (kind === 'unit_network' || isPrivate(canonicalAddress(address) ?? address)) return 'unit';
  return 'internet';
}

/** What observations say of a service or certificate, the newest first; other classes have no such attributes. */
export function seenAttributes(newest: readonly StoredObservation[], zones: ZoneKinds): Attributes {
  const [one] = newest;
  const pick = <T>(of: (facts: StoredObservation['facts']) => T | undefined): T | undefined =>
    newest.map(({ facts }) => of(facts)).find((value) => value !== undefined && value !== '');
  const designation = pick((facts) => facts.designation)?.toLowerCase() ?? '';
  const all: Record<string, AttributeValue | undefined> = {};
  if (one?.node.class === 'certificate') {
    all.subject = pick((facts) => facts.name);
    all.issuer = pick((facts) => facts.issuer);
    all.validFrom = pick((facts) => facts.validFrom);
    all.validUntil = pick((facts) => facts.validUntil);
    all.algorithm = pick((facts) => facts.algorithm);
    all.fingerprint = designation;
  }
  const [, transport, address = '', port] = SERVICE.exec(designation) ?? [];
  if (one?.node.class === 'service' && port !== undefined) {
    const zone = one.node.keys.find(({ kind }) => kind === 'designation')?.space.replace(/^service /, '') ?? '';
    all.port = Number(port);
    all.transport = transport;
    all.application = pick((facts) => facts.application);
    all.version = pick((facts) => facts.version);
    all.encrypted = pick((facts) => facts.encrypted);
    all.tlsVersions = pick((facts) => (facts.tlsVersions?.length ? facts.tlsVersions : undefined));
    all.exposure = exposureOf(address, zone, zones);
  }
  return Object.fromEntries(Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

/** What people call a service: what it speaks, and where. */
function serviceName(facts: StoredObservation['facts']): string {
  const [, transport = '', address = '', port = ''] = SERVICE.exec(facts.designation ?? '') ?? [];
  return port === '' ? '' : `${facts.application || transport} ${address}:${port}`;
}

/** What was said of observations last comes first. */
export const newestFirst = (observations: readonly StoredObservation[]): StoredObservation[] =>
  [...observations].sort(
    (left, right) => right.node.lastMs - left.node.lastMs || (left.node.id < right.node.id ? -1 : 1),
  );

/**
 * What an asset that nobody entered is entered as: the newest observation names it, all of them give the keys by which
 * events find it.
 */
export function factsOfObservations(observations: readonly StoredObservation[], zones: ZoneKinds): AssetFacts {
  const newest = newestFirst(observations);
  const first = (pick: (one: StoredObservation) => string | undefined): string =>
    newest.map(pick).find((text) => text !== undefined && text !== '') ?? '';
  const [one] = newest;
  if (one === undefined) throw new Error('an asset rests on at least one observation');
  const { class: identityClass } = one.node;
  const all = <T>(pick: (facts: StoredObservation['facts']) => readonly T[] | undefined): T[] =>
    newest.flatMap(({ facts }) => pick(facts) ?? []);
  const designations = newest.map(({ facts }) => facts.designation);
  const name =
    first(({ facts }) => facts.name) ||
    first(({ facts }) => facts.hostNames?.[0]) ||
    first(({ facts }) => serviceName(facts)) ||
    first(({ facts }) => facts.designation) ||
    first(({ facts }) => facts.instanceId) ||
    first(({ facts }) => facts.addresses?.[0]) ||
    first(({ facts }) => facts.serial) ||
    one.node.nativeKey;
  const said = AssetInput.parse({
    class: identityClass,
    kind: kindOf(identityClass, newest),
    name: name.slice(0, 200),
    product: [
      first(({ facts }) => facts.vendor),
      first(({ facts }) => facts.product) || first(({ facts }) => facts.model),
    ]
      .filter((text) => text !== '')
      .join(' ')
      .slice(0, 200),
    location: first(({ facts }) => facts.location),
    addresses: valid(
      all((facts) => facts.addresses),
      normaliseAddress,
    ),
    hosts: valid(
      all((facts) => facts.hostNames),
      normaliseName,
    ),
    domains: identityClass === 'site' ? valid(designations, normaliseDomain) : [],
    segments: identityClass === 'segment' ? valid(designations, normaliseSegment) : [],
    attributes: { ...hardwareOf(newest), ...seenAttributes(newest, zones) },
  });
  return settleFacts(said, 'discovered', []);
}
