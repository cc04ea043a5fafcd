import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import { setScanned } from '#domain/ledger/index.ts';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { conflict, notFound } from '#platform/errors.ts';
import type { Database } from '#platform/postgres/database.ts';
import { MATCH_JOB } from '../advisory/advisory.ts';
import { RATE_JOB } from '../policy.ts';
import { issueFacts } from '../rating.ts';
import { stepRow } from '../step.ts';
import { UNDO_JOB } from './import.ts';
import { recordImport } from './record.ts';
import {
  type FindingRow,
  findingsOfIssues,
  type ImportRow,
  type IssueRow,
  keptByIssue,
  lockImport,
  lockIssuesById,
  rekeyed,
} from './store.ts';

/** Why something stays although its import is taken back. */
export const KEPT_REASONS = ['decided', 'ordered', 'later', 'merged'] as const;
type KeptReason = (typeof KEPT_REASONS)[number];

type BeforeRow = Selectable<Database['vulnerability_import_before']>;

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

/** What an import kept of one issue, its findings and requests. */
interface Kept {
  readonly issue: BeforeRow | undefined;
  readonly findings: ReadonlyMap<string, BeforeRow>;
  readonly requests: readonly BeforeRow[];
}

/** Steps that the platform writes: none of them is a decision. */
const BY_IMPORTS = ['found', 'gone', 'seen_again', 'join', 'suppress', 'undo'];

/** Why an issue cannot go back to what it was, if it cannot. */
async function reasonToKeep(
  tx: Tx,
  importId: string,
  issue: IssueRow,
  kept: Kept,
  own: readonly FindingRow[],
): Promise<KeptReason | undefined> {
  if (kept.issue !== undefined) {
    const steps = await tx.db
      .selectFrom('vulnerability_step')
      .select(['action', 'by_side'])
      .where('issue_id', '=', issue.id)
      .where('position', '>', kept.issue.step_after)
      .execute();
    if (steps.some((step) => !BY_IMPORTS.includes(step.action) && step.action !== 'ordered')) return 'decided';
    if (steps.some((step) => step.action === 'ordered')) return 'ordered';
    if (issue.issue_key !== kept.issue.key_after) return 'merged';
    if (steps.length > 0) return 'later';
  }
  const later = own.some((finding) => {
    const before = kept.findings.get(finding.id);
    if (before === undefined || finding.last_import_id === importId) return false;
    return before.was === null || 'last_import_id' in before.was;
  });
  return later ? 'later' : undefined;
}

const CONSTANT = new Set(['id', 'version', 'changed_at']);

/** Puts the columns back that are told, as they were. */
async function putBack(
  tx: Tx,
  table: 'vulnerability_issue' | 'vulnerability_finding' | 'vulnerability_acceptance',
  id: string,
  was: Readonly<Record<string, unknown>>,
): Promise<void> {
  const columns = Object.keys(was).filter((column) => !CONSTANT.has(column));
  if (columns.length === 0) return;
  const list = sql.join(columns.map((column) => sql.ref(column)));
  const values = sql.join(columns.map((column) => sql`r.${sql.ref(column)}`));
  await sql`UPDATE ${sql.table(table)} t SET (${list}) = (
      SELECT ${values} FROM jsonb_populate_record(t, ${JSON.stringify(was)}::text::jsonb) r) WHERE t.id = ${id}`.execute(
    tx.db,
  );
}

/** The name of a target whose report was taken back: the same report makes a new one. */
const withdrawnTarget = (importId: string, target: string): string => `undone:${importId}:${target}`;

async function withdrawFinding(tx: Tx, importId: string, finding: FindingRow): Promise<void> {
  const target = withdrawnTarget(importId, finding.target_key);
  await tx.db
    .updateTable('vulnerability_finding')
    .set({
      open: false,
      withdrawn_at: tx.clock.now(),
      target_key: target,
      finding_key: rekeyed(finding.finding_key, finding.target_key, target),
    })
    .where('id', '=', finding.id)
    .execute();
}

/** Takes back what an import did to one issue, its findings and its requests. */
async function restore(
  tx: Tx,
  found: ImportRow,
  issue: IssueRow,
  kept: Kept,
  own: readonly FindingRow[],
): Promise<void> {
  for (const finding of own) {
    const before = kept.findings.get(finding.id);
    if (before === undefined) continue;
    if (before.was === null) await withdrawFinding(tx, found.id, finding);
    else await putBack(tx, 'vulnerability_finding', finding.id, before.was);
  }
  for (const { object_id, was } of kept.requests) {
    if (was !== null) await putBack(tx, 'vulnerability_acceptance', object_id, was);
  }
  if (kept.issue === undefined) return;
  if (kept.issue.was === null) await withdrawIssue(tx, found, issue);
  else await putIssueBack(tx, found, issue, { ...kept.issue, was: kept.issue.was });
}

/** What an issue is after its import in any case: another version. */
const counted = (tx: Tx, issue: IssueRow) => ({ changed_at: tx.clock.now(), version: issue.version + 1 });

/** What the step of taking back says. */
const undoStep = ({ tool, file_name }: ImportRow) => ({ action: 'undo', text: `${tool} · ${file_name}` }) as const;

