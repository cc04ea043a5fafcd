import { createHash } from 'node:crypto';
import { followAssets } from '#domain/ledger/index.ts';
import {
  loadSources,
  type Normalise,
  normaliser,
  type WorkedBatch,
  withPlausibleTime,
  workHere,
} from '#domain/telemetry/index.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { AssetIndex } from '#engine/identity/asset-index.ts';
import { Enricher } from '#engine/identity/enrich.ts';
import type { CorrelationAnswer } from '#engine/sigma/correlator.ts';
import type { Config } from '#platform/config.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import type { Queue, QueueBatch, QueueWriter } from '#platform/queue/queue.ts';
import { commitOutcome, type Outcome, outcomeOf, withoutPoison } from './commit.ts';
import { Correlations } from './correlations.ts';
import { type Counting, countHere, NOTHING } from './counting.ts';
import { titleOf } from './detect.ts';
import { errorText } from './error-text.ts';
import type { Fault } from './faults.ts';
import { type Found, foundIn, joinFound } from './found.ts';
import { HitSender } from './hits.ts';
import { isolate } from './isolate.ts';
import { FieldsSeen } from './ledger-store.ts';
import type { Catalogue, RuleSummary } from './rule.ts';
import { noteVersions, rulesOff, wasHandled } from './store.ts';
import { RuleWorkers, ThreadEnded, type ThreadOptions } from './workers.ts';

/** How often the rules that are off are asked for: another process may have changed them. */
const STATE_EVERY_MS = 5_000;
/** A batch that failed so often is looked through for what makes it fail. */
const ISOLATE_AFTER = 2;

/** The running detection of a process: threads that evaluate rules, and correlations over what they find. */
export class DetectionEngine {
  readonly catalogue: Catalogue;
  readonly counting: Counting;
  private readonly system: Ctx;
  private readonly workers: RuleWorkers;
  private readonly rules: ReadonlyMap<string, RuleSummary>;
  private readonly fieldsSeen = new FieldsSeen();
  private off: readonly string[] = [];
  private stateReadAtMs = 0;
  private turn: Promise<unknown> = Promise.resolve();
  /** The batch that failed last, and how often: the pipeline brings it again until it is done. */
  private failing = { batchId: '', times: 0 };

  /** Batches that a thread could not read: they are read here, event by event. */
  private readonly troubled = new Set<string>();
  private readonly normalise: Normalise;
  private enricher: Enricher | undefined;
  private assets: { stop(): Promise<void> } | undefined;

  private constructor(
    system: Ctx,
    workers: RuleWorkers,
    catalogue: Catalogue,
    counting: Counting,
    normalise: Normalise,
  ) {
    this.system = system;
    this.normalise = normalise;
    this.workers = workers;
    this.catalogue = catalogue;
    this.counting = counting;
    this.rules = new Map(catalogue.rules.map((rule) => [rule.id, rule]));
  }

  /**
   * Starts the threads, loads the rules and takes up the correlations' state.
   * @param hits where hits go that correlations count; absent: they are counted here
   * @param threads other than the configuration says
   */
  static async start(system: Ctx, hits?: QueueWriter, threads: Partial<ThreadOptions> = {}): Promise<DetectionEngine> {
    const { config, log } = system;
    const sources = await loadSources();
    const supplies = [...sources.values()].flatMap((source) => source.supplies);
    const keepMessage = config.events.keepMessage;
    const hangMs = config.detect.hangSeconds * 1000;
    const workers = new RuleWorkers({ ...config.rules, supplies, keepMessage }, config.detect.workers, {
      hangMs,
      ...threads,
    });
    try {
      const catalogue = await workers.ready();
      const counting = hits
        ? new HitSender(catalogue, hits, config.detect.partitions)
        : countHere(await Correlations.open(system, catalogue));
      const engine = new DetectionEngine(system, workers, catalogue, counting, normaliser(sources));
      await engine.readState();
      await engine.noteVersions();
      await engine.followAssets();
      const { rules, problems, loadMs } = catalogue;
      log.info({ rules: rules.length, problems: problems.length, loadMs }, 'detection rules are loaded');
      return engine;
    } catch (error) {
      await workers.stop();
      throw error;
    }
  }

