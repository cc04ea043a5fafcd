import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { type Kept, putBack, restoreFinding, settleLeft } from './restore.ts';
import { type BeforeRow, type FindingRow, findingsOfIssues, type ImportRow, type IssueRow } from './store.ts';

/** An import that says what the one says that is taken back: in its place it stands for it. */
interface Heir {
  readonly importId: string;
  readonly scannedAt: Date;
  /** In what it says something else, if nothing newer was known. */
  readonly saw: Readonly<Record<string, unknown>>;
}

export interface Heirs {
  readonly findings: ReadonlyMap<string, Heir>;
  /** Of what became of the issue. */
  readonly issue: Heir | undefined;
}

/** Imports that were written after another one and not taken back, in the order in which they were. */
export const laterOf = ({ id, applied_at }: Pick<ImportRow, 'id' | 'applied_at'>): RawBuilder<unknown> => sql`
  SELECT i.id, i.tool, i.scanned_at, row_number() OVER (ORDER BY i.applied_at NULLS LAST, i.id) AS nth
  FROM vulnerability_import i WHERE i.state IN ('applying', 'applied', 'undoing')
    AND (coalesce(i.applied_at, 'infinity'), i.id) > (${applied_at?.toISOString() ?? 'infinity'}::timestamptz, ${id}::uuid)`;

type Later = Pick<BeforeRow, 'import_id' | 'object_id' | 'was' | 'said' | 'saw'> & { readonly scanned_at: Date };

const timeIn = (was: Readonly<Record<string, unknown>>, column: string): number =>
  typeof was[column] === 'string' ? Date.parse(was[column]) : Number.NEGATIVE_INFINITY;

/** Whether a later import says the same of a finding as one that made or changed it. */
function says(later: Later, { was }: BeforeRow): boolean {
  // Of nothing that was changed nothing has to be said.
  if (was !== null && !('last_import_id' in was)) return false;
  const wrote = later.was !== null && 'last_import_id' in later.was;
  // It proved the finding gone: another one does, or opened it again.
  if (was?.open === true) return later.said === 'gone' || (later.was !== null && 'open' in later.was);
  // It saw it.
  if (wrote) return was !== null || later.was?.open !== true;
  if (later.said !== 'same') return false;
  return was === null || later.scanned_at.getTime() > Math.max(timeIn(was, 'last_seen_at'), timeIn(was, 'closed_at'));
}

/** Who stands for what an import said once it is taken back: the next that said so, too. */
export async function heirsOf(db: Db, found: ImportRow, kept: Kept): Promise<Heirs> {
  const ids = [...kept.findings.keys(), ...(kept.issue === undefined ? [] : [kept.issue.object_id])];
  const { rows } = await sql<Later>`
    SELECT b.import_id, b.object_id, b.was, b.said, b.saw, i.scanned_at
    FROM vulnerability_import_before b JOIN (${laterOf(found)}) i ON i.id = b.import_id
    WHERE b.object_id = ANY(${ids}::uuid[]) AND NOT b.settled ORDER BY i.nth`.execute(db);
  const findings = new Map<string, Heir>();
  for (const later of rows) {
    const before = kept.findings.get(later.object_id);
    if (before !== undefined && !findings.has(later.object_id) && says(later, before))
      findings.set(later.object_id, heirOf(later));
  }
  const before = kept.issue?.was ?? null;
  const moved = (was: BeforeRow['was']) => was !== null && 'state' in was;
  const issue = rows.find(
    ({ object_id, was, said }) =>
      before !== null && object_id === kept.issue?.object_id && (moved(was) || (said === 'same' && moved(before))),
  );
  return { findings, issue: issue === undefined ? undefined : heirOf(issue) };
}

const heirOf = ({ import_id, scanned_at, saw }: Later): Heir => ({
  importId: import_id,
  scannedAt: scanned_at,
  saw: saw ?? {},
});

/** What was before one import was before the next one from now on. */
const inherit = (tx: Tx, { import_id, kind, object_id }: BeforeRow, to: Heir) =>
  sql`
  INSERT INTO vulnerability_import_before AS b (import_id, kind, object_id, unit_path, was, step_before, step_after,
    key_after)
  SELECT ${to.importId}, kind, object_id, unit_path, was, step_before, step_after, key_after
  FROM vulnerability_import_before WHERE import_id = ${import_id} AND kind = ${kind} AND object_id = ${object_id}
  ON CONFLICT (import_id, kind, object_id) DO UPDATE
    SET was = b.was || excluded.was, step_before = excluded.step_before`.execute(tx.db);

/** A finding that another import stands for says what that one says. */
async function speakFor(tx: Tx, { import_id, was }: BeforeRow, finding: FindingRow, heir: Heir): Promise<void> {
  const { importId, scannedAt, saw } = heir;
  const last = finding.last_import_id === import_id;
  if (last) await putBack(tx, 'vulnerability_finding', finding.id, saw);
  const closed = was?.open === true;
  const patch = {
    ...(was === null ? { first_import_id: importId, first_seen_at: scannedAt } : {}),
    ...(last ? { last_import_id: importId, ...(closed ? { closed_at: scannedAt } : { last_seen_at: scannedAt }) } : {}),
  };
  if (Object.keys(patch).length > 0)
    await tx.db.updateTable('vulnerability_finding').set(patch).where('id', '=', finding.id).execute();
}

/**
 * Takes an import out from under those that came after it and said the same: what it found or closed is theirs, as though it
 * had not come. What only it said of the issue is as it was before.
 */
export async function handOver(
  tx: Tx,
  issue: IssueRow,
  kept: Kept,
  heirs: Heirs,
  own: readonly FindingRow[],
): Promise<void> {
  const heir = heirs.issue ?? heirs.findings.values().next().value;
  // Nobody stands for it: the ledger itself moved the issue, and it stays as it is.
  if (heir === undefined) return;
  for (const finding of own) {
    const before = kept.findings.get(finding.id);
    if (before === undefined) continue;
    const next = heirs.findings.get(finding.id);
    if (next === undefined) await restoreFinding(tx, before, finding);
    else {
      await inherit(tx, before, next);
      await speakFor(tx, before, finding, next);
    }
  }
  for (const row of [kept.issue, ...kept.requests]) if (row !== undefined) await inherit(tx, row, heir);
  const left = await findingsOfIssues(tx.db, [issue.id]);
  await settleLeft(tx, issue.id, left);
}
