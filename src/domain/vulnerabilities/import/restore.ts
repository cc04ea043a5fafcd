import { sql } from 'kysely';
import type { Tx } from '#platform/context.ts';
import { issueFacts } from '../rating.ts';
import { moveIssue, stepRow } from '../step.ts';
import { ACTIVE } from '../workflow.ts';
import { type BeforeRow, type FindingRow, findingsOfIssues, type ImportRow, type IssueRow, rekeyed } from './store.ts';

/** What an import kept of one issue, its findings and requests. */
export interface Kept {
  readonly issue: BeforeRow | undefined;
  readonly findings: ReadonlyMap<string, BeforeRow>;
  readonly requests: readonly BeforeRow[];
}

const CONSTANT = new Set(['id', 'version', 'changed_at']);

/** Puts the columns back that are told, as they were. */
export async function putBack(
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

/** Takes back what an import did to one finding. */
export async function restoreFinding(tx: Tx, before: BeforeRow, finding: FindingRow): Promise<void> {
  if (before.was !== null) return putBack(tx, 'vulnerability_finding', finding.id, before.was);
  const target = withdrawnTarget(before.import_id, finding.target_key);
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
export async function restore(
  tx: Tx,
  found: ImportRow,
  issue: IssueRow,
  kept: Kept,
  own: readonly FindingRow[],
): Promise<void> {
  for (const finding of own) {
    const before = kept.findings.get(finding.id);
    if (before !== undefined) await restoreFinding(tx, before, finding);
  }
  for (const { object_id, was } of kept.requests) {
    if (was !== null) await putBack(tx, 'vulnerability_acceptance', object_id, was);
  }
  const left = await findingsOfIssues(tx.db, [issue.id]);
  // Whoever made it: what no report speaks of any more is none.
  if (left.length === 0) return withdrawIssue(tx, found, issue);
  if (kept.issue?.was) await putIssueBack(tx, found, issue, { ...kept.issue, was: kept.issue.was });
  await settleLeft(tx, issue.id, left);
}

/** What an issue is after its import in any case: another version. */
const counted = (tx: Tx, issue: IssueRow) => ({ changed_at: tx.clock.now(), version: issue.version + 1 });

/** What the step of taking back says. */
const undoStep = ({ tool, file_name }: ImportRow) => ({ action: 'undo', text: `${tool} · ${file_name}` }) as const;

async function withdrawIssue(tx: Tx, found: ImportRow, issue: IssueRow): Promise<void> {
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

/** Brings an issue in line with the findings that are left of it; another report may have said something since. */
export async function settleLeft(tx: Tx, id: string, left: readonly FindingRow[]): Promise<void> {
  const [issue] = await tx.db
    .updateTable('vulnerability_issue')
    .set((column) => ({
      ...issueFacts(left),
      changed_at: tx.clock.now(),
      version: column('version', '+', 1),
    }))
    .where('id', '=', id)
    .returningAll()
    .execute();
  if (issue === undefined || !ACTIVE.includes(issue.state) || left.some(({ open }) => open)) return;
  const closed = left.map(({ closed_at, last_seen_at }) => (closed_at ?? last_seen_at).getTime());
  await moveIssue(tx, issue, 'gone', '', { closed_at: new Date(Math.max(...closed)) });
}
