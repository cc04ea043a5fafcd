import { z } from 'zod';
import { assetsById, supervisorOf } from '#domain/ledger/index.ts';
import { getUnit, namesAtPaths } from '#domain/organizations/index.ts';
import { prioritySentence } from '#engine/vulnerability/priority.ts';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { AppError, conflict, invalid, notFound } from '#platform/errors.ts';
import { acrossScopes } from '#platform/postgres/across-scopes.ts';
import type { Db } from '#platform/postgres/database.ts';
import { lockIssue, told } from './actions.ts';
import { deadlineOf } from './deadline.ts';
import { mendingPolicy } from './policy.ts';
import { type IssueRow, moveIssue, sideOf } from './step.ts';

const Text = z.string().trim().min(4, 'Say it in a few words').max(2000);

export const AcceptanceWish = z.object({
  reason: Text.describe('why it cannot be mended'),
  compensation: Text.describe('what is done instead'),
  expiresAt: z.iso.datetime({ offset: true }).describe('until when; then the issue is open again'),
});

/**
 * The supervising unit of an issue's asset, which decides about its risk.
 * @throws AppError `conflict` when the ledger names none, one that is in doubt, or the unit that would accept its own risk
 */
async function supervisorOfIssue(
  tx: Tx,
  { asset_id: assetId, unit_path: unitPath }: { readonly asset_id: string | null; readonly unit_path: string },
) {
  if (assetId === null) {
    throw conflict(
      'The host is not in the ledger: enter it there with its supervising unit first',
      'vulnerability.no_asset',
    );
  }
  const supervisor = await supervisorOf(tx.db, assetId, tx.clock.now());
  if (supervisor === null) {
    throw conflict(
      'The ledger names no supervising unit (主管) of the asset that this platform knows: name it there first',
      'vulnerability.no_supervisor',
    );
  }
  if (supervisor.inDoubt) {
    throw conflict(
      'The supervising unit (主管) of the asset is disputed, or its time is over or has not begun: settle it in the ledger first',
      'vulnerability.supervisor_in_doubt',
    );
  }
  const unit = await acrossScopes(tx.db, () => getUnit(tx, supervisor.id));
  // 谁主管谁负责 holds nobody to account where a unit, or one below it, stands over itself.
  if (unit.path.startsWith(unitPath)) {
    throw conflict(
      'The ledger names the unit itself as supervising unit (主管) of the asset: name the one above it',
      'vulnerability.supervisor_own',
    );
  }
  return unit;
}

/** A last day past the longest that policy allows is refused, and so is one that has passed. */
async function checkExpiry(db: Db, now: Date, expiresAt: Date): Promise<void> {
  const { acceptanceMonthsMax: monthsMax } = await mendingPolicy(db);
  const latest = new Date(now);
  latest.setUTCMonth(latest.getUTCMonth() + monthsMax);
  if (expiresAt <= now || expiresAt > latest) {
    throw invalid(`A risk is accepted for at most ${monthsMax} months`, [
      { at: '/expiresAt', message: `A day up to ${latest.toISOString().slice(0, 10)}`, reason: 'vulnerability.expiry' },
    ]);
  }
}

/** The unit asks its supervising holder to accept a risk. */
export const askAcceptance = action(
  'vulnerability.fix',
  AcceptanceWish.extend({ id: z.uuid() }),
  async (tx, { id, reason, compensation, expiresAt }) => {
    const issue = await lockIssue(tx, id);
    if (sideOf(tx) !== 'unit') throw new AppError('forbidden', { public: 'This move belongs to the unit' });
    const now = tx.clock.now();
    await checkExpiry(tx.db, now, new Date(expiresAt));
    const supervisor = await supervisorOfIssue(tx, issue);
    const asset = (await assetsById(tx.db, [issue.asset_id ?? ''])).get(issue.asset_id ?? '');
    const unit = (await namesAtPaths(tx.db, [issue.unit_path])).get(issue.unit_path);
    const to = await moveIssue(tx, issue, 'ask_acceptance', `${reason}\n${compensation}`);
    await tx.db
      .insertInto('vulnerability_acceptance')
      .values({
        id: tx.ids.next(),
        unit_path: issue.unit_path,
        approver_path: supervisor.path,
        approver_name: supervisor.name,
        issue_id: id,
        title: issue.title,
        primary_id: issue.primary_id,
        grade: issue.grade,
        priority: issue.priority,
        why: JSON.stringify(prioritySentence(issue.priority, issue.reasons)),
        asset_name: asset?.name ?? issue.target,
        unit_name: unit?.name ?? '',
        reason,
        compensation,
        expires_at: new Date(expiresAt),
        state: 'asked',
        asked_by: tx.actor.id,
        asked_by_name: tx.actor.name,
        asked_at: now,
        decided_by: null,
        decided_at: null,
      })
      .execute();
    told(tx, issue, 'ask_acceptance', to, reason);
    return { id };
  },
);

