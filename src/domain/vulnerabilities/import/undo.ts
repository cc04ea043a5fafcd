import { sql } from 'kysely';
import { z } from 'zod';
import { setScanned } from '#domain/ledger/index.ts';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { conflict, notFound } from '#platform/errors.ts';
import { MATCH_JOB } from '../advisory/advisory.ts';
import { RATE_JOB } from '../policy.ts';
import { type Heirs, handOver, heirsOf, laterOf } from './heirs.ts';
import { UNDO_JOB } from './import.ts';
import { recordImport, recordIssues } from './record.ts';
import { type Kept, restore } from './restore.ts';
import {
  type BeforeRow,
  type FindingRow,
  findImport,
  findingsOfIssues,
  type ImportRow,
  type IssueRow,
  keptByIssue,
  lockImport,
  lockIssuesById,
} from './store.ts';
import { unseeTargets } from './unsee.ts';

/** Why something stays although its import is taken back. */
export const KEPT_REASONS = ['decided', 'ordered', 'later', 'merged'] as const;
type KeptReason = (typeof KEPT_REASONS)[number];

/** Issues in one transaction with one entry in the journal. */
const CHUNK_ISSUES = 200;

/** Takes an import back, in the background. What somebody decided about since stays and is listed. */
export const undoImport = action('vulnerability.import', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const found = await lockImport(tx.db, id);
  if (found === undefined) throw notFound('The import');
  if (found.state !== 'applied') {
    throw conflict('Only a written import is taken back', `vulnerability.import.${found.state}`);
  }
  if (!found.undoable) {
    throw conflict(
      'It was written before the platform kept what imports change: it cannot be taken back',
      'vulnerability.import.too_old',
    );
  }
  await tx.db.updateTable('vulnerability_import').set({ state: 'undoing' }).where('id', '=', id).execute();
  recordImport(tx, found, { change: 'undo', fileName: found.file_name });
  await tx.enqueue(UNDO_JOB, { id }, { singletonKey: `undo ${id}` });
  return { id };
});

/** Steps that the platform writes: none of them is a decision. */
const BY_IMPORTS = ['found', 'gone', 'seen_again', 'join', 'suppress', 'undo'];

/** Why an issue cannot go back to what it was, if it cannot. */
async function reasonToKeep(
  tx: Tx,
  issue: IssueRow,
  kept: Kept,
  heirs: Heirs,
  own: readonly FindingRow[],
): Promise<KeptReason | undefined> {
  const steps =
    kept.issue === undefined
      ? []
      : await tx.db
          .selectFrom('vulnerability_step')
          .select('action')
          .where('issue_id', '=', issue.id)
          .where('position', '>', kept.issue.step_after)
          .execute();
  if (steps.some(({ action: step }) => !BY_IMPORTS.includes(step) && step !== 'ordered')) return 'decided';
  if (steps.some(({ action: step }) => step === 'ordered')) return 'ordered';
  if (kept.issue !== undefined && issue.issue_key !== kept.issue.key_after) return 'merged';
  if (heirs.findings.size > 0 || heirs.issue !== undefined) return 'later';
  // Nobody else ever saw it: what a later report said of it falls with it.
  const alone = own.every(({ id }) => kept.findings.get(id)?.was === null);
  return steps.length > 0 && !alone ? 'later' : undefined;
}