  /** Keeps the ledger at hand for events: in the threads, and for the batches that are read here. */
  private async followAssets(): Promise<void> {
    this.assets = await followAssets(this.system, (parts) => {
      this.workers.know(parts);
      this.enricher = new Enricher(new AssetIndex(parts));
    });
  }

  private async noteVersions(): Promise<void> {
    const versions = this.catalogue.rules.map(({ id, text }) => ({ id, digest: digestOf(text) }));
    const now = this.system.clock.now();
    await this.system.transaction((tx) => noteVersions(tx.db, versions, now));
  }

  /**
   * Evaluates a batch and commits what it found. One batch at a time; the same batch again changes nothing.
   * Resolves when everything is committed. What cannot be processed is set aside as a fault when the batch comes again.
   */
  handle(events: readonly SecurityEvent[], batchId: string): Promise<void> {
    return this.inTurn(batchId, () => this.match(events, batchId));
  }

  /**
   * Reads a batch of the queue in a thread. Several may be read at the same time; each `commit` takes its turn. A batch that
   * breaks the thread is read here when it comes again, so that only the events that break it are set aside.
   */
  async workBatch(batch: QueueBatch): Promise<WorkedBatch> {
    if (this.troubled.has(batch.id)) {
      const read: Normalise = (line) => {
        const event = withPlausibleTime(this.normalise(line));
        return this.enricher?.enrich(event, line.sender) ?? event;
      };
      const work = workHere(read, (events, id) => this.handle(events, id), {
        keepMessage: this.system.config.events.keepMessage,
      });
      return work(batch);
    }
    try {
      const { rows, sums, found, release } = await this.workers.work(batch);
      return { rows, sums, release, commit: () => this.inTurn(batch.id, async () => found) };
    } catch (error) {
      if (!(error instanceof ThreadEnded)) this.troubled.add(batch.id);
      throw error;
    }
  }

  /** One batch at a time, in the order of the calls. */
  private inTurn(batchId: string, find: () => Promise<Found>): Promise<void> {
    const work = this.turn.then(() => this.attempt(batchId, find));
    this.turn = work.catch(() => undefined);
    return work;
  }

  /** Which rules each event meets by itself. Nothing is kept, counted or raised. */
  async rulesMet(
    events: readonly SecurityEvent[],
  ): Promise<{ id: string; title: ReturnType<typeof titleOf>; level: string }[][]> {
    const { hits } = await this.workers.match(events);
    return events.map((_, index) =>
      hits
        .filter((hit) => hit.event === index)
        .flatMap(({ ruleId }) => this.rules.get(ruleId) ?? [])
        .map((rule) => ({ id: rule.id, title: titleOf(rule), level: rule.level })),
    );
  }

  async stop(): Promise<void> {
    await this.assets?.stop();
    await this.turn;
    await this.workers.stop();
  }

  /** Takes up a change of the rules' state at once. */
  async readState(): Promise<void> {
    // Not by the clock, which may be set back: the rules that are off would not be asked for until it has caught up.
    this.stateReadAtMs = performance.now();
    const off = await this.system.read(rulesOff);
    if (off.join('\n') === this.off.join('\n')) return;
    this.off = off;
    this.workers.switchOff(off);
  }

  private async attempt(batchId: string, find: () => Promise<Found>): Promise<void> {
    try {
      await this.work(batchId, find);
      this.troubled.delete(batchId);
      this.failing = { batchId: '', times: 0 };
    } catch (error) {
      const times = this.failing.batchId === batchId ? this.failing.times + 1 : 1;
      this.failing = { batchId, times };
      // What was counted in memory is not committed.
      await this.counting.reload();
      throw error;
    }
  }