/** An issue that there was none of before: gone, or what another report says of it. */
async function withdrawIssue(tx: Tx, found: ImportRow, issue: IssueRow): Promise<void> {
  const left = await findingsOfIssues(tx.db, [issue.id]);
  if (left.length > 0) {
    await tx.db
      .updateTable('vulnerability_issue')
      .set({ ...issueFacts(left), ...counted(tx, issue) })
      .where('id', '=', issue.id)
      .execute();
    return;
  }
  const now = tx.clock.now();
  const target = withdrawnTarget(found.id, issue.target_key);
  await tx.db
    .updateTable('vulnerability_issue')
    .set({
      ...counted(tx, issue),
      state: 'undone',
      state_at: now,
      closed_at: now,
      deadline_at: null,
      target_key: target,
      issue_key: rekeyed(issue.issue_key, issue.target_key, target),
    })
    .where('id', '=', issue.id)
    .execute();
  await tx.db
    .insertInto('vulnerability_step')
    .values(stepRow(tx, issue, 'undone', undoStep(found)))
    .execute();
}

/** An issue that was there before is what it was. */
async function putIssueBack(
  tx: Tx,
  found: ImportRow,
  issue: IssueRow,
  before: BeforeRow & { readonly was: Readonly<Record<string, unknown>> },
): Promise<void> {
  await putBack(tx, 'vulnerability_issue', issue.id, before.was);
  const [restored] = await tx.db
    .updateTable('vulnerability_issue')
    .set(counted(tx, issue))
    .where('id', '=', issue.id)
    .returningAll()
    .execute();
  if (restored === undefined) return;
  if (restored.unit_path !== issue.unit_path) {
    await tx.db
      .updateTable('vulnerability_step')
      .set({ unit_path: restored.unit_path })
      .where('issue_id', '=', issue.id)
      .execute();
  }
  if (restored.state === issue.state) return;
  await tx.db
    .insertInto('vulnerability_step')
    .values(stepRow(tx, { ...restored, state: issue.state }, restored.state, undoStep(found)))
    .execute();
  // An earlier import that left it as it is again is not hindered by the steps in between.
  await sql`UPDATE vulnerability_import_before SET step_after = (
      SELECT max(position) FROM vulnerability_step WHERE issue_id = ${issue.id})
    WHERE kind = 'issue' AND object_id = ${issue.id} AND import_id <> ${found.id}
      AND step_after = ${before.step_before}`.execute(tx.db);
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

const undoChunk = action('vulnerability.import', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const found = await lockUndoing(tx, id);
  const ids = await unsettled(tx, id);
  const undone: string[] = [];
  const kept: string[] = [];
  for (const issue of await lockIssuesById(tx.db, ids)) {
    const touched = await keptOf(tx, id, issue.id);
    const own = await findingsOfIssues(tx.db, [issue.id]);
    const because = await reasonToKeep(tx, id, issue, touched, own);
    if (because === undefined) await restore(tx, found, issue, touched, own);
    (because === undefined ? undone : kept).push(issue.id);
    const rows = [touched.issue, ...touched.findings.values(), ...touched.requests];
    await tx.db
      .updateTable('vulnerability_import_before')
      .set({ settled: true, kept_because: because ?? '' })
      .where('import_id', '=', id)
      .where(
        'object_id',
        'in',
        rows.flatMap((row) => row?.object_id ?? []),
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
  recordImport(tx, found, { change: 'undo', undone: undone.length, kept: kept.length }, [...undone, ...kept]);
  return { over: ids.length < CHUNK_ISSUES };
});

const Replaced = z.object({ target_key: z.string(), rows: z.array(z.record(z.string(), z.unknown())) });

/** What was installed is again what the report before said, where no later one said something else. */
async function restoreSoftware(tx: Tx, found: ImportRow): Promise<void> {
  const rows = await tx.db
    .selectFrom('vulnerability_import_before')
    .select('was')
    .where('import_id', '=', found.id)
    .where('kind', '=', 'software')
    .execute();
  for (const row of rows) {
    const { target_key: target, rows: before } = Replaced.parse(row.was);
    const later = await tx.db
      .selectFrom('vulnerability_software')
      .select('name')
      .where('target_key', '=', target)
      .where('tool', '=', found.tool)
      .where('seen_at', '<>', found.scanned_at)
      .limit(1)
      .executeTakeFirst();
    if (later !== undefined) continue;
    await tx.db
      .deleteFrom('vulnerability_software')
      .where('target_key', '=', target)
      .where('tool', '=', found.tool)
      .execute();
    await sql`INSERT INTO vulnerability_software
      SELECT * FROM jsonb_populate_recordset(NULL::vulnerability_software, ${JSON.stringify(before)}::text::jsonb)
      ON CONFLICT DO NOTHING`.execute(tx.db);
  }
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

const finishUndo = action('vulnerability.import', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const found = await lockUndoing(tx, id);
  await restoreSoftware(tx, found);
  await forgetCoverage(tx, id);
  await tx.db.updateTable('vulnerability_import').set({ state: 'undone' }).where('id', '=', id).execute();
  recordImport(tx, found, { change: 'undone', undone: found.undone_issues, kept: found.kept_issues });
  // Priorities and matches are those of what is left.
  await tx.enqueue(RATE_JOB, {}, { singletonKey: 'all' });
  await tx.enqueue(MATCH_JOB, {}, { singletonKey: 'all' });
});

/** Takes back what is left of an import; running it again goes on where it stopped. @param system the platform's own context */
export async function runUndo(system: Ctx, id: string): Promise<void> {
  const row = await system.read((db) =>
    db.selectFrom('vulnerability_import').select('state').where('id', '=', id).executeTakeFirst(),
  );
  if (row?.state !== 'undoing') return;
  while (!(await undoChunk(system, { id })).over);
  await finishUndo(system, { id });
}
