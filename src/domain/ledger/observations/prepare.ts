import { hash } from 'node:crypto';
import { type IdentityKey, identityKeys, keyOf, type LeftOut } from '#engine/identity/keys.ts';
import { suffices } from '#engine/identity/node.ts';
import type { Zones } from '../zones/zone.ts';
import { identityLists, productOf } from './key-lists.ts';
import type { Observation } from './observation.ts';

/** The source under which the ledger's own records are observed; their native key is the asset's id. */
export const LEDGER_SOURCE = 'ledger';
/** The source of what was only seen in events. It never makes an asset by itself: it says what the ledger lacks. */
export const TELEMETRY_SOURCE = 'telemetry';
/** How its native keys begin of computers that events happened on; any other thing is only named by what those wrote. */
export const WROTE_LOGS = 'host/';

/** An observation with its keys, ready to be compared with what is stored. */
export interface Prepared {
  readonly observation: Observation;
  readonly firstSeenAt: Date;
  readonly keys: readonly IdentityKey[];
  /** Texts of the keys by which others are looked for. */
  readonly searched: readonly string[];
  readonly leftOut: readonly LeftOut[];
  /** The facts as JSON. */
  readonly factsText: string;
  readonly digest: string;
}

export function prepare(observation: Observation, zones: Zones): Prepared {
  const { source, nativeKey, unitPath, zoneId, facts, seenAt, firstSeenAt } = observation;
  const { keys, leftOut } = identityKeys(
    { class: observation.class, ...facts },
    {
      product: productOf(source),
      realm: unitPath,
      record: source === LEDGER_SOURCE ? nativeKey : undefined,
      zoneOf: (address) => zones.placeOf(address, unitPath, zoneId),
    },
    identityLists().lists,
  );
  // Stored: it is made of the same parts for ever, so that what did not change is not taken for changed.
  const parts = keys.map(({ kind, space, value, fixed }) => ({ kind, space, value, fixed }));
  const factsText = JSON.stringify(facts);
  const [place, keyParts, raw] = [zoneId ?? null, parts, observation.raw].map((part) => JSON.stringify(part));
  const text = `["${observation.class}",${place},${factsText},${keyParts},${raw}]`;
  const digest = hash('sha256', text, 'base64').slice(0, 22);
  return {
    observation,
    firstSeenAt: firstSeenAt !== undefined && firstSeenAt < seenAt ? firstSeenAt : seenAt,
    keys,
    searched: searchedTexts(keys),
    leftOut,
    factsText,
    digest,
  };
}

const FIXED = '+';

/** Keys as they are stored: one a line, those of fixed addresses marked. */
export const keysText = (keys: readonly IdentityKey[]): string =>
  keys.map((key) => (key.fixed ? FIXED : '') + key.text).join('\n');

export function keysOfText(text: string): IdentityKey[] {
  if (text === '') return [];
  return text.split('\n').map((line) => {
    const fixed = line.startsWith(FIXED);
    const from = fixed ? FIXED.length : 0;
    const first = line.indexOf('|', from);
    const second = line.indexOf('|', first + 1);
    const kind = line.slice(from, first) as IdentityKey['kind'];
    return keyOf(kind, line.slice(first + 1, second), line.slice(second + 1), fixed);
  });
}

/**
 * The keys by which an observation is found. An address that changes hands leads from one machine to the next, so it is
 * one only of the ledger's own records and of observations that have nothing better.
 */
function searchedKeys(keys: readonly IdentityKey[]): IdentityKey[] {
  const entered = keys.some(({ kind }) => kind === 'record');
  const poor = !suffices(keys);
  return keys.filter(({ kind, fixed }) => kind !== 'record' && (kind !== 'address' || fixed || entered || poor));
}

/** The same as texts. */
export const searchedTexts = (keys: readonly IdentityKey[]): string[] => searchedKeys(keys).map(({ text }) => text);
