import { z } from 'zod';
import { invalid } from '#platform/errors.ts';
import { normaliseAddress, normaliseDomain, normaliseName, normaliseSegment } from './keys.ts';
import { type Attribute, type Attributes, type AttributeValue, checkAttributes } from './model/attribute.ts';
import {
  ASSET_CLASSES,
  ASSET_KINDS,
  type AssetClass,
  type AssetKind,
  attributesByKey,
  settleClass,
} from './model/classes.ts';
import { ASSET_STATES, type AssetState } from './model/lifecycle.ts';

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
  class: z.enum(ASSET_CLASSES).optional().describe('default: by kind and keys'),
  kind: z.enum(ASSET_KINDS).optional().describe('default: the first kind of the class'),
  name: Line(200).min(1),
  code: Line(60).default(''),
  state: z.enum(ASSET_STATES).optional().describe('only of a new asset; later moves change it'),
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
  attributes: z
    .record(z.string().max(60), z.unknown())
    .default({})
    .describe('values of the attributes of the class, by key; see /api/assets/model'),
});
type AssetSaid = z.output<typeof AssetInput>;

/** An asset as it stands in the ledger. */
export interface AssetFacts extends Omit<AssetSaid, 'class' | 'kind' | 'state' | 'attributes'> {
  readonly class: AssetClass;
  readonly kind: AssetKind;
  readonly state: AssetState;
  readonly attributes: Attributes;
}

/** Every field that an asset has, in the order of the template. */
export const ASSET_FIELDS = Object.keys(AssetInput.shape) as (keyof AssetFacts)[];

/**
 * What was said as a whole asset: class and kind settled, attributes checked against the class.
 *
 * @param state of an asset that is there already, or that a new one begins in
 * @param own the fields that centres added
 * @throws AppError `invalid_input` naming each attribute that is wrong
 */
export function settleFacts(said: AssetSaid, state: AssetState, own: readonly Attribute[]): AssetFacts {
  const settled = settleClass(said, said);
  const { attributes, faults } = checkAttributes(said.attributes, attributesByKey(settled.class, own));
  if (faults.length > 0) {
    throw invalid(
      'Some attributes are not valid',
      faults.map(({ key, message }) => ({ at: `/attributes/${key}`, message })),
    );
  }
  return { ...said, ...settled, state, attributes };
}

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

/** Key of a field of the journal and history for an attribute. */
const attributeField = (key: string): string => `attributes.${key}`;

const plain = (value: unknown): string => JSON.stringify(Array.isArray(value) ? [...value].sort() : value) ?? 'null';

/** What differs between two states of an asset. Lists count as equal whatever their order. */
export function differences(before: AssetFacts, after: AssetFacts): FieldChange[] {
  const changes: FieldChange[] = ASSET_FIELDS.filter(
    (field) => field !== 'attributes' && plain(before[field]) !== plain(after[field]),
  ).map((field) => ({ field, from: before[field], to: after[field] }));
  for (const key of new Set([...Object.keys(before.attributes), ...Object.keys(after.attributes)])) {
    const [from, to] = [before.attributes[key] ?? null, after.attributes[key] ?? null];
    if (plain(from) !== plain(to)) changes.push({ field: attributeField(key), from, to });
  }
  return changes;
}

/** The state before some changes: each is taken back, the latest first. */
export function takenBack(facts: AssetFacts, changes: readonly FieldChange[]): AssetFacts {
  const { attributes, ...rest } = facts;
  const fields: Record<string, unknown> = { ...rest };
  const values: Record<string, AttributeValue> = { ...attributes };
  for (const { field, from } of changes) {
    // What sources noticed was never a fact of the ledger.
    if (field === 'unit' || field.startsWith('observed.')) continue;
    const key = field.startsWith('attributes.') ? field.slice('attributes.'.length) : undefined;
    if (key === undefined) fields[field] = from;
    else if (from === null || from === undefined) delete values[key];
    else values[key] = from as AttributeValue;
  }
  return { ...(fields as Omit<AssetFacts, 'attributes'>), attributes: values };
}
