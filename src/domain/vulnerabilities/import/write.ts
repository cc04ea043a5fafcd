import { sql } from 'kysely';
import type { KnownFinding, PlannedFinding } from '#engine/vulnerability/plan.ts';
import type { Tx } from '#platform/context.ts';
import { deadlineOf } from '../deadline.ts';
import { exploitationOf } from '../exploitation.ts';
import { mendingPolicy } from '../policy.ts';
import { issueFacts, rated } from '../rating.ts';
import { endRequest, moveIssue, stepRow } from '../step.ts';
import { ACTIVE } from '../workflow.ts';
import { adoptIssues } from './adopt.ts';
import type { JudgedTarget } from './judge.ts';
import { keepSaid, saidOf } from './said.ts';
import {
  type FindingRow,
  findingsOfIssues,
  type ImportRow,
  type IssueRow,
  inPieces,
  lockIssues,
  lockIssuesById,
  updateRows,
} from './store.ts';
import type { ResolvedTarget } from './targets.ts';

/** Identifiers of the issues that changed, for the journal. */
export interface Written {
  readonly created: string[];
  readonly closed: string[];
  readonly reopened: string[];
  readonly updated: number;
}

/** Writes what a report changes on some targets: findings first, then the issues above them. */
export async function writeTargets(tx: Tx, found: ImportRow, judged: readonly JudgedTarget[]): Promise<Written> {
  const written: Written = { created: [], closed: [], reopened: [], updated: 0 };
  let updated = 0;
  for (const target of judged) updated += await writeTarget(tx, found, target, written);
  return { ...written, updated };
}

async function writeTarget(
  tx: Tx,
  found: ImportRow,
  { resolved, plan }: JudgedTarget,
  written: Written,
): Promise<number> {
  const { key, hostKey, unitPath, assetId } = resolved;
  if (key !== hostKey) await adoptIssues(tx, { from: hostKey, to: key, unitPath, assetId, at: found.scanned_at });
  const touched = new Map<string, IssueRow>();
  const keys = [...new Set(plan.findings.map(({ issueKey }) => issueKey))];
  const known = new Map((await lockIssues(tx.db, keys)).map((issue) => [issue.issue_key, issue]));
  const fresh = await createIssues(tx, found, resolved, plan.findings, known);
  for (const issue of [...known.values(), ...fresh]) touched.set(issue.id, issue);
  const idOf = new Map([...touched.values()].map((issue) => [issue.issue_key, issue]));
  await insertFindings(
    tx,
    found,
    resolved,
    plan.findings.filter(({ verdict }) => verdict === 'create'),
    idOf,
  );
  const seen = plan.findings.flatMap((one) =>
    one.known !== undefined && one.newer ? seenAgain(found, resolved, one.known, one) : [],
  );
  await updateRows(tx.db, 'vulnerability_finding', seen);
  await keepSaid(tx, found, plan);
  const closedIds = plan.closed.map(({ id }) => id);
  if (closedIds.length > 0) {
    await tx.db
      .updateTable('vulnerability_finding')
      .set({ open: false, closed_at: found.scanned_at, last_import_id: found.id })
      .where(sql<boolean>`id = ANY(${closedIds}::uuid[])`)
      .execute();
    const others = plan.closed.map(({ issueId }) => issueId).filter((id) => !touched.has(id));
    for (const issue of await lockIssuesById(tx.db, [...new Set(others)])) touched.set(issue.id, issue);
  }
  const sighted = new Set(plan.findings.filter(({ newer }) => newer).map(({ issueKey }) => issueKey));
  await settleIssues(tx, found, resolved, touched, sighted, written);
  const freshIds = new Set(fresh.map(({ id }) => id));
  written.created.push(...freshIds);
  return plan.findings.filter(({ verdict }) => verdict === 'update').length;
}

