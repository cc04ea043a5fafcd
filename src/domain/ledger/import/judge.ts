import { type AssetFacts, AssetInput, differences, type FieldChange, keysOf, settleFacts } from '../asset.ts';
import type { Attribute } from '../model/attribute.ts';
import { type AssetClass, attributesByKey, settleClass } from '../model/classes.ts';
import { type AssetState, assetLifecycle } from '../model/lifecycle.ts';
import type { StoredAsset } from '../store.ts';
import type { RowReading, RowReason, RowRecord } from './row.ts';

export const VERDICTS_OF_ROWS = ['create', 'update', 'same', 'conflict', 'skip'] as const;
export type RowVerdict = (typeof VERDICTS_OF_ROWS)[number];

/** What will become of a row, and why. */
export interface JudgedRow {
  readonly verdict: RowVerdict;
  readonly name: string;
  /** The whole asset as it will be; null where nothing is written. */
  readonly facts: AssetFacts | null;
  readonly unitPath: string;
  readonly assetId: string | null;
  readonly changes: readonly FieldChange[];
  readonly reasons: readonly RowReason[];
}

/** The assets of the ledger, found by number, key or name. */
export interface LedgerIndex {
  readonly byCode: ReadonlyMap<string, StoredAsset>;
  readonly byKey: ReadonlyMap<string, readonly StoredAsset[]>;
  readonly byName: ReadonlyMap<string, readonly StoredAsset[]>;
}

const inUnit = (unitPath: string, ...parts: readonly string[]): string => JSON.stringify([unitPath, ...parts]);

export function indexOf(assets: readonly StoredAsset[]): LedgerIndex {
  const byKey = new Map<string, StoredAsset[]>();
  const byName = new Map<string, StoredAsset[]>();
  const put = (map: Map<string, StoredAsset[]>, key: string, asset: StoredAsset): void => {
    map.set(key, [...(map.get(key) ?? []), asset]);
  };
  for (const asset of assets) {
    for (const { kind, value } of keysOf(asset.facts)) put(byKey, inUnit(asset.unitPath, kind, value), asset);
    put(byName, inUnit(asset.unitPath, asset.facts.kind, asset.facts.name), asset);
  }
  const numbered = assets.filter(({ facts }) => facts.code !== '');
  return { byCode: new Map(numbered.map((asset) => [inUnit(asset.unitPath, asset.facts.code), asset])), byKey, byName };
}

/** Keys by which two rows, or a row and an asset, are the same thing. Ranges are shared by many and are none. */
const IDENTIFYING = new Set(['address', 'host', 'domain']);

type Match =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly asset: StoredAsset }
  | { readonly kind: 'conflict'; readonly reason: RowReason };

/** Which asset of the unit the row is about. An address alone never decides between different names. */
function matchOf(facts: AssetFacts, unitPath: string, index: LedgerIndex): Match {
  const numbered = facts.code === '' ? undefined : index.byCode.get(inUnit(unitPath, facts.code));
  const keyed = new Map<string, { asset: StoredAsset; kinds: Set<string>; value: string }>();
  for (const { kind, value } of keysOf(facts)) {
    if (!IDENTIFYING.has(kind)) continue;
    for (const asset of index.byKey.get(inUnit(unitPath, kind, value)) ?? []) {
      const found = keyed.get(asset.id) ?? { asset, kinds: new Set<string>(), value };
      found.kinds.add(kind);
      keyed.set(asset.id, found);
    }
  }
  const others = [...keyed.values()].filter(({ asset }) => asset.id !== numbered?.id);
  const clash = (reason: string, found: (typeof others)[number]): Match => ({
    kind: 'conflict',
    reason: { reason, field: [...found.kinds].join(','), detail: `${found.value} · ${found.asset.facts.name}` },
  });
  const [first, second] = others;
  if (numbered !== undefined) {
    return first === undefined ? { kind: 'one', asset: numbered } : clash('key.of.another', first);
  }
  if (first !== undefined && second !== undefined) return clash('key.of.several', first);
  if (first !== undefined) return keyMatch(first, facts, clash);
  const named = index.byName.get(inUnit(unitPath, facts.kind, facts.name)) ?? [];
  const [only] = named;
  if (only === undefined) return { kind: 'none' };
  if (named.length > 1)
    return { kind: 'conflict', reason: { reason: 'name.of.several', field: 'name', detail: facts.name } };
  if (facts.code !== '' && only.facts.code !== '') return { kind: 'none' };
  return { kind: 'one', asset: only };
}

function keyMatch<Found extends { asset: StoredAsset; kinds: ReadonlySet<string> }>(
  found: Found,
  facts: AssetFacts,
  clash: (reason: string, found: Found) => Match,
): Match {
  const { asset, kinds } = found;
  if (facts.code !== '' && asset.facts.code !== '') return clash('key.of.another', found);
  const byAddressAlone = kinds.size === 1 && kinds.has('address');
  if (byAddressAlone && asset.facts.name !== facts.name) return clash('address.of.another', found);
  return { kind: 'one', asset };
}

/** Remembers what earlier rows of the same sheet said, so that a sheet never contradicts itself in silence. */
interface SeenRows {
  readonly rows: Map<string, number>;
}

