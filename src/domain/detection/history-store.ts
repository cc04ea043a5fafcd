import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { type Selectable, sql } from 'kysely';
import type { KeptGroups } from '#engine/sigma/correlator-state.ts';
import { chunks } from '#platform/chunks.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import { ROWS_MAX } from './store.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

export type RunRow = Selectable<Database['detection_run']>;

export const findRun = (db: Db, id: string): Promise<RunRow | undefined> =>
  db.selectFrom('detection_run').selectAll().where('id', '=', id).executeTakeFirst();

/** What a part of a run adds to one of its rules. */
export interface RuleResult {
  readonly ruleId: string;
  readonly hits: number;
  readonly raised: number;
  readonly known: number;
  readonly cut: number;
  readonly error: string;
}

export async function addRuleResults(db: Db, run: RunRow, results: readonly RuleResult[]): Promise<void> {
  for (const part of chunks(results, ROWS_MAX)) {
    await db
      .insertInto('detection_run_rule')
      .values(
        part.map(({ ruleId, ...sums }) => ({ run_id: run.id, rule_id: ruleId, unit_path: run.unit_path, ...sums })),
      )
      .onConflict((conflict) =>
        conflict.columns(['run_id', 'rule_id']).doUpdateSet({
          hits: sql`detection_run_rule.hits + excluded.hits`,
          raised: sql`detection_run_rule.raised + excluded.raised`,
          known: sql`detection_run_rule.known + excluded.known`,
          cut: sql`detection_run_rule.cut + excluded.cut`,
          error: sql`CASE WHEN excluded.error <> '' THEN excluded.error ELSE detection_run_rule.error END`,
        }),
      )
      .execute();
  }
}

/** What a part adds to its run. */
export interface RunStep {
  readonly doneToAt: Date;
  readonly chunkSeconds: number;
  readonly events: number;
  readonly workMs: number;
}

export async function addRunStep(db: Db, run: RunRow, step: RunStep, results: readonly RuleResult[]): Promise<void> {
  const sum = (what: 'hits' | 'raised' | 'known' | 'cut'): number =>
    results.reduce((total, result) => total + result[what], 0);
  await db
    .updateTable('detection_run')
    .set({
      done_to_at: step.doneToAt,
      chunk_seconds: step.chunkSeconds,
      events: sql<number>`events + ${step.events}`,
      work_ms: sql<number>`work_ms + ${step.workMs}`,
      hits: sql<number>`hits + ${sum('hits')}`,
      raised: sql<number>`raised + ${sum('raised')}`,
      known: sql<number>`known + ${sum('known')}`,
      cut: sql<number>`cut + ${sum('cut')}`,
    })
    .where('id', '=', run.id)
    .execute();
}

/** Ends a run and forgets what its correlations remember. */
export async function endRun(db: Db, id: string, state: RunRow['state'], error: string, now: Date): Promise<void> {
  await db
    .updateTable('detection_run')
    .set({ state, error: error.slice(0, 1_000), finished_at: now })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .execute();
  await db.deleteFrom('detection_run_state').where('run_id', '=', id).execute();
}

export async function saveRunState(db: Db, id: string, state: Iterable<KeptGroups>): Promise<void> {
  await db.deleteFrom('detection_run_state').where('run_id', '=', id).execute();
  let part = 0;
  for (const chunk of state) {
    const groups = await compress(JSON.stringify(chunk));
    await db.insertInto('detection_run_state').values({ run_id: id, part, groups }).execute();
    part += 1;
  }
}

export async function loadRunState(db: Db, id: string): Promise<KeptGroups[]> {
  const rows = await db
    .selectFrom('detection_run_state')
    .select('groups')
    .where('run_id', '=', id)
    .orderBy('part')
    .execute();
  return Promise.all(
    rows.map(async ({ groups }) => JSON.parse((await decompress(groups)).toString('utf8')) as KeptGroups),
  );
}

/** Which of these ids were found before, live or by another run. Kept as long as detections are. */
export async function knownIds(db: Db, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('detection')
    .select('id')
    .where(sql<boolean>`id = ANY(${[...ids]}::text[])`)
    .execute();
  return new Set(rows.map(({ id }) => id));
}