  private isolating(batchId: string): boolean {
    return this.failing.batchId === batchId && this.failing.times >= ISOLATE_AFTER;
  }

  private async work(batchId: string, find: () => Promise<Found>): Promise<void> {
    if (await this.system.read((db) => wasHandled(db, batchId))) return;
    if (performance.now() - this.stateReadAtMs > STATE_EVERY_MS) await this.readState();
    const found = await find();
    const { answer, faults } = await this.correlate(batchId, found);
    const outcome = outcomeOf(batchId, found, answer, this.rules, new Set(this.off));
    const whole: Outcome = { ...outcome, faults: [...outcome.faults, ...faults] };
    const sound = this.isolating(batchId) ? await withoutPoison(this.system, whole) : whole;
    if (sound.faults.length > 0) {
      const [first] = sound.faults;
      this.system.log.error(
        { batchId, faults: sound.faults.length, err: first?.error },
        'detection set something aside',
      );
    }
    await commitOutcome(this.system, sound, { counting: this.counting, fieldsSeen: this.fieldsSeen });
  }

  /** Asks the rules. Events that break a thread are found and left out when the batch comes again. */
  private async match(events: readonly SecurityEvent[], batchId: string): Promise<Found> {
    if (!this.isolating(batchId)) return foundIn(events, await this.workers.match(events));
    const { sound, poison } = await isolate(events, async (part) => {
      await this.workers.match(part);
    });
    const failures = poison.map(({ error }, event) => ({ ruleId: '', event, error: errorText(error) }));
    const broken = foundIn(
      poison.map(({ item }) => item),
      { hits: [], failures, candidates: new Map() },
    );
    const found = foundIn(sound, await this.workers.match(sound));
    // What broke moves no clock.
    return { ...joinFound([found, broken]), clockMs: found.clockMs };
  }

  /** Counts hits. A fault in counting takes the batch's hits out of the count, visibly, and nothing else. */
  private async correlate(
    batchId: string,
    { hits, clockMs }: Found,
  ): Promise<{ answer: CorrelationAnswer; faults: Fault[] }> {
    const counted = hits.filter(({ ruleId }) => this.counting.wanted.has(ruleId));
    try {
      return { answer: await this.counting.take(batchId, counted, clockMs), faults: [] };
    } catch (error) {
      // A queue that does not answer is no fault of the hits: the batch comes again.
      if (error instanceof AppError && error.code === 'unavailable') throw error;
      await this.counting.reload();
      const faults = counted.map(
        ({ ruleId, event }): Fault => ({ stage: 'correlate', ruleId, event, error: errorText(error) }),
      );
      return { answer: NOTHING, faults };
    }
  }
}

/** Tells two texts of a rule apart. */
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** By configuration: a process has one, a test may have several side by side. */
const engines = new WeakMap<Config, Promise<DetectionEngine>>();

const hitQueues = new WeakMap<Config, Queue>();

/** The queue by which detectors send each other what correlations count; without it each counts for itself. */
export const hitQueueOf = (config: Config): Queue | undefined => hitQueues.get(config);

/** Connects the detectors of several processes. Called by `app` before the services start. */
export function connectDetection(config: Config, hits: Queue): void {
  hitQueues.set(config, hits);
}

/** The engine of this process, started when it is first asked for. A failed start is tried again by the next caller. */
export function engineOf(system: Ctx): Promise<DetectionEngine> {
  const known = engines.get(system.config);
  if (known) return known;
  const starting = DetectionEngine.start(system.asSystem(), hitQueues.get(system.config));
  engines.set(system.config, starting);
  starting.catch(() => engines.delete(system.config));
  return starting;
}

export async function stopEngine(config: Config): Promise<void> {
  const engine = engines.get(config);
  engines.delete(config);
  await (await engine?.catch(() => undefined))?.stop();
}