/** A request that still waits, held until the commit, for the unit that has to decide it. */
async function lockRequest(tx: Tx, id: string) {
  const request = await tx.db
    .selectFrom('vulnerability_acceptance')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (request === undefined) throw notFound('The request');
  if (request.state !== 'asked') throw conflict('The request was decided meanwhile', 'vulnerability.acceptance.over');
  // 谁主管谁负责: neither the unit itself, nor a centre above, decides in the supervising unit's place.
  if (tx.scope.path !== request.approver_path || sideOf(tx) !== 'unit') {
    throw new AppError('forbidden', {
      public: `Only the supervising unit of the asset decides: ${request.approver_name}`,
      reason: 'vulnerability.not_supervisor',
    });
  }
  if (request.asked_by === tx.actor.id) {
    throw conflict('Somebody else than who asked has to decide', 'vulnerability.acceptance.own');
  }
  return request;
}

/** Who was asked may have ceased to supervise the asset since. */
async function checkSupervisor(tx: Tx, issue: IssueRow, approverPath: string): Promise<void> {
  const { path } = await supervisorOfIssue(tx, issue);
  if (path === approverPath) return;
  throw conflict('Another unit supervises the asset now: it has to be asked anew', 'vulnerability.supervisor_changed');
}

const Decision = z.object({
  id: z.uuid(),
  reason: z.string().trim().min(4, 'Give the reason in a few words').max(2000),
});

const decide = (move: 'approve' | 'deny') =>
  action('vulnerability.approve', Decision, async (tx, { id, reason }) => {
    const request = await lockRequest(tx, id);
    const now = tx.clock.now();
    if (move === 'approve') await checkExpiry(tx.db, now, request.expires_at);
    await tx.db
      .updateTable('vulnerability_acceptance')
      .set({
        state: move === 'approve' ? 'approved' : 'denied',
        decided_by: tx.actor.id,
        decided_by_name: tx.actor.name,
        decided_at: now,
        decision: reason,
      })
      .where('id', '=', id)
      .execute();
    // The issue lies with the unit, which the supervising unit need not see.
    await acrossScopes(tx.db, async () => {
      const issue = await lockIssue(tx, request.issue_id);
      if (move === 'approve') await checkSupervisor(tx, issue, request.approver_path);
      const to = await moveIssue(tx, issue, move, `${request.approver_name}：${reason}`);
      told(tx, issue, move, to, reason);
    });
    return { id };
  });

export const approveAcceptance = decide('approve');
export const denyAcceptance = decide('deny');

/** The job that opens issues again whose acceptance is over. */
export const EXPIRE_JOB = 'vulnerabilities.expire';

const expireOne = action('vulnerability.approve', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const issue = await lockIssue(tx, id);
  await tx.db
    .updateTable('vulnerability_acceptance')
    .set({ state: 'expired' })
    .where('issue_id', '=', id)
    .where('state', '=', 'approved')
    .execute();
  const deadline = await deadlineOf(tx.db, await mendingPolicy(tx.db), issue.unit_path, issue.priority, tx.clock.now());
  const to = await moveIssue(tx, issue, 'expire', '', deadline);
  told(tx, issue, 'expire', to, '');
});

/** Opens every issue again whose accepted time has passed. @param system the platform's own context */
export async function expireAcceptances(system: Ctx): Promise<void> {
  const due = await system.read((db) =>
    db
      .selectFrom('vulnerability_acceptance as a')
      .innerJoin('vulnerability_issue as i', 'i.id', 'a.issue_id')
      .select('i.id')
      .where('a.state', '=', 'approved')
      .where('a.expires_at', '<=', system.clock.now())
      .where('i.state', '=', 'accepted')
      .orderBy('a.expires_at')
      .limit(1000)
      .execute(),
  );
  for (const { id } of due) await expireOne(system, { id });
}
