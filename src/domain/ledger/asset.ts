import { z } from 'zod';
import { normaliseAddress, normaliseDomain, normaliseName, normaliseSegment } from './keys.ts';

/** 云、网、端、应用、数据. */
export const ASSET_KINDS = ['cloud', 'network', 'endpoint', 'application', 'data'] as const;
export type AssetKind = (typeof ASSET_KINDS)[number];

export const ASSET_STATES = ['in_use', 'retired', 'written_off'] as const;
export type AssetState = (typeof ASSET_STATES)[number];

/** 特别重要, 重要, 一般 (GB/T 20986-2023, importance of the affected object); '' = not yet judged. */
export const IMPORTANCES = ['', 'especially_important', 'important', 'general'] as const;
export type Importance = (typeof IMPORTANCES)[number];

/** 核心, 重要, 一般 (GB/T 43697-2024); '' = no data asset, or not graded. */
export const DATA_GRADES = ['', 'core', 'important', 'general'] as const;
export type DataGrade = (typeof DATA_GRADES)[number];

export type KeyKind = 'address' | 'host' | 'domain' | 'segment';

/** A key that an asset is found by. */
export interface AssetKey {
  readonly kind: KeyKind;
  readonly value: string;
}

const Line = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'Control characters are not allowed');

/** A list of keys that are normalised one by one; every wrong one is named. */
const Keys = (normalise: (text: string) => string | undefined, what: string) =>
  z
    .array(Line(300))
    .max(64)
    .transform((texts, check) => {
      const values = new Set<string>();
      for (const [index, text] of texts.entries()) {
        const value = normalise(text);
        if (value === undefined) check.addIssue({ code: 'custom', path: [index], message: `"${text}" is not ${what}` });
        else values.add(value);
      }
      return [...values];
    });

/** One of the triple: the unit's name as declared; its id is found by the name. */
const Holder = Line(100);

/** What a person may say about an asset. */
export const AssetInput = z.object({
  kind: z.enum(ASSET_KINDS),
  name: Line(200).min(1),
  code: Line(60).default(''),
  state: z.enum(ASSET_STATES).default('in_use'),
  importance: z.enum(IMPORTANCES).default(''),
  protectionLevel: z.number().int().min(1).max(5).nullable().default(null),
  filingNumber: Line(60).default(''),
  criticalInfrastructure: z.boolean().default(false),
  dataGrade: z.enum(DATA_GRADES).default(''),
  supervisedBy: Holder.default(''),
  operatedBy: Holder.default(''),
  usedBy: Holder.default(''),
  responsiblePerson: Line(50).default(''),
  product: Line(200).default(''),
  location: Line(200).default(''),
  remark: Line(1000).default(''),
  addresses: Keys(normaliseAddress, 'an address such as 10.1.2.3').default([]),
  hosts: Keys(normaliseName, 'a host name').default([]),
  domains: Keys(normaliseDomain, 'a domain name such as www.example.gov.cn').default([]),
  segments: Keys(normaliseSegment, 'a range such as 10.1.2.0/24').default([]),
});
export type AssetFacts = z.output<typeof AssetInput>;

/** Every field that an asset has, in the order of the template. */
export const ASSET_FIELDS = Object.keys(AssetInput.shape) as (keyof AssetFacts)[];

/** The keys that the facts give. */
export function keysOf(facts: Pick<AssetFacts, 'addresses' | 'hosts' | 'domains' | 'segments'>): AssetKey[] {
  const of = (kind: KeyKind, values: readonly string[]): AssetKey[] => values.map((value) => ({ kind, value }));
  return [
    ...of('host', facts.hosts),
    ...of('address', facts.addresses),
    ...of('domain', facts.domains),
    ...of('segment', facts.segments),
  ];
}

/** What an asset is called in the journal when it changes: field, before, after. */
export interface FieldChange {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What differs between two states of an asset. Lists count as equal whatever their order. */
export function differences(before: AssetFacts, after: AssetFacts): FieldChange[] {
  const plain = (value: unknown): string => JSON.stringify(Array.isArray(value) ? [...value].sort() : value);
  return ASSET_FIELDS.filter((field) => plain(before[field]) !== plain(after[field])).map((field) => ({
    field,
    from: before[field],
    to: after[field],
  }));
}
