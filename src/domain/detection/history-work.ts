import { type Detection, raiseDetections } from '#domain/alerts/index.ts';
import { heldIn } from '#domain/telemetry/index.ts';
import { evaluate, explain } from '#engine/condition/evaluate.ts';
import { type Held, restNamesOf } from '#engine/condition/sql.ts';
import { fromRow } from '#engine/fields/row.ts';
import type { CorrelationHit } from '#engine/sigma/correlator-part.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { correlationDetection, detectionOf } from './detect.ts';
import { errorText } from './error-text.ts';
import { HistoryCorrelator } from './history-correlate.ts';
import { type HistoryRules, readHistoryRules } from './history-rules.ts';
import { countsSql, eventsSql, firstSql, hitsSql, lookedAtSql, type Past, packsOf } from './history-sql.ts';
import {
  addRuleResults,
  addRunStep,
  endRun,
  findRun,
  knownIds,
  loadRunState,
  type RuleResult,
  type RunRow,
  saveRunState,
} from './history-store.ts';
import type { Catalogue, RuleSummary } from './rule.ts';
import { insertDetections, takeBatch } from './store.ts';

const TIMEOUT_MS = 60_000;
/** Detections of one rule raised from one part; more are counted as `cut`. */
const KEPT_PER_RULE = 2_000;
/** Detections one run raises at most. */
const RAISED_MAX = 10_000;
/**
 * Parts of the past: the first as long as so many events lie in it, shorter ones after the store's bounds were reached, longer
 * ones after quick ones.
 */
const PART_EVENTS = 1_000_000;
const CHUNK_SECONDS_MIN = 300;
const CHUNK_SECONDS_MAX = 366 * 86_400;
const QUICK_MS = 15_000;
const SLOW_MS = 60_000;
/** With fewer events it is understanding the rules that takes long, which a shorter part would only repeat. */
const FEW_EVENTS = 200_000;
/** All parts of one run together, in work. */
const WORK_MS_MAX = 4 * 3_600_000;

/** The store's time or memory did not suffice. */
const isBound = (error: unknown): boolean =>
  error instanceof AppError && (error.reason === 'events.timeout' || error.reason === 'events.memory');

/** What was found in one part of the past. */
interface Part {
  readonly past: Past;
  readonly events: number;
  readonly hits: ReadonlyMap<string, number>;
  readonly errors: ReadonlyMap<string, string>;
  readonly detections: readonly Detection[];
}

/** A run that is being worked on. */
interface Work {
  readonly ctx: Ctx;
  readonly rules: HistoryRules;
  readonly summaries: ReadonlyMap<string, RuleSummary>;
  readonly correlator: HistoryCorrelator;
}

/**
 * Works on a run until it ends or `budgetMs` is over. Each part commits its alerts, its progress and what correlations
 * remember in one transaction, so that it can go on after a restart at the part that was not finished.
 *
 * @returns true when there is more to do
 */
export async function workOnRun(ctx: Ctx, catalogue: Catalogue, runId: string, budgetMs: number): Promise<boolean> {
  const first = await ctx.read((db) => findRun(db, runId));
  if (first?.state !== 'running') return false;
  const rules = await readHistoryRules(ctx.config, catalogue, first.rule_ids);
  const correlator = new HistoryCorrelator(ctx, rules);
  const summaries = new Map(catalogue.rules.map((rule) => [rule.id, rule]));
  const work: Work = { ctx, rules, summaries, correlator };
  const until = performance.now() + budgetMs;
  for (;;) {
    const run = await ctx.read((db) => findRun(db, runId));
    if (run?.state !== 'running') return false;
    const over = reasonToEnd(run);
    if (over) {
      await ctx.transaction((tx) => endRun(tx.db, runId, over.state, over.error, tx.clock.now()));
      return false;
    }
    await step(work, run);
    if (performance.now() > until) return true;
  }
}

