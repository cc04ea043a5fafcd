import { setTimeout as delay } from 'node:timers/promises';
import type { Partition } from '#engine/sigma/partition.ts';
import type { Ctx } from '#platform/context.ts';
import type { QueueReader, Running } from '#platform/queue/queue.ts';
import { commitOutcome, type Outcome, outcomeOf, withoutPoison } from './commit.ts';
import { Correlations } from './correlations.ts';
import { countHere, NOTHING } from './counting.ts';
import { errorText } from './error-text.ts';
import type { Fault } from './faults.ts';
import type { Found } from './found.ts';
import { decodeHits, type HitParcel } from './hits.ts';
import { FieldsSeen } from './ledger-store.ts';
import type { Catalogue, RuleSummary } from './rule.ts';
import { rulesOff, wasHandled } from './store.ts';

const BATCH = { recordsMax: 200, bytesMax: 8 * 1024 * 1024 };
const RETRY_FIRST_MS = 200;
const RETRY_LAST_MS = 10_000;
/** A parcel that failed so often is looked through for what makes it fail. */
const ISOLATE_AFTER = 2;

/** The parcel itself was looked at, and counted, where its events came in. */
const NOTHING_FOUND: Found = { hits: [], failed: [], scopes: [], fields: [], candidates: new Map(), clockMs: 0 };

/** Counts the hits of one partition of the groups, as long as this process owns it. */
export class HitOwner implements Running {
  private readonly system: Ctx;
  private readonly reader: QueueReader;
  private readonly rules: ReadonlyMap<string, RuleSummary>;
  private readonly correlations: Correlations;
  private readonly stopping = new AbortController();
  private readonly fieldsSeen = new FieldsSeen();
  private readonly running: Promise<void>;

  private constructor(system: Ctx, reader: QueueReader, catalogue: Catalogue, correlations: Correlations) {
    this.system = system;
    this.reader = reader;
    this.rules = new Map(catalogue.rules.map((rule) => [rule.id, rule]));
    this.correlations = correlations;
    this.running = this.run();
  }

  /** Takes up what the partition's groups remember, and counts on. */
  static async start(system: Ctx, reader: QueueReader, catalogue: Catalogue, partition: Partition): Promise<HitOwner> {
    return new HitOwner(system, reader, catalogue, await Correlations.open(system, catalogue, partition));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const { log } = this.system;
    let waitMs = RETRY_FIRST_MS;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.reader.waitForRecords(signal);
        const batch = await this.reader.next(BATCH);
        if (batch === undefined) continue;
        for (const { payload } of batch.records) {
          const parcel = await decodeHits(payload);
          while (!(await this.attempt(parcel, failures >= ISOLATE_AFTER))) {
            failures += 1;
            await delay(waitMs, undefined, { signal });
            waitMs = Math.min(2 * waitMs, RETRY_LAST_MS);
          }
          failures = 0;
          waitMs = RETRY_FIRST_MS;
        }
        await this.reader.commit(batch);
      } catch (error) {
        if (signal.aborted) return;
        log.error({ err: error, partition: this.reader.name }, 'hits of correlations are not counted, trying again');
        await delay(RETRY_LAST_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** @returns false when nothing was committed */
  private async attempt(parcel: HitParcel, isolating: boolean): Promise<boolean> {
    try {
      await this.count(parcel, isolating);
      return true;
    } catch (error) {
      this.system.log.error({ err: error, parcel: parcel.id }, 'a parcel of hits was not counted, trying again');
      await this.correlations.reload().catch(() => undefined);
      return false;
    }
  }

  private async count(parcel: HitParcel, isolating: boolean): Promise<void> {
    const { system, correlations, fieldsSeen } = this;
    const [handled, off] = await system.read(
      async (db) => [await wasHandled(db, parcel.id), await rulesOff(db)] as const,
    );
    if (handled) return;
    const { answer, faults } = await this.feed(parcel);
    const outcome = outcomeOf(parcel.id, NOTHING_FOUND, answer, this.rules, new Set(off));
    const whole: Outcome = { ...outcome, faults };
    const sound = isolating ? await withoutPoison(system, whole) : whole;
    await commitOutcome(system, sound, { counting: countHere(correlations), fieldsSeen });
  }

  /** A fault in counting takes the parcel's hits out of the count, visibly, and nothing else. */
  private async feed({ hits, clockMs }: HitParcel) {
    try {
      return { answer: this.correlations.feed(hits, clockMs), faults: [] };
    } catch (error) {
      await this.correlations.reload();
      const text = errorText(error);
      const faults = hits.map(({ ruleId, event }): Fault => ({ stage: 'correlate', ruleId, event, error: text }));
      return { answer: NOTHING, faults };
    }
  }
}
