import type { CorrelationAnswer } from '#engine/sigma/correlator.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { Correlations } from './correlations.ts';
import type { FoundHit } from './found.ts';

export const NOTHING: CorrelationAnswer = { hits: [], limits: [], changed: false };

/** Where the hits that correlations count are counted: in this process, or by whoever owns their groups. */
export interface Counting {
  /** Ids of rules whose hits are counted. */
  readonly wanted: ReadonlySet<string>;
  /**
   * Takes a batch's hits. What became true is in the answer, or will be found by the owner.
   * @param batchId the same for the same hits
   */
  take(batchId: string, hits: readonly FoundHit[], clockMs: number): Promise<CorrelationAnswer>;
  /** Keeps what the last batch changed. @returns to be called when the transaction is committed */
  write(db: Db): Promise<() => void>;
  /** Forgets what is not committed. */
  reload(): Promise<void>;
}

/** One process counts everything. */
export const countHere = (correlations: Correlations): Counting => ({
  wanted: correlations.correlator.wanted,
  take: async (_batchId, hits, clockMs) => correlations.feed(hits, clockMs),
  write: (db) => correlations.write(db),
  reload: () => correlations.reload(),
});