/** The issues that an import touched and that are not settled yet. */
async function unsettled(tx: Tx, importId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT DISTINCT issue_id AS id FROM (${keptByIssue}) b
    WHERE import_id = ${importId} AND NOT settled AND kind <> 'software' ORDER BY id LIMIT ${CHUNK_ISSUES}`.execute(
    tx.db,
  );
  return rows.map(({ id }) => id);
}

async function keptOf(tx: Tx, importId: string, issueId: string): Promise<Kept> {
  const { rows } = await sql<BeforeRow>`
    SELECT b.* FROM vulnerability_import_before b WHERE b.import_id = ${importId} AND (
      (b.kind = 'issue' AND b.object_id = ${issueId})
      OR (b.kind = 'finding' AND b.object_id IN (SELECT id FROM vulnerability_finding WHERE issue_id = ${issueId}))
      OR (b.kind = 'acceptance' AND b.object_id IN (
        SELECT id FROM vulnerability_acceptance WHERE issue_id = ${issueId})))`.execute(tx.db);
  return {
    issue: rows.find(({ kind }) => kind === 'issue'),
    findings: new Map(rows.flatMap((row) => (row.kind === 'finding' ? [[row.object_id, row] as const] : []))),
    requests: rows.filter(({ kind }) => kind === 'acceptance'),
  };
}

const lockUndoing = async (tx: Tx, id: string): Promise<ImportRow> => {
  const found = await lockImport(tx.db, id);
  if (found === undefined || found.state !== 'undoing') throw conflict('The import is not being taken back');
  return found;
};

/** @returns why it stays, if it does */
async function takeBackIssue(tx: Tx, found: ImportRow, issue: IssueRow, kept: Kept): Promise<KeptReason | undefined> {
  const own = await findingsOfIssues(tx.db, [issue.id]);
  const heirs = await heirsOf(tx.db, found, kept);
  const because = await reasonToKeep(tx, issue, kept, heirs, own);
  if (because === undefined) await restore(tx, found, issue, kept, own);
  if (because === 'later') await handOver(tx, issue, kept, heirs, own);
  return because;
}

const undoChunk = action('vulnerability.import', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const found = await lockUndoing(tx, id);
  const ids = await unsettled(tx, id);
  const undone: string[] = [];
  const kept: string[] = [];
  for (const issue of await lockIssuesById(tx.db, ids)) {
    const touched = await keptOf(tx, id, issue.id);
    const rows = [touched.issue, ...touched.findings.values(), ...touched.requests].filter((row) => row !== undefined);
    // What it only saw as others had is as it was; what a report taken back before this one made is gone already.
    const changed = issue.state !== 'undone' && rows.some(({ was }) => was === null || Object.keys(was).length > 0);
    const because = changed ? await takeBackIssue(tx, found, issue, touched) : undefined;
    if (changed) (because === undefined ? undone : kept).push(issue.id);
    await tx.db
      .updateTable('vulnerability_import_before')
      .set({ settled: true, kept_because: because ?? '' })
      .where('import_id', '=', id)
      .where(
        'object_id',
        'in',
        rows.map((row) => row.object_id),
      )
      .execute();
  }
  await tx.db
    .updateTable('vulnerability_import')
    .set((column) => ({
      undone_issues: column('undone_issues', '+', undone.length),
      kept_issues: column('kept_issues', '+', kept.length),
    }))
    .where('id', '=', id)
    .execute();
  await recordIssues(tx, found, [...undone, ...kept], (own) => ({
    change: 'undo',
    fileName: found.file_name,
    undone: undone.filter((issue) => own.has(issue)).length,
    kept: kept.filter((issue) => own.has(issue)).length,
  }));
  return { over: ids.length < CHUNK_ISSUES };
});

const Replaced = z.object({ target_key: z.string(), rows: z.array(z.record(z.string(), z.unknown())) });

/** What was installed is again what the report before said, where no later one said what is. */
async function restoreSoftware(tx: Tx, found: ImportRow): Promise<void> {
  const rows = await tx.db
    .selectFrom('vulnerability_import_before')
    .selectAll()
    .where('import_id', '=', found.id)
    .where('kind', '=', 'software')
    .where('settled', '=', false)
    .execute();
  for (const row of rows) {
    const { target_key: target, rows: before } = Replaced.parse(row.was);
    const { rows: later } = await sql<{ import_id: string; object_id: string }>`
      SELECT b.import_id, b.object_id FROM (${laterOf(found)}) i JOIN vulnerability_import_before b ON b.import_id = i.id
      WHERE i.tool = ${found.tool} AND b.kind = 'software' AND NOT b.settled AND b.was ->> 'target_key' = ${target}
      ORDER BY i.nth LIMIT 1`.execute(tx.db);
    const [heir] = later;
    if (heir !== undefined) {
      await sql`UPDATE vulnerability_import_before SET was = ${JSON.stringify(row.was)}::text::jsonb
        WHERE import_id = ${heir.import_id} AND kind = 'software' AND object_id = ${heir.object_id}`.execute(tx.db);
      continue;
    }
    await tx.db
      .deleteFrom('vulnerability_software')
      .where('target_key', '=', target)
      .where('tool', '=', found.tool)
      .execute();
    await sql`INSERT INTO vulnerability_software
      SELECT * FROM jsonb_populate_recordset(NULL::vulnerability_software, ${JSON.stringify(before)}::text::jsonb)
      ON CONFLICT DO NOTHING`.execute(tx.db);
  }
  await tx.db
    .updateTable('vulnerability_import_before')
    .set({ settled: true })
    .where('import_id', '=', found.id)
    .where('kind', '=', 'software')
    .execute();
}

/** What the report looked at counts as not looked at by it. */
async function forgetCoverage(tx: Tx, id: string): Promise<void> {
  const covered = await tx.db
    .updateTable('vulnerability_coverage')
    .set({ applied: false })
    .where('import_id', '=', id)
    .returning('asset_id')
    .execute();
  const assets = [...new Set(covered.flatMap(({ asset_id }) => asset_id ?? []))];
  const { rows } = await sql<{ id: string; at: Date | null }>`
    SELECT q.id, (SELECT max(c.scanned_at) FROM vulnerability_coverage c WHERE c.asset_id = q.id AND c.applied) AS at
    FROM unnest(${assets}::uuid[]) AS q (id)`.execute(tx.db);
  await setScanned(tx, rows);
}

const Unseen = z.object({ observations: z.number().int(), assets: z.number().int(), kept: z.number().int() });

const finishUndo = action(
  'vulnerability.import',
  z.object({ id: z.uuid(), unseen: Unseen }),
  async (tx, { id, unseen }) => {
    const found = await lockUndoing(tx, id);
    await restoreSoftware(tx, found);
    await forgetCoverage(tx, id);
    const { observations, assets, kept } = unseen;
    await tx.db
      .updateTable('vulnerability_import')
      .set({ state: 'undone', undone_observations: observations, undone_assets: assets, kept_assets: kept })
      .where('id', '=', id)
      .execute();
    recordImport(tx, found, {
      change: 'undone',
      undone: found.undone_issues,
      kept: found.kept_issues,
      observations,
      assets,
      keptAssets: kept,
    });
    // Priorities and matches are those of what is left.
    await tx.enqueue(RATE_JOB, {}, { singletonKey: 'all' });
    await tx.enqueue(MATCH_JOB, {}, { singletonKey: 'all' });
  },
);

/** Takes back what is left of an import; running it again goes on where it stopped. @param system the platform's own context */
export async function runUndo(system: Ctx, id: string): Promise<void> {
  const found = await system.read((db) => findImport(db, id));
  if (found?.state !== 'undoing') return;
  while (!(await undoChunk(system, { id })).over);
  await finishUndo(system, { id, unseen: await unseeTargets(system, found) });
}
