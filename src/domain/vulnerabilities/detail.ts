import { z } from 'zod';
import { gradeRank } from '#engine/vulnerability/grade.ts';
import { allowedActions } from '#engine/workflow/workflow.ts';
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { findingsOfIssues } from './import/store.ts';
import { IssueView, issueViews } from './list.ts';
import { ISSUE_MOVES, issueWorkflow } from './workflow.ts';

const FINDINGS_MAX = 200;
const STEPS_MAX = 200;

export const IssueDetail = IssueView.extend({
  solution: z.string(),
  findings: z.array(
    z.object({
      id: z.uuid(),
      tool: z.string(),
      rule: z.string(),
      title: z.string(),
      place: z.string(),
      grade: z.string(),
      gradedBy: z.enum(['cvss3', 'cvss2', 'tool']),
      score: z.number().nullable(),
      confidence: z.string(),
      evidence: z.string(),
      open: z.boolean(),
      firstSeenAt: z.string(),
      lastSeenAt: z.string(),
      closedAt: z.string().nullable(),
      importId: z.uuid().describe('the import that said so last'),
    }),
  ),
  intelligence: z.array(
    z.object({
      id: z.string(),
      /** A day, as the catalogue says. */
      exploitedSince: z.iso.date().nullable(),
      ransomware: z.boolean(),
      name: z.string(),
      probability: z.number().nullable(),
      percentile: z.number().nullable(),
    }),
  ),
  steps: z.array(
    z.object({
      at: z.string(),
      action: z.string(),
      title: z.object({ zh: z.string(), en: z.string() }),
      from: z.string(),
      to: z.string(),
      by: z.string(),
      side: z.string(),
      text: z.string(),
    }),
  ),
  moves: z.array(
    z.object({
      move: z.enum(ISSUE_MOVES),
      title: z.object({ zh: z.string(), en: z.string() }),
      main: z.boolean(),
    }),
  ),
});

/** Lines of the history that are no moves. */
const OTHER_STEPS: Readonly<Record<string, { zh: string; en: string }>> = {
  found: { zh: '首次发现', en: 'Found' },
  ordered: { zh: '已拟整改通知', en: 'A rectification order was drafted' },
};

/** How a line of the history is called. */
export const stepTitle = (action: string) =>
  issueWorkflow.transitions.find((move) => move.action === action)?.title ??
  OTHER_STEPS[action] ?? { zh: action, en: action };

/** One issue with what each tool says, what is known of its exploitation, its history, and what the asking person may do. */
export async function issueDetail(ctx: Ctx, db: Db, id: string): Promise<z.input<typeof IssueDetail>> {
  const row = await db.selectFrom('vulnerability_issue').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw notFound('The vulnerability');
  const [view] = await issueViews(db, [row]);
  if (view === undefined) throw notFound('The vulnerability');
  const findings = (await findingsOfIssues(db, [id])).toSorted(
    (left, right) => Number(right.open) - Number(left.open) || gradeRank(left.grade) - gradeRank(right.grade),
  );
  const intelligence = await db
    .selectFrom('vulnerability_intelligence')
    .selectAll()
    .where('id', 'in', ['', ...row.ids])
    .execute();
  const steps = await db
    .selectFrom('vulnerability_step')
    .selectAll()
    .where('issue_id', '=', id)
    .orderBy('position', 'desc')
    .limit(STEPS_MAX)
    .execute();
  const asker = { side: ctx.scope.side, may: (permission: string) => ctx.may(permission) };
  return {
    ...view,
    solution: row.solution,
    findings: findings.slice(0, FINDINGS_MAX).map((finding) => ({
      id: finding.id,
      tool: finding.tool,
      rule: finding.rule,
      title: finding.title,
      place: finding.place,
      grade: finding.grade,
      gradedBy: finding.graded_by,
      score: finding.score,
      confidence: finding.confidence,
      evidence: finding.evidence,
      open: finding.open,
      firstSeenAt: finding.first_seen_at.toISOString(),
      lastSeenAt: finding.last_seen_at.toISOString(),
      closedAt: finding.closed_at?.toISOString() ?? null,
      importId: finding.last_import_id,
    })),
    intelligence: intelligence.map((one) => ({
      id: one.id,
      exploitedSince: one.exploited_since,
      ransomware: one.ransomware,
      name: one.name,
      probability: one.probability,
      percentile: one.percentile,
    })),
    steps: steps.map((step) => ({
      at: step.at.toISOString(),
      action: step.action,
      title: stepTitle(step.action),
      from: step.from_state,
      to: step.to_state,
      by: step.by_name,
      side: step.by_side,
      text: step.text,
    })),
    // Approving goes by the request, not by the issue.
    moves: allowedActions(issueWorkflow, row.state, asker)
      .filter(({ permission }) => permission !== 'vulnerability.approve')
      .map(({ action, title, main }) => ({
        move: action,
        title,
        main: main === true,
      })),
  };
}
