import type { Ids } from '#platform/ids.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { Prepared } from './prepare.ts';
import { knownRecords, type StoredObservation } from './store.ts';

/** One text for what a source calls a record of a unit. */
export const recordId = ({
  source,
  nativeKey,
  unitPath,
}: {
  source: string;
  nativeKey: string;
  unitPath: string;
}): string => `${source.length} ${nativeKey.length} ${source}${nativeKey}${unitPath}`;

/** One for each record: the newest facts, over the whole time it was seen. */
export function distinct(all: readonly Prepared[]): Map<string, Prepared> {
  const records = new Map<string, Prepared>();
  for (const one of all) {
    const id = recordId(one.observation);
    const known = records.get(id);
    if (known === undefined) {
      records.set(id, one);
      continue;
    }
    const [newer, older] = one.observation.seenAt >= known.observation.seenAt ? [one, known] : [known, one];
    const firstMs = Math.min(newer.firstSeenAt.getTime(), older.firstSeenAt.getTime());
    records.set(id, { ...newer, firstSeenAt: new Date(firstMs) });
  }
  return records;
}

/** An observation as it will be stored. */
export const asStored = (id: string, prepared: Prepared, before?: StoredObservation): StoredObservation => {
  const { observation, keys, digest, firstSeenAt } = prepared;
  const { source, nativeKey, unitPath, facts } = observation;
  return {
    id,
    unitPath: before?.unitPath ?? unitPath,
    reportedPath: unitPath,
    facts,
    digest,
    node: {
      id,
      class: observation.class,
      source,
      nativeKey,
      keys,
      firstMs: Math.min(firstSeenAt.getTime(), before?.node.firstMs ?? Number.POSITIVE_INFINITY),
      lastMs: Math.max(observation.seenAt.getTime(), before?.node.lastMs ?? 0),
    },
    assetId: before?.assetId ?? null,
    linkState: before?.linkState ?? 'unresolved',
    linkRule: before?.linkRule ?? '',
    linkKeys: before?.linkKeys ?? '',
    linkedAt: before?.linkedAt ?? null,
    onKey: facts.on ?? '',
    goneAt: null,
    isStored: before !== undefined,
  };
};

/** Records by what is known of them. */
export interface Sorted {
  readonly records: ReadonlyMap<string, { readonly id: string; readonly before: StoredObservation | undefined }>;
  readonly fresh: { id: string; prepared: Prepared }[];
  readonly changed: { before: StoredObservation; prepared: Prepared }[];
  readonly seen: { id: string; firstMs: number; lastMs: number }[];
}

/** Sorts records by what is stored of them. @param fresh those that are known not to be stored, with the ids they get */
export async function compare(
  db: Db,
  ids: Ids,
  records: ReadonlyMap<string, Prepared>,
  fresh: ReadonlyMap<string, string>,
): Promise<Sorted> {
  const asked = [...records].flatMap(([record, prepared]) => (fresh.has(record) ? [] : prepared));
  const stored = await knownRecords(db, asked);
  const known = new Map(
    stored.map((one) => [
      recordId({ source: one.node.source, nativeKey: one.node.nativeKey, unitPath: one.reportedPath }),
      one,
    ]),
  );
  const sorted = { records: new Map(), fresh: [], changed: [], seen: [] } as Sorted & { records: Map<string, unknown> };
  for (const [record, prepared] of records) {
    const before = known.get(record);
    const id = before?.id ?? fresh.get(record) ?? ids.next();
    sorted.records.set(record, { id, before });
    const lastMs = prepared.observation.seenAt.getTime();
    if (before === undefined) sorted.fresh.push({ id, prepared });
    else if (before.digest !== prepared.digest && lastMs >= before.node.lastMs)
      sorted.changed.push({ before, prepared });
    // Told late: what was said since stands, only the time it has been known for grows.
    else sorted.seen.push({ id, firstMs: prepared.firstSeenAt.getTime(), lastMs });
  }
  return sorted;
}

/** The keys under which what is new or changed will be found. */
export const searchedTextsOf = ({ fresh, changed }: Sorted): string[] =>
  [...fresh, ...changed].flatMap(({ prepared }) => prepared.searched);