function reasonToEnd(run: RunRow): { state: RunRow['state']; error: string } | undefined {
  if (run.stop_asked_by !== '') return { state: 'stopped', error: '' };
  if (run.done_to_at >= run.to_at) return { state: 'done', error: '' };
  return Number(run.work_ms) > WORK_MS_MAX ? { state: 'stopped', error: 'run.too-long' } : undefined;
}

/** How long a part may be so that about `PART_EVENTS` of these events lie in it. */
const fittingSeconds = (spanMs: number, events: number): number => {
  const fitting = Math.ceil((spanMs / 1000) * Math.min(1, PART_EVENTS / Math.max(1, events)));
  return Math.min(CHUNK_SECONDS_MAX, Math.max(CHUNK_SECONDS_MIN, fitting));
};

/** One part of the past; when it was too much for the store, the next attempt takes half of it. */
async function step(work: Work, run: RunRow): Promise<void> {
  const { ctx } = work;
  const startedMs = performance.now();
  const fromMs = run.done_to_at.getTime();
  const toMs = run.to_at.getTime();
  const { firstMs, events } = await aheadOf(ctx, { fromMs, toMs, unitPath: run.unit_path });
  const over = firstMs >= toMs;
  const chunkSeconds = run.chunk_seconds || fittingSeconds(toMs - fromMs, events);
  if (firstMs - fromMs > run.chunk_seconds * 1000 && !(over && work.correlator.needed)) {
    // Nothing happened for longer than a part. What correlations wait for is judged with the next part.
    const skipped = { doneToAt: new Date(firstMs), chunkSeconds: run.chunk_seconds, events: 0, workMs: 0 };
    await ctx.transaction((tx) => addRunStep(tx.db, run, skipped, []));
    return;
  }
  const past: Past = {
    fromMs,
    toMs: over ? toMs : Math.min(toMs, fromMs + chunkSeconds * 1000),
    unitPath: run.unit_path,
  };
  try {
    const part = await findIn(work, past, run, chunkSeconds <= CHUNK_SECONDS_MIN);
    const workMs = Math.round(performance.now() - startedMs);
    await commitPart(work, run, part, { workMs, chunkSeconds: nextChunkSeconds(chunkSeconds, workMs, part.events) });
  } catch (error) {
    if (!isBound(error) || chunkSeconds <= CHUNK_SECONDS_MIN) throw error;
    const half = Math.max(CHUNK_SECONDS_MIN, Math.floor(chunkSeconds / 2));
    const workMs = Math.max(1, Math.round(performance.now() - startedMs));
    const again = { doneToAt: run.done_to_at, chunkSeconds: half, events: 0, workMs };
    await ctx.transaction((tx) => addRunStep(tx.db, run, again, []));
  }
}

/** What the rules of a run are asked of. */
interface Asked {
  readonly ctx: Ctx;
  readonly past: Past;
  readonly held: Held;
}

/**
 * What the events of a past have in `rest`. Most names that rules look for there are in none of them, and a query without
 * them is a fraction as long: understanding it is what many rules over few events cost.
 */
async function heldOf(ctx: Ctx, { fromMs, toMs }: Past, rules: readonly SigmaRule[]): Promise<Held> {
  const asked = new Set(rules.flatMap(({ condition }) => [...restNamesOf(condition)]));
  const span = { from: new Date(fromMs), to: new Date(toMs) };
  const { restNames } = await heldIn(ctx, span, { everywhere: false, restNames: asked });
  return { restHas: (name) => restNames.has(name) };
}

/** When the next event is, or where the past ends, and how many there are. */
async function aheadOf(ctx: Ctx, past: Past): Promise<{ readonly firstMs: number; readonly events: number }> {
  const limits = { timeoutMs: TIMEOUT_MS, rowsMax: 1, tag: 'detection.history.first' };
  const [row] = await ctx.events.query<{ first: string; events: number }>(firstSql(past), limits);
  if (!row || row.events === 0) return { firstMs: past.toMs, events: 0 };
  return { firstMs: Math.max(past.fromMs, Date.parse(`${row.first.replace(' ', 'T')}Z`)), events: row.events };
}