const identitiesOf = (facts: AssetFacts, unitPath: string): string[] => [
  ...(facts.code === '' ? [] : [inUnit(unitPath, 'code', facts.code)]),
  ...keysOf(facts)
    .filter(({ kind }) => IDENTIFYING.has(kind))
    .map(({ kind, value }) => inUnit(unitPath, kind, value)),
  inUnit(unitPath, 'name', facts.kind, facts.name, facts.code),
];

/** What judging needs to know besides row and ledger. */
export interface Judging {
  readonly unitOf: UnitOf;
  readonly index: LedgerIndex;
  readonly seen: SeenRows;
  /** The fields that centres added, for a class. */
  readonly own: (name: AssetClass) => readonly Attribute[];
  /** The state that new assets begin in where the sheet does not say. */
  readonly begin: AssetState;
}

/** Places a row names its unit by: path, or why it cannot be taken. */
export type UnitOf = (unit: string) => { readonly path: string } | { readonly reason: string };

/** The attributes that the class has, and the keys of those that it does not. */
function fitting(said: Readonly<Record<string, unknown>>, name: AssetClass, own: readonly Attribute[]) {
  const known = attributesByKey(name, own);
  const all = Object.entries(said);
  return {
    attributes: Object.fromEntries(all.filter(([key]) => known.has(key))),
    left: all.filter(([key]) => !known.has(key)).map(([key]) => key),
  };
}

const leftOut = (keys: readonly string[]): RowReason[] =>
  keys.map((key) => ({ reason: 'attribute.left', field: `attributes.${key}`, detail: '' }));

/** What will become of a row. The row is added to those that were seen. */
export function judgeRow(reading: RowReading, rowNumber: number, judging: Judging): JudgedRow {
  const { unitOf, index, seen, own, begin } = judging;
  const { record, faults, notes } = reading;
  const name = record.said.name ?? '';
  const no = (verdict: RowVerdict, unitPath: string, reasons: readonly RowReason[]): JudgedRow => ({
    verdict,
    name,
    facts: null,
    unitPath,
    assetId: null,
    changes: [],
    reasons,
  });
  const unit = unitOf(record.unit);
  if ('reason' in unit)
    return no('skip', '', [...faults, { reason: unit.reason, field: 'unit', detail: record.unit.slice(0, 60) }]);
  if (faults.length > 0) return no('skip', unit.path, faults);
  const said = AssetInput.parse(record.said);
  const { class: className } = settleClass(said, said);
  const fits = fitting(said.attributes, className, own(className));
  const stated = settleFacts({ ...said, attributes: fits.attributes }, said.state ?? begin, own(className));
  const identities = identitiesOf(stated, unit.path);
  const repeated = identities.find((identity) => seen.rows.has(identity));
  if (repeated !== undefined) {
    return no('conflict', unit.path, [
      { reason: 'row.repeats', field: fieldOfIdentity(repeated), detail: String(seen.rows.get(repeated)) },
    ]);
  }
  for (const identity of identities) seen.rows.set(identity, rowNumber);
  const match = matchOf(stated, unit.path, index);
  if (match.kind === 'conflict') return no('conflict', unit.path, [match.reason]);
  if (match.kind === 'none') {
    const changes: FieldChange[] = [];
    const reasons = [...notes, ...leftOut(fits.left)];
    return { verdict: 'create', name, facts: stated, unitPath: unit.path, assetId: null, changes, reasons };
  }
  return judgeUpdate(record, match.asset, notes, own);
}

const fieldOfIdentity = (identity: string): string => String((JSON.parse(identity) as string[])[1] ?? '');

/** Whether one move leads from a state to another. */
const mayMove = (from: AssetState, to: AssetState): boolean =>
  from === to || assetLifecycle.transitions.some((move) => move.from.includes(from) && move.to === to);

/** The asset with what the row says on top. An assumed class says nothing against the class it has. */
function judgeUpdate(
  record: RowRecord,
  asset: StoredAsset,
  notes: readonly RowReason[],
  own: Judging['own'],
): JudgedRow {
  const { kind, class: stated, state = asset.facts.state, attributes = {}, ...rest } = record.said;
  const assumed = notes.some(({ reason }) => reason === 'class.assumed');
  const settled = assumed
    ? { class: asset.facts.class, kind: asset.facts.kind }
    : settleClass({ class: stated ?? asset.facts.class, kind: kind ?? asset.facts.kind }, asset.facts);
  const fits = fitting({ ...asset.facts.attributes, ...attributes }, settled.class, own(settled.class));
  const said = { ...asset.facts, ...rest, ...settled, attributes: fits.attributes };
  const facts = settleFacts(said, state, own(settled.class));
  const changes = differences(asset.facts, facts);
  const none = { name: facts.name, facts: null, unitPath: asset.unitPath, assetId: asset.id };
  if (!mayMove(asset.facts.state, state)) {
    const reason = { reason: 'state.move', field: 'state', detail: state };
    return { ...none, verdict: 'conflict', changes: [], reasons: [reason] };
  }
  const reasons = leftOut(fits.left.filter((key) => key in attributes));
  if (changes.length === 0) return { ...none, verdict: 'same', changes, reasons };
  return { ...none, verdict: 'update', facts, changes, reasons };
}