/** A bare issue for each new key; its facts are settled from the findings afterwards. */
async function createIssues(
  tx: Tx,
  found: ImportRow,
  resolved: ResolvedTarget,
  planned: readonly PlannedFinding[],
  known: ReadonlyMap<string, IssueRow>,
): Promise<IssueRow[]> {
  const missing = new Map(planned.filter(({ issueKey }) => !known.has(issueKey)).map((one) => [one.issueKey, one]));
  if (missing.size === 0) return [];
  const now = tx.clock.now();
  const policy = await mendingPolicy(tx.db);
  const rows = [...missing.values()].map(({ finding, primary, issueKey }) => {
    const grade = finding.grade === 'info' ? ('low' as const) : finding.grade;
    const rating = rated(
      policy,
      grade,
      { known: false, ransomware: false, probability: null },
      resolved.exposure,
      resolved.stake,
    );
    return {
      id: tx.ids.next(),
      unit_path: resolved.unitPath,
      target_key: resolved.key,
      issue_key: issueKey,
      asset_id: resolved.assetId,
      target: resolved.target.name,
      primary_id: primary.slice(0, 300),
      title: finding.title,
      ids: [...finding.ids],
      grade,
      score: finding.score,
      confidence: finding.confidence,
      place: finding.place.value,
      tools: [],
      solution: finding.solution,
      installed_version: finding.installedVersion,
      fixed_version: finding.fixedVersion,
      state: 'open' as const,
      state_at: now,
      priority: rating.priority,
      reasons: JSON.stringify(rating.reasons),
      first_seen_at: found.scanned_at,
      last_seen_at: found.scanned_at,
      closed_at: null,
      changed_at: now,
    };
  });
  await inPieces(rows, (piece) => tx.db.insertInto('vulnerability_issue').values(piece).execute());
  const steps = rows.map((issue) =>
    stepRow(tx, issue, 'open', { action: 'found', text: `${found.tool} · ${found.file_name}` }),
  );
  await inPieces(steps, (piece) => tx.db.insertInto('vulnerability_step').values(piece).execute());
  return lockIssues(tx.db, [...missing.keys()]);
}

async function insertFindings(
  tx: Tx,
  found: ImportRow,
  resolved: ResolvedTarget,
  planned: readonly PlannedFinding[],
  issues: ReadonlyMap<string, IssueRow>,
): Promise<void> {
  const rows = planned.flatMap(({ finding, key, issueKey }) => {
    const issue = issues.get(issueKey);
    if (issue === undefined) return [];
    // An old report of another tool tells of a weakness that was mended since.
    const over = issue.state === 'closed' && issue.closed_at !== null && found.scanned_at <= issue.closed_at;
    return [
      {
        id: tx.ids.next(),
        unit_path: resolved.unitPath,
        issue_id: issue.id,
        target_key: resolved.key,
        finding_key: key,
        tool: found.tool,
        rule: finding.rule,
        ...saidOf(finding),
        place_kind: finding.place.kind,
        place: finding.place.value,
        open: !over,
        credentialed: resolved.target.credentialed === true,
        ports: resolved.target.ports,
        first_seen_at: found.scanned_at,
        last_seen_at: found.scanned_at,
        closed_at: over ? issue.closed_at : null,
        first_import_id: found.id,
        last_import_id: found.id,
      },
    ];
  });
  await inPieces(rows, (piece) => tx.db.insertInto('vulnerability_finding').values(piece).execute());
}

/** What is written of a finding that was seen again. */
function seenAgain(found: ImportRow, resolved: ResolvedTarget, known: KnownFinding, one: PlannedFinding) {
  // Seen later than by anything so far, but before it was proved gone.
  const over = !known.open && one.verdict !== 'reopen';
  return {
    id: known.id,
    ...saidOf(one.finding),
    open: !over,
    closed_at: over ? known.closedAt : null,
    credentialed: known.credentialed || resolved.target.credentialed === true,
    ports: resolved.target.ports,
    last_seen_at: found.scanned_at,
    last_import_id: found.id,
  };
}

const FACTS = [
  'title',
  'ids',
  'grade',
  'score',
  'confidence',
  'place',
  'tools',
  'solution',
  'installed_version',
  'fixed_version',
  'first_seen_at',
  'last_seen_at',
] as const;

