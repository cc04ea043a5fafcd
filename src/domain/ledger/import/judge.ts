import { type AssetFacts, AssetInput, differences, type FieldChange, keysOf } from '../asset.ts';
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
export interface SeenRows {
  readonly rows: Map<string, number>;
}

const identitiesOf = (facts: AssetFacts, unitPath: string): string[] => [
  ...(facts.code === '' ? [] : [inUnit(unitPath, 'code', facts.code)]),
  ...keysOf(facts)
    .filter(({ kind }) => IDENTIFYING.has(kind))
    .map(({ kind, value }) => inUnit(unitPath, kind, value)),
  inUnit(unitPath, 'name', facts.kind, facts.name, facts.code),
];

/** Places a row names its unit by: path, or why it cannot be taken. */
export type UnitOf = (unit: string) => { readonly path: string } | { readonly reason: string };

/**
 * What will become of a row.
 *
 * @param seen rows before this one; this row is added
 */
export function judgeRow(
  reading: RowReading,
  rowNumber: number,
  unitOf: UnitOf,
  index: LedgerIndex,
  seen: SeenRows,
): JudgedRow {
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
  const stated = AssetInput.parse(record.said);
  const repeated = identitiesOf(stated, unit.path).find((identity) => seen.rows.has(identity));
  if (repeated !== undefined) {
    return no('conflict', unit.path, [
      { reason: 'row.repeats', field: fieldOfIdentity(repeated), detail: String(seen.rows.get(repeated)) },
    ]);
  }
  for (const identity of identitiesOf(stated, unit.path)) seen.rows.set(identity, rowNumber);
  const match = matchOf(stated, unit.path, index);
  if (match.kind === 'conflict') return no('conflict', unit.path, [match.reason]);
  if (match.kind === 'none') {
    const changes: FieldChange[] = [];
    return { verdict: 'create', name, facts: stated, unitPath: unit.path, assetId: null, changes, reasons: notes };
  }
  return judgeUpdate(record, match.asset, notes);
}

const fieldOfIdentity = (identity: string): string => String((JSON.parse(identity) as string[])[1] ?? '');

/** The asset with what the row says on top. An assumed kind says nothing against the kind it has. */
function judgeUpdate(record: RowRecord, asset: StoredAsset, notes: readonly RowReason[]): JudgedRow {
  const { kind, ...rest } = record.said;
  const assumed = notes.some(({ reason }) => reason === 'kind.assumed');
  const facts = { ...asset.facts, ...rest, ...(kind === undefined || assumed ? {} : { kind }) };
  const changes = differences(asset.facts, facts);
  return {
    verdict: changes.length === 0 ? 'same' : 'update',
    name: facts.name,
    facts: changes.length === 0 ? null : facts,
    unitPath: asset.unitPath,
    assetId: asset.id,
    changes,
    reasons: [],
  };
}
