import { sql } from 'kysely';
import type { PlannedFinding, TargetPlan } from '#engine/vulnerability/plan.ts';
import type { Tx } from '#platform/context.ts';
import type { ImportRow } from './store.ts';

/** What a report says of a finding besides where it is. */
export const saidOf = (finding: PlannedFinding['finding']) => ({
  title: finding.title,
  ids: [...finding.ids],
  grade: finding.grade,
  graded_by: finding.gradedBy,
  score: finding.score,
  confidence: finding.confidence,
  evidence: finding.evidence,
  solution: finding.solution,
  installed_version: finding.installedVersion,
  fixed_version: finding.fixedVersion,
});

/** Reports that are kept as showing a finding gone besides the one that closed it: with a report a day those of a month. */
const PROOFS_MAX = 30;

/**
 * Keeps what a report says that is known already and changes nothing: it stands when the report that said so before is taken
 * back. What closed stays closed while one of the reports that show it gone is left: of each time that it went the first
 * thirty are kept. Keeping it of every report after would add a row a day to each that was ever mended.
 */
export async function keepSaid(tx: Tx, found: ImportRow, { findings, stillGone }: TargetPlan): Promise<void> {
  const seen = findings.flatMap(({ finding, known, newer }) => {
    if (known === undefined || newer) return [];
    const same = known.lastSeenAt.getTime() === found.scanned_at.getTime();
    return { id: known.id, saw: same ? null : JSON.stringify(saidOf(finding)) };
  });
  if (seen.length > 0) {
    await sql`
      INSERT INTO vulnerability_import_before (import_id, kind, object_id, unit_path, was, said, saw)
      SELECT ${found.id}, 'finding', f.id, f.unit_path, '{}', 'same', q.saw
      FROM unnest(${seen.map(({ id }) => id)}::uuid[], ${seen.map(({ saw }) => saw)}::jsonb[]) AS q (id, saw)
      JOIN vulnerability_finding f ON f.id = q.id
      ON CONFLICT (import_id, kind, object_id) DO UPDATE SET said = 'same', saw = excluded.saw`.execute(tx.db);
  }
  if (stillGone.length === 0) return;
  await sql`
    INSERT INTO vulnerability_import_before (import_id, kind, object_id, unit_path, was, said)
    SELECT ${found.id}, 'finding', f.id, f.unit_path, '{}', 'gone' FROM vulnerability_finding f
    JOIN vulnerability_import_before c ON c.import_id = f.last_import_id AND c.kind = 'finding' AND c.object_id = f.id
    WHERE f.id = ANY(${stillGone.map(({ id }) => id)}::uuid[]) AND NOT c.settled AND c.import_id <> ${found.id}
      AND (SELECT count(*) FROM vulnerability_import_before r WHERE r.object_id = f.id AND r.import_id <> c.import_id
          AND r.kind = 'finding' AND NOT r.settled AND r.written_in > c.written_in) < ${PROOFS_MAX}
    ON CONFLICT (import_id, kind, object_id) DO UPDATE SET said = 'gone'`.execute(tx.db);
}

/** Keeps that a supplier's statement says of issues what one before it said. */
export async function keepStated(tx: Tx, found: ImportRow, issues: readonly string[]): Promise<void> {
  if (issues.length === 0) return;
  await sql`
    INSERT INTO vulnerability_import_before (import_id, kind, object_id, unit_path, was, said)
    SELECT ${found.id}, 'issue', i.id, i.unit_path, '{}', 'same' FROM vulnerability_issue i
    WHERE i.id = ANY(${issues}::uuid[]) AND 'suppress' = (
      SELECT action FROM vulnerability_step s WHERE s.issue_id = i.id ORDER BY position DESC LIMIT 1)
    ON CONFLICT (import_id, kind, object_id) DO NOTHING`.execute(tx.db);
}
