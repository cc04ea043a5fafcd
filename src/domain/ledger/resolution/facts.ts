import type { IdentityClass } from '#engine/identity/keys.ts';
import { type AssetFacts, AssetInput, settleFacts } from '../asset.ts';
import { normaliseAddress, normaliseDomain, normaliseName, normaliseSegment } from '../keys.ts';
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

/**
 * What an asset that nobody entered is entered as: the newest observation names it, all of them give the keys by which
 * events find it.
 */
export function factsOfObservations(observations: readonly StoredObservation[]): AssetFacts {
  const newest = [...observations].sort(
    (left, right) => right.node.lastMs - left.node.lastMs || (left.node.id < right.node.id ? -1 : 1),
  );
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
    attributes: hardwareOf(newest),
  });
  return settleFacts(said, 'discovered', []);
}
