import { type Detection, raiseDetections } from '#domain/alerts/index.ts';
import { loadSources } from '#domain/telemetry/index.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { type CorrelationAnswer, Correlator } from '#engine/sigma/correlator.ts';
import type { Config } from '#platform/config.ts';
import type { Ctx } from '#platform/context.ts';
import { correlationDetection, detectionOf } from './detect.ts';
import type { Catalogue, RuleSummary } from './rule.ts';
import {
  addRuleCounts,
  addScopeCounts,
  dropGroups,
  insertDetections,
  loadGroups,
  type RuleCount,
  rulesOff,
  type ScopeCount,
  saveGroups,
  takeBatch,
  wasHandled,
} from './store.ts';
import { type Matched, RuleWorkers } from './workers.ts';

/** Detections of one rule kept from one batch; more are counted as `cut`. */
const KEPT_PER_RULE = 500;
const HOUR_MS = 3_600_000;
/** How often the rules that are off are asked for: another process may have changed them. */
const STATE_EVERY_MS = 5_000;
const EXPIRE_EVERY_MS = 600_000;

/** Counts for the evaluation ledger while a batch is worked on. */
class Counts {
  private readonly rules = new Map<string, { hits: number; suppressed: number; cut: number; limits: number }>();

  add(ruleId: string, what: 'hits' | 'suppressed' | 'cut' | 'limits', count: number): void {
    const sums = this.rules.get(ruleId) ?? { hits: 0, suppressed: 0, cut: 0, limits: 0 };
    sums[what] += count;
    this.rules.set(ruleId, sums);
  }

  list(): RuleCount[] {
    return [...this.rules].map(([ruleId, sums]) => ({ ruleId, ...sums }));
  }
}

/** The running detection of a process: threads that evaluate rules, and correlations over what they find. */
export class DetectionEngine {
  readonly catalogue: Catalogue;
  private readonly system: Ctx;
  private readonly workers: RuleWorkers;
  private readonly correlator: Correlator;
  private readonly rules: ReadonlyMap<string, RuleSummary>;
  private off: readonly string[] = [];
  private stateReadAtMs = 0;
  private expiredAtMs = 0;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(system: Ctx, workers: RuleWorkers, catalogue: Catalogue) {
    this.system = system;
    this.workers = workers;
    this.catalogue = catalogue;
    this.rules = new Map(catalogue.rules.map((rule) => [rule.id, rule]));
    const names = new Map<string, string>();
    for (const { id, name } of catalogue.rules) names.set(id.toLowerCase(), id).set(name.toLowerCase(), id);
    this.correlator = new Correlator(catalogue.correlations, (name) => names.get(name.toLowerCase()));
  }

  /** Starts the threads, loads the rules and takes up the correlations' state. */
  static async start(system: Ctx): Promise<DetectionEngine> {
    const { config, log } = system;
    const supplies = [...(await loadSources()).values()].flatMap((source) => source.supplies);
    const workers = new RuleWorkers({ ...config.rules, supplies }, config.detect.workers);
    try {
      const catalogue = await workers.ready();
      const engine = new DetectionEngine(system, workers, catalogue);
      engine.correlator.restore(await system.read(loadGroups));
      await engine.readState();
      const { rules, problems, loadMs } = catalogue;
      log.info({ rules: rules.length, problems: problems.length, loadMs }, 'detection rules are loaded');
      return engine;
    } catch (error) {
      await workers.stop();
      throw error;
    }
  }

  /**
   * Evaluates a batch and commits what it found. One batch at a time; the same batch again changes nothing.
   * Resolves when everything is committed.
   */
  handle(events: readonly SecurityEvent[], batchId: string): Promise<void> {
    const work = this.turn.then(() => this.work(events, batchId));
    this.turn = work.catch(() => undefined);
    return work;
  }

  async stop(): Promise<void> {
    await this.turn;
    await this.workers.stop();
  }

  /** Takes up a change of the rules' state at once. */
  async readState(): Promise<void> {
    this.stateReadAtMs = this.system.clock.now().getTime();
    const off = await this.system.read(rulesOff);
    if (off.join('\n') === this.off.join('\n')) return;
    this.off = off;
    this.workers.switchOff(off);
  }