/** Brings every touched issue in line with its findings, and moves it when a scan proves something. */
async function settleIssues(
  tx: Tx,
  found: ImportRow,
  resolved: ResolvedTarget,
  touched: ReadonlyMap<string, IssueRow>,
  sighted: ReadonlySet<string>,
  written: Written,
): Promise<void> {
  if (touched.size === 0) return;
  const findings = Map.groupBy(await findingsOfIssues(tx.db, [...touched.keys()]), (row) => row.issue_id);
  const exploited = await exploitationOf(
    tx.db,
    [...touched.values()].flatMap(({ ids }) => ids),
  );
  const policy = await mendingPolicy(tx.db);
  const settled: ReturnType<typeof settledRow>[] = [];
  for (const issue of touched.values()) {
    const own = findings.get(issue.id) ?? [];
    if (own.length === 0) continue;
    const facts = issueFacts(own);
    const rating = rated(policy, facts.grade, exploited(facts.ids), resolved.exposure, resolved.stake);
    const differs =
      FACTS.some((name) => JSON.stringify(issue[name]) !== JSON.stringify(facts[name])) ||
      rating.priority !== issue.priority;
    // A deadline is given once; it is given anew only when the weakness comes back or becomes more pressing.
    const move = moveFor(issue, own, sighted.has(issue.issue_key), found.scanned_at);
    const pressing = issue.deadline_at === null || rating.priority < issue.priority || move === 'seen_again';
    const deadline =
      pressing && move !== 'gone' && (move === 'seen_again' || ACTIVE.includes(issue.state))
        ? await deadlineOf(tx.db, policy, issue.unit_path, rating.priority, tx.clock.now())
        : {};
    if (move === undefined) {
      if (differs || 'deadline_at' in deadline)
        settled.push({ ...settledRow(tx, issue), ...facts, ...deadline, ...rating });
      continue;
    }
    const patch = { ...facts, ...deadline, priority: rating.priority, reasons: JSON.stringify(rating.reasons) };
    const text = `${found.tool} · ${found.file_name}`;
    if (move === 'gone') {
      await moveIssue(tx, issue, 'gone', text, { ...patch, closed_at: found.scanned_at });
      if (issue.state === 'acceptance') await endRequest(tx, issue.id, 'ended');
      written.closed.push(issue.id);
    } else {
      const regressions = issue.regressions + (issue.state === 'closed' ? 1 : 0);
      await moveIssue(tx, issue, 'seen_again', text, { ...patch, closed_at: null, order_id: null, regressions });
      written.reopened.push(issue.id);
    }
  }
  await updateRows(tx.db, 'vulnerability_issue', settled);
}

/** The columns of an issue that stay as they are unless a report says something else of it, and its next version. */
const settledRow = (tx: Tx, issue: IssueRow) => ({
  id: issue.id,
  deadline_at: issue.deadline_at,
  deadline_days: issue.deadline_days,
  deadline_provisional: issue.deadline_provisional,
  calendar_version: issue.calendar_version,
  changed_at: tx.clock.now(),
  version: issue.version + 1,
});

/**
 * What a report proves about an issue: gone when no tool sees it any more, seen again when it was closed, or said to be
 * mended, before the scan. What a person decided is no state that a report may leave.
 */
function moveFor(
  issue: IssueRow,
  findings: readonly FindingRow[],
  sighted: boolean,
  scannedAt: Date,
): 'gone' | 'seen_again' | undefined {
  const anyOpen = findings.some(({ open }) => open);
  if (!anyOpen) return ACTIVE.includes(issue.state) ? 'gone' : undefined;
  if (!sighted) return undefined;
  if (issue.state === 'closed')
    return issue.closed_at === null || scannedAt > issue.closed_at ? 'seen_again' : undefined;
  return issue.state === 'retest' && scannedAt > issue.state_at ? 'seen_again' : undefined;
}
