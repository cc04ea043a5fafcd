import { type Detection, raiseDetections } from '#domain/alerts/index.ts';
import type { CorrelationAnswer } from '#engine/sigma/correlator.ts';
import { inScope } from '#engine/sigma/logsource.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import type { Counting } from './counting.ts';
import { correlationDetection, detectionOf } from './detect.ts';
import { errorText } from './error-text.ts';
import { type Fault, insertFaults } from './faults.ts';
import type { Found } from './found.ts';
import { isolate } from './isolate.ts';
import type { FieldsSeen } from './ledger-store.ts';
import { addRuleCounts, addScopeCounts, Counts } from './ledger-store.ts';
import type { RuleSummary } from './rule.ts';
import { insertDetections, takeBatch } from './store.ts';

/** Detections of one rule kept from one batch; more are counted as `cut`. */
const KEPT_PER_RULE = 500;
const HOUR_MS = 3_600_000;

/** What is to be committed of one batch. */
export interface Outcome {
  readonly batchId: string;
  readonly found: Found;
  readonly answer: CorrelationAnswer;
  readonly detections: readonly Detection[];
  readonly faults: readonly Fault[];
  readonly counts: Counts;
}

/** Where an outcome goes besides the alerts. */
export interface Books {
  readonly counting: Pick<Counting, 'write'>;
  readonly fieldsSeen: FieldsSeen;
}

/** Makes detections of hits, and counts them. @param off ids of rules that are off */
export function outcomeOf(
  batchId: string,
  found: Found,
  answer: CorrelationAnswer,
  rules: ReadonlyMap<string, RuleSummary>,
  off: ReadonlySet<string>,
): Outcome {
  const counts = new Counts();
  const kept = new Map<string, number>();
  const detections: Detection[] = [];
  for (const hit of found.hits) {
    const rule = rules.get(hit.ruleId);
    if (!rule) continue;
    counts.add(rule.id, 'hits', 1);
    if (rule.silent) continue;
    const before = kept.get(rule.id) ?? 0;
    kept.set(rule.id, before + 1);
    if (before < KEPT_PER_RULE) detections.push(detectionOf(rule, hit.event, hit));
    else counts.add(rule.id, 'cut', 1);
  }
  for (const hit of answer.hits) {
    const rule = rules.get(hit.correlation.id);
    if (!rule || off.has(rule.id)) continue;
    counts.add(rule.id, 'hits', 1);
    if (!rule.silent) detections.push(correlationDetection(rule, hit));
  }
  for (const { correlationId, limit, count } of answer.limits) counts.limit(correlationId, limit, count);
  for (const [ruleId, count] of found.candidates) counts.add(ruleId, 'candidates', count);
  countSkipped(found, rules, off, counts);
  const faults = found.failed.map((failed): Fault => ({ stage: 'match', ...failed }));
  for (const { ruleId } of faults) if (ruleId !== '') counts.add(ruleId, 'errors', 1);
  return { batchId, found, answer, detections, faults, counts };
}

/** Events a rule would have been asked about, had it been on: a gap in its ledger. */
function countSkipped(
  found: Found,
  rules: ReadonlyMap<string, RuleSummary>,
  off: ReadonlySet<string>,
  counts: Counts,
): void {
  for (const id of off) {
    const rule = rules.get(id);
    if (rule?.kind !== 'rule') continue;
    for (const scope of found.scopes) if (inScope(rule.logsource, scope)) counts.add(id, 'skipped', scope.events);
  }
}

/** Commits a batch's outcome in one transaction; a batch that was committed before changes nothing. */
export async function commitOutcome(system: Ctx, outcome: Outcome, books: Books): Promise<void> {
  let committed = (): void => undefined;
  try {
    await system.transaction(async (tx) => {
      if (!(await takeBatch(tx.db, outcome.batchId, tx.clock.now()))) return;
      await raise(tx, outcome, outcome.detections);
      await keepBooks(tx, outcome, books);
      committed = await books.counting.write(tx.db);
    });
  } catch (error) {
    books.fieldsSeen.forget();
    throw error;
  }
  committed();
}

async function raise(tx: Tx, { batchId, counts }: Outcome, detections: readonly Detection[]): Promise<void> {
  const { suppressed } = await raiseDetections(tx, detections, batchId);
  for (const [ruleId, count] of Object.entries(suppressed)) counts.add(ruleId, 'suppressed', count);
  await insertDetections(tx.db, detections, tx.clock.now());
  if (detections.length > 0) {
    tx.publish({ topic: 'rule', id: batchId, action: 'rule.fired', unitPath: '/', side: 'centre' });
  }
}

async function keepBooks(tx: Tx, { batchId, found, faults, counts }: Outcome, books: Books): Promise<void> {
  const now = tx.clock.now();
  const hourAt = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS);
  await addScopeCounts(tx.db, hourAt, found.scopes);
  await addRuleCounts(tx.db, hourAt, counts);
  await books.fieldsSeen.write(tx.db, now, found.fields);
  await insertFaults(tx, batchId, faults);
}

/** Undoes a transaction that was only tried. */
class OnlyTried extends Error {}

/**
 * The outcome without the detections that cannot be committed; those become faults.
 * @throws when it is not the detections' fault (the record store is down)
 */
export async function withoutPoison(system: Ctx, outcome: Outcome): Promise<Outcome> {
  const attempt = (detections: readonly Detection[]): Promise<void> =>
    system
      .transaction(async (tx) => {
        await raiseDetections(tx, detections, outcome.batchId);
        await insertDetections(tx.db, detections, tx.clock.now());
        throw new OnlyTried();
      })
      .catch((error: unknown) => {
        if (!(error instanceof OnlyTried)) throw error;
      });
  const { sound, poison } = await isolate(outcome.detections, attempt);
  const faults = poison.map(({ item, error }): Fault => {
    outcome.counts.add(item.ruleId, 'errors', 1);
    return { stage: 'raise', ruleId: item.ruleId, event: item.event, error: errorText(error) };
  });
  return { ...outcome, detections: sound, faults: [...outcome.faults, ...faults] };
}