/** @param shortest no shorter part can be tried */
async function findIn(work: Work, past: Past, run: RunRow, shortest: boolean): Promise<Part> {
  const { ctx, rules, summaries, correlator } = work;
  const hits = new Map<string, number>();
  const errors = new Map<string, string>();
  const asked: Asked = { ctx, past, held: await heldOf(ctx, past, rules.rules) };
  for (const pack of packsOf(rules.rules)) await countPack(asked, pack, shortest, hits, errors);
  const events = await lookedAt(asked, rules.rules);
  const detections: Detection[] = [];
  const room = (): number => RAISED_MAX - Number(run.raised) - detections.length;
  for (const rule of rules.rules) {
    const summary = summaries.get(rule.id);
    if (!summary || summary.silent || !run.raises || (hits.get(rule.id) ?? 0) === 0) continue;
    const max = Math.min(KEPT_PER_RULE, room());
    if (max > 0) detections.push(...(await fetchHits(asked, rule, summary, max, errors)));
  }
  if (correlator.needed) {
    correlator.restore(await ctx.read((db) => loadRunState(db, run.id)));
    const answer = await correlator.feed(ctx, past);
    for (const { correlationId, limit, count } of answer.limits) errors.set(correlationId, `${limit}: ${count}`);
    const wanted = answer.hits.filter(({ correlation }) => run.rule_ids.includes(correlation.id));
    for (const { correlation } of wanted) hits.set(correlation.id, (hits.get(correlation.id) ?? 0) + 1);
    const raised = run.raises ? wanted.filter(({ correlation }) => !summaries.get(correlation.id)?.silent) : [];
    detections.push(...(await wholeCorrelations(ctx, past, summaries, raised.slice(0, room()))));
  }
  return { past, events, hits, errors, detections: detections.map((one) => ({ ...one, foundInHistory: true })) };
}

/** Counts the hits of many rules with one query; splits the rules when they are too much together. */
async function countPack(
  asked: Asked,
  pack: readonly SigmaRule[],
  shortest: boolean,
  hits: Map<string, number>,
  errors: Map<string, string>,
): Promise<void> {
  const { ctx, past, held } = asked;
  try {
    const limits = { timeoutMs: TIMEOUT_MS, tag: 'detection.history.count' };
    const [row] = await ctx.events.query<Record<string, number>>(countsSql(past, pack, held), limits);
    pack.forEach(({ id }, index) => {
      const count = row?.[`n${index}`] ?? 0;
      if (count > 0) hits.set(id, count);
    });
  } catch (error) {
    const [only] = pack;
    if (pack.length > 1) {
      const half = pack.length >> 1;
      await countPack(asked, pack.slice(0, half), shortest, hits, errors);
      await countPack(asked, pack.slice(half), shortest, hits, errors);
      return;
    }
    if (isBound(error) && !shortest) throw error;
    // One rule that cannot be asked of even a short part must not keep the others from being asked.
    if (only) errors.set(only.id, errorText(error));
  }
}

/** How many events of the part are of the log source of any rule. */
async function lookedAt({ ctx, past }: Asked, rules: readonly SigmaRule[]): Promise<number> {
  if (rules.length === 0) return 0;
  const limits = { timeoutMs: TIMEOUT_MS, rowsMax: 1, tag: 'detection.history.events' };
  const [row] = await ctx.events.query<{ events: number }>(lookedAtSql(past, rules), limits);
  return row?.events ?? 0;
}

/** The events of a rule's hits, with what matched. The live meaning has the last word on each. */
async function fetchHits(
  { ctx, past, held }: Asked,
  rule: SigmaRule,
  summary: RuleSummary,
  max: number,
  errors: Map<string, string>,
): Promise<Detection[]> {
  const limits = { timeoutMs: TIMEOUT_MS, rowsMax: max, tag: 'detection.history.hits' };
  const rows = await ctx.events.query<Record<string, unknown>>(hitsSql(past, rule, max, held), limits);
  return rows.map(fromRow).flatMap((event) => {
    if (evaluate(rule.condition, event))
      return [detectionOf(summary, event, { matched: explain(rule.condition, event) })];
    errors.set(rule.id, `SQL and live evaluation differ on event ${event.id}`);
    return [];
  });
}

