import type { Config } from '#platform/config.ts';
import type { Db } from '#platform/postgres/database.ts';

interface Remembered {
  readonly groups: number;
  readonly entries: number;
}

/** By correlation. */
export type CorrelationLoad = Readonly<Record<string, Remembered>>;

/** Tells how much a partition's correlations remember, in the transaction that changes it. */
export async function writeLoad(
  db: Db,
  partition: number,
  load: readonly ({ readonly correlationId: string } & Remembered)[],
): Promise<void> {
  const told: CorrelationLoad = Object.fromEntries(
    load.map(({ correlationId, groups, entries }) => [correlationId, { groups, entries }]),
  );
  const row = { load: JSON.stringify(told) };
  await db
    .insertInto('detection_correlation_load')
    .values({ partition, ...row })
    .onConflict((conflict) => conflict.column('partition').doUpdateSet(row))
    .execute();
}

/** How many processes may share the counting: each keeps to the bounds for itself. */
export const partitionsOf = ({ nats, detect }: Config): number => (nats.servers.length > 0 ? detect.partitions : 1);

/** What all partitions remember together, as it was committed last. @param db the system's */
export async function readLoad(db: Db, partitions: number): Promise<CorrelationLoad> {
  const rows = await db
    .selectFrom('detection_correlation_load')
    .select('load')
    // After a start with fewer partitions, rows of those that are gone are left over.
    .where('partition', '<', partitions)
    .execute();
  const sums: Record<string, Remembered> = {};
  for (const [correlationId, { groups, entries }] of rows.flatMap(({ load }) => Object.entries(load))) {
    const before = sums[correlationId] ?? { groups: 0, entries: 0 };
    sums[correlationId] = { groups: before.groups + groups, entries: before.entries + entries };
  }
  return sums;
}
