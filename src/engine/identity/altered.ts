import type { IdentityKey, IdentityKeyKind } from './keys.ts';

/** What a source said of a machine at one time, with the keys that it gives. */
export interface Said {
  readonly facts: {
    readonly operatingSystem?: string | undefined;
    readonly model?: string | undefined;
    readonly serial?: string | undefined;
    readonly uuid?: string | undefined;
    readonly instanceId?: string | undefined;
    readonly macs?: readonly string[] | undefined;
  };
  readonly keys: readonly IdentityKey[];
}

/** What of a machine does not change by itself. */
const LASTING = ['operatingSystem', 'model', 'serial', 'uuid', 'instanceId'] as const;

/** A lasting fact that became another one. */
export interface Alteration {
  readonly fact: (typeof LASTING)[number] | 'macs';
  readonly from: unknown;
  readonly to: unknown;
}

/** Words of an operating system's name that come and go with its patches. */
const OF_PATCHES = /^(?:lts|sp\d+|\d\dh\d|build|version|release|update|\d{4,})$/;

/** Which system it is: the name with the first number of its version. `Ubuntu 22.04.3 LTS` is `ubuntu 22`. */
const systemOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/\(.*?\)|（.*?）/g, ' ')
    .split(/[\s,]+/)
    .map((word) => word.replace(/^(v?\d+)[.\-_].*$/, '$1'))
    .filter((word, at) => word !== '' && (/^20\d\d$/.test(word) || at === 0 || !OF_PATCHES.test(word)))
    .join(' ');

/** The values of keys, which placeholders make none of. */
const valuesOf = ({ keys }: Said, kind: IdentityKeyKind): readonly string[] =>
  keys.flatMap((key) => (key.kind === kind ? key.value : []));

/** In one form for all ways of writing it; empty when nothing usable is said. */
function formOf(said: Said, fact: (typeof LASTING)[number]): string {
  switch (fact) {
    case 'operatingSystem':
      return systemOf(said.facts.operatingSystem ?? '');
    case 'model':
      return (said.facts.model ?? '').trim().toLowerCase().replace(/\s+/g, ' ');
    case 'serial':
      return valuesOf(said, 'serial_only').join(' ');
    case 'uuid':
      return valuesOf(said, 'uuid').join(' ');
    case 'instanceId':
      return valuesOf(said, 'instance').join(' ');
  }
}

/**
 * What of a machine is another one than before, as the same source says. What is not said at one of the times is no
 * alteration; nor is a patch, an address, or a name. Cards alone are none: which of them a source tells goes with how the
 * machine is connected. They are told when something else became another one and none of them stayed.
 */
export function alterations(before: Said, after: Said): Alteration[] {
  const found = LASTING.flatMap((fact): Alteration[] => {
    const [from, to] = [formOf(before, fact), formOf(after, fact)];
    return from === '' || to === '' || from === to ? [] : [{ fact, from: before.facts[fact], to: after.facts[fact] }];
  });
  if (found.length === 0) return [];
  const cards = new Set(valuesOf(before, 'mac'));
  const now = valuesOf(after, 'mac');
  const areOthers = cards.size > 0 && now.length > 0 && !now.some((card) => cards.has(card));
  return areOthers ? [...found, { fact: 'macs', from: before.facts.macs, to: after.facts.macs }] : found;
}