  private async work(events: readonly SecurityEvent[], batchId: string): Promise<void> {
    if (await this.system.read((db) => wasHandled(db, batchId))) return;
    if (this.system.clock.now().getTime() - this.stateReadAtMs > STATE_EVERY_MS) await this.readState();
    const matched = await this.workers.match(events);
    if (matched.error !== '') this.system.log.error({ err: matched.error, batchId }, 'rules failed on some events');
    const counts = new Counts();
    const answer = this.correlate(events, matched);
    const detections = [...this.fromHits(events, matched, counts), ...this.fromCorrelations(answer, counts)];
    for (const { correlationId, count } of answer.limits) counts.add(correlationId, 'limits', count);
    try {
      await this.commit(batchId, detections, scopeCounts(events, matched), counts, answer);
    } catch (error) {
      this.correlator.undo();
      throw error;
    }
  }

  private correlate(events: readonly SecurityEvent[], matched: Matched): CorrelationAnswer {
    const { wanted } = this.correlator;
    const off = new Set(this.off);
    const hits = matched.hits.flatMap(({ ruleId, event }) => {
      const about = events[event];
      return about && wanted.has(ruleId) ? [{ ruleId, event: about }] : [];
    });
    const answer = this.correlator.feed(hits);
    return { ...answer, hits: answer.hits.filter(({ correlation }) => !off.has(correlation.id)) };
  }

  private fromHits(events: readonly SecurityEvent[], matched: Matched, counts: Counts): Detection[] {
    const kept = new Map<string, number>();
    const detections: Detection[] = [];
    for (const hit of matched.hits) {
      const rule = this.rules.get(hit.ruleId);
      const event = events[hit.event];
      if (!rule || !event) continue;
      counts.add(rule.id, 'hits', 1);
      if (rule.silent) continue;
      const before = kept.get(rule.id) ?? 0;
      kept.set(rule.id, before + 1);
      if (before < KEPT_PER_RULE) detections.push(detectionOf(rule, event, hit));
      else counts.add(rule.id, 'cut', 1);
    }
    return detections;
  }

  private fromCorrelations(answer: CorrelationAnswer, counts: Counts): Detection[] {
    return answer.hits.flatMap((hit) => {
      const rule = this.rules.get(hit.correlation.id);
      if (!rule) return [];
      counts.add(rule.id, 'hits', 1);
      return rule.silent ? [] : [correlationDetection(rule, hit)];
    });
  }

  private async commit(
    batchId: string,
    detections: readonly Detection[],
    scopes: readonly ScopeCount[],
    counts: Counts,
    answer: CorrelationAnswer,
  ): Promise<void> {
    const now = this.system.clock.now();
    const hourAt = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS);
    const expired = this.expire(now);
    await this.system.transaction(async (tx) => {
      if (!(await takeBatch(tx.db, batchId, now))) return;
      const { suppressed } = await raiseDetections(tx, detections, batchId);
      for (const [ruleId, count] of Object.entries(suppressed)) counts.add(ruleId, 'suppressed', count);
      await insertDetections(tx.db, detections, now);
      await addScopeCounts(tx.db, hourAt, scopes);
      await addRuleCounts(tx.db, hourAt, counts.list());
      await saveGroups(tx.db, answer.changed);
      await dropGroups(tx.db, expired);
      if (detections.length > 0) {
        tx.publish({ topic: 'rule', id: batchId, action: 'rule.fired', unitPath: '/', side: 'centre' });
      }
    });
  }

  private expire(now: Date): string[] {
    if (now.getTime() - this.expiredAtMs < EXPIRE_EVERY_MS) return [];
    this.expiredAtMs = now.getTime();
    return this.correlator.expire();
  }
}

function scopeCounts(events: readonly SecurityEvent[], matched: Matched): ScopeCount[] {
  const failed = new Set(matched.failedEvents);
  const counts = new Map<
    string,
    { product: string; category: string; service: string; events: number; errors: number }
  >();
  events.forEach(({ logsource }, index) => {
    const { product, category, service } = logsource;
    const key = `${product}\n${category}\n${service}`;
    const count = counts.get(key) ?? { product, category, service, events: 0, errors: 0 };
    count.events += 1;
    if (failed.has(index)) count.errors += 1;
    counts.set(key, count);
  });
  return [...counts.values()];
}

/** By configuration: a process has one, a test may have several side by side. */
const engines = new WeakMap<Config, Promise<DetectionEngine>>();

/** The engine of this process, started when it is first asked for. A failed start is tried again by the next caller. */
export function engineOf(system: Ctx): Promise<DetectionEngine> {
  const known = engines.get(system.config);
  if (known) return known;
  const starting = DetectionEngine.start(system.asSystem());
  engines.set(system.config, starting);
  starting.catch(() => engines.delete(system.config));
  return starting;
}

export async function stopEngine(config: Config): Promise<void> {
  const engine = engines.get(config);
  engines.delete(config);
  await (await engine?.catch(() => undefined))?.stop();
}
