import type { Tx } from '#platform/context.ts';
import { endRequest, moveIssue } from '../step.ts';
import { ACTIVE } from '../workflow.ts';
import { findingsOfIssues, type IssueRow, lockIssues, lockIssuesOn, rekeyed } from './store.ts';

/** Whose issues become whose. */
export interface Adoption {
  /** Keys of the targets. */
  readonly from: string;
  readonly to: string;
  /** Of the asset that has them from now on. */
  readonly assetId: string | null;
  readonly unitPath: string;
  /** When it was found out. */
  readonly at: Date;
}

/**
 * What was found on one target becomes another's: of a host that came into the ledger, of an asset that turned out to be
 * another one. Where the other one has the same issue already, its own one stays and the findings join it; it is open again
 * when it was closed and the other one is not. What a person decided of either is left as it is.
 */
export async function adoptIssues(tx: Tx, { from, to, unitPath, assetId, at }: Adoption): Promise<void> {
  const old = await lockIssuesOn(tx.db, from);
  const taken = await lockIssues(
    tx.db,
    old.map((issue) => rekeyed(issue.issue_key, from, to)),
  );
  const takenBy = new Map(taken.map((issue) => [issue.issue_key, issue]));
  for (const issue of old) {
    const issueKey = rekeyed(issue.issue_key, from, to);
    const same = takenBy.get(issueKey);
    if (same !== undefined) {
      await join(tx, issue, same, at);
      continue;
    }
    const owner = { unit_path: unitPath, target_key: to };
    await tx.db
      .updateTable('vulnerability_issue')
      .set({ ...owner, issue_key: issueKey, asset_id: assetId, changed_at: tx.clock.now(), version: issue.version + 1 })
      .where('id', '=', issue.id)
      .execute();
    await tx.db
      .updateTable('vulnerability_step')
      .set({ unit_path: unitPath })
      .where('issue_id', '=', issue.id)
      .execute();
    for (const finding of await findingsOfIssues(tx.db, [issue.id])) {
      await tx.db
        .updateTable('vulnerability_finding')
        .set({ ...owner, finding_key: rekeyed(finding.finding_key, from, to) })
        .where('id', '=', finding.id)
        .execute();
    }
  }
}

/** Closes an issue because the target has the same one. */
async function join(tx: Tx, issue: IssueRow, same: IssueRow, at: Date): Promise<void> {
  await tx.db
    .updateTable('vulnerability_finding')
    .set({ open: false, closed_at: at })
    .where('issue_id', '=', issue.id)
    .execute();
  if (!ACTIVE.includes(issue.state)) return;
  await moveIssue(tx, issue, 'join', '', { closed_at: at });
  if (issue.state === 'acceptance') await endRequest(tx, issue.id, 'ended');
  if (same.state === 'closed') await moveIssue(tx, same, 'seen_again', '', { closed_at: null, order_id: null });
}
