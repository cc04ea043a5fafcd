import { sql } from 'kysely';
import type { Clock } from '#platform/clock.ts';
import type { Ctx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { type Endpoint, type RefusalReason, Refusals } from './refusals.ts';
import type { WrittenSums } from './sums.ts';
import './tables.ts';

/** What happened to the lines of a source in one minute. */
interface Counts {
  readonly unitPath: string;
  received: number;
  receivedBytes: number;
  written: number;
  unparsed: number;
  mistaken: number;
  readonly rejected: Map<string, number>;
  delayMsSum: number;
  delayMsMin: number;
  delayMsMax: number;
  lastEventAtMs: number;
}

interface SourceKey {
  readonly id: string;
  readonly unitPath: string;
}

const MINUTE_MS = 60_000;

/** Counts in memory and adds the counts to the record every few seconds; a crash loses at most those seconds of counts. */
export class Health {
  readonly #clock: Clock;
  #open = new Map<string, Counts>();
  readonly #refusals: Refusals;
  /** Totals since the process started, for the overview's live counters. */
  readonly totals = { received: 0, written: 0, unparsed: 0, rejected: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#refusals = new Refusals(clock);
  }

  received(source: SourceKey, lines: number, bytes: number): void {
    const counts = this.#counts(source);
    counts.received += lines;
    counts.receivedBytes += bytes;
    this.totals.received += lines;
  }

  rejected(source: SourceKey, reason: string, lines = 1): void {
    const { rejected } = this.#counts(source);
    rejected.set(reason, (rejected.get(reason) ?? 0) + lines);
    this.totals.rejected += lines;
  }

  written(source: SourceKey, sums: WrittenSums): void {
    const counts = this.#counts(source);
    counts.written += sums.events;
    counts.unparsed += sums.unparsed;
    counts.mistaken += sums.mistaken;
    counts.delayMsSum += sums.delayMs;
    counts.delayMsMin = Math.min(counts.delayMsMin, sums.delayMsMin);
    counts.delayMsMax = Math.max(counts.delayMsMax, sums.delayMsMax);
    counts.lastEventAtMs = Math.max(counts.lastEventAtMs, sums.lastEventAtMs);
    this.totals.written += sums.events;
    this.totals.unparsed += sums.unparsed;
  }

  /** A delivery that was refused before it was known whose it is; see `Refusals`. */
  turnedAway(endpoint: Endpoint, address: string, reason: RefusalReason, lines = 1): void {
    this.#refusals.count(endpoint, address, reason, lines);
    this.totals.rejected += lines;
  }

  /** Adds what was counted to the record. On failure the counts stay for the next time. */
  async flush(system: Ctx): Promise<void> {
    await this.#refusals.flush(system);
    await this.#flushCounts(system);
  }

  async #flushCounts(system: Ctx): Promise<void> {
    const ready = this.#open;
    if (ready.size === 0) return;
    this.#open = new Map();
    try {
      await system.transaction(async ({ db }) => {
        for (const [key, counts] of ready) await addCounts(db, key, counts);
      });
    } catch (error) {
      for (const [key, counts] of ready) this.#merge(key, counts);
      throw error;
    }
  }

  #counts(source: SourceKey): Counts {
    const minuteMs = Math.floor(this.#clock.now().getTime() / MINUTE_MS) * MINUTE_MS;
    const key = `${source.id} ${minuteMs}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const fresh: Counts = {
      unitPath: source.unitPath,
      received: 0,
      receivedBytes: 0,
      written: 0,
      unparsed: 0,
      mistaken: 0,
      rejected: new Map(),
      delayMsSum: 0,
      delayMsMin: Number.POSITIVE_INFINITY,
      delayMsMax: Number.NEGATIVE_INFINITY,
      lastEventAtMs: 0,
    };
    this.#open.set(key, fresh);
    return fresh;
  }

  #merge(key: string, counts: Counts): void {
    const later = this.#open.get(key);
    this.#open.set(key, counts);
    if (later === undefined) return;
    counts.received += later.received;
    counts.receivedBytes += later.receivedBytes;
    counts.written += later.written;
    counts.unparsed += later.unparsed;
    counts.mistaken += later.mistaken;
    counts.delayMsSum += later.delayMsSum;
    counts.delayMsMin = Math.min(counts.delayMsMin, later.delayMsMin);
    counts.delayMsMax = Math.max(counts.delayMsMax, later.delayMsMax);
    counts.lastEventAtMs = Math.max(counts.lastEventAtMs, later.lastEventAtMs);
    for (const [reason, lines] of later.rejected) {
      counts.rejected.set(reason, (counts.rejected.get(reason) ?? 0) + lines);
    }
  }
}

/** Null where nothing was written in the minute. */
const whole = (ms: number): number | null => (Number.isFinite(ms) ? Math.round(ms) : null);

async function addCounts(db: Db, key: string, counts: Counts): Promise<void> {
  const [sourceId = '', minuteMs = ''] = key.split(' ');
  const lastEventAt = counts.lastEventAtMs > 0 ? new Date(counts.lastEventAtMs) : null;
  await sql`
    INSERT INTO telemetry_health AS h (source_id, minute, unit_path, received, received_bytes, written, unparsed, mistaken,
      rejected,
      delay_ms_sum, delay_ms_min, delay_ms_max, last_event_at)
    SELECT s.id, ${new Date(Number(minuteMs))}::timestamptz, s.unit_path, ${counts.received}::bigint,
      ${counts.receivedBytes}::bigint, ${counts.written}::bigint, ${counts.unparsed}::bigint,
      ${counts.mistaken}::bigint,
      ${JSON.stringify(Object.fromEntries(counts.rejected))}::jsonb, ${Math.round(counts.delayMsSum)}::bigint,
      ${whole(counts.delayMsMin)}::bigint, ${whole(counts.delayMsMax)}::bigint,
      ${lastEventAt}::timestamptz
    FROM telemetry_source AS s WHERE s.id = ${sourceId}::uuid
    ON CONFLICT (source_id, minute) DO UPDATE SET
      received = h.received + excluded.received,
      received_bytes = h.received_bytes + excluded.received_bytes,
      written = h.written + excluded.written,
      unparsed = h.unparsed + excluded.unparsed,
      mistaken = h.mistaken + excluded.mistaken,
      rejected = (
        SELECT coalesce(jsonb_object_agg(reason, lines), '{}'::jsonb) FROM (
          SELECT reason, sum(value::bigint) AS lines
          FROM (SELECT * FROM jsonb_each_text(h.rejected) UNION ALL SELECT * FROM jsonb_each_text(excluded.rejected))
            AS both_parts (reason, value)
          GROUP BY reason
        ) AS summed
      ),
      delay_ms_sum = h.delay_ms_sum + excluded.delay_ms_sum,
      delay_ms_min = least(h.delay_ms_min, excluded.delay_ms_min),
      delay_ms_max = greatest(h.delay_ms_max, excluded.delay_ms_max),
      last_event_at = greatest(h.last_event_at, excluded.last_event_at)`.execute(db);
}