/** Correlations' detections, each with the whole of the event that stands for it. */
async function wholeCorrelations(
  ctx: Ctx,
  past: Past,
  summaries: ReadonlyMap<string, RuleSummary>,
  hits: readonly CorrelationHit[],
): Promise<Detection[]> {
  if (hits.length === 0) return [];
  // A time span that ended in this part can have begun long before it.
  const fromMs = hits.reduce((earliest, { event }) => Math.min(earliest, event.timeMs), past.toMs);
  const ids = [...new Set(hits.map(({ event }) => event.id))];
  const limits = { timeoutMs: TIMEOUT_MS, rowsMax: ids.length, tag: 'detection.history.event' };
  const rows = await ctx.events.query<Record<string, unknown>>(eventsSql({ ...past, fromMs }, ids), limits);
  const whole = new Map(rows.map(fromRow).map((event) => [event.id, event]));
  return hits.flatMap((hit) => {
    const summary = summaries.get(hit.correlation.id);
    return summary ? [correlationDetection(summary, { ...hit, event: whole.get(hit.event.id) ?? hit.event })] : [];
  });
}

const nextChunkSeconds = (seconds: number, workMs: number, events: number): number => {
  if (workMs < QUICK_MS || events < FEW_EVENTS) return Math.min(CHUNK_SECONDS_MAX, seconds * 4);
  return workMs > SLOW_MS ? Math.max(CHUNK_SECONDS_MIN, Math.floor(seconds / 2)) : seconds;
};

async function commitPart(
  { ctx, correlator, summaries }: Work,
  run: RunRow,
  part: Part,
  { workMs, chunkSeconds }: { readonly workMs: number; readonly chunkSeconds: number },
): Promise<void> {
  const batchId = `history-${run.id}-${part.past.fromMs}`;
  await ctx.transaction(async (tx) => {
    if (!(await takeBatch(tx.db, batchId, tx.clock.now()))) return;
    const known = await knownIds(
      tx.db,
      part.detections.map(({ id }) => id),
    );
    const fresh = part.detections.filter(({ id }) => !known.has(id));
    await raiseDetections(tx, fresh, batchId);
    await insertDetections(tx.db, fresh, tx.clock.now());
    const results = resultsOf(part, fresh, (id) => run.raises && summaries.get(id)?.silent === false);
    await addRuleResults(tx.db, run, results);
    const doneToAt = new Date(part.past.toMs);
    await addRunStep(tx.db, run, { doneToAt, chunkSeconds, events: part.events, workMs }, results);
    if (correlator.needed) await saveRunState(tx.db, run.id, correlator.correlator.snapshot());
    tx.publish({ topic: 'rule', id: run.id, action: 'rule.run', unitPath: run.unit_path, side: 'centre' });
  });
}

/** @param raises whether a rule's hits become alerts; those of others are only counted */
function resultsOf(part: Part, fresh: readonly Detection[], raises: (ruleId: string) => boolean): RuleResult[] {
  const tally = (detections: readonly Detection[]) =>
    detections.reduce((sums, { ruleId }) => sums.set(ruleId, (sums.get(ruleId) ?? 0) + 1), new Map<string, number>());
  const fetched = tally(part.detections);
  const raised = tally(fresh);
  const ids = new Set([...part.hits.keys(), ...part.errors.keys()]);
  return Array.from(ids, (ruleId) => {
    const hits = part.hits.get(ruleId) ?? 0;
    const found = fetched.get(ruleId) ?? 0;
    const own = raised.get(ruleId) ?? 0;
    const cut = raises(ruleId) ? hits - found : 0;
    return { ruleId, hits, raised: own, known: found - own, cut, error: part.errors.get(ruleId) ?? '' };
  });
}
