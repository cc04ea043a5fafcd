import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { manualClock } from '#platform/clock.ts';
import { AppError } from '#platform/errors.ts';
import type { EventWriter } from '#platform/eventstore/writer.ts';
import { openLog } from '#platform/log.ts';
import { SegmentLog } from '#platform/queue/segment-log.ts';
import { until } from '../../../test/support/senders.ts';
import { Health } from './health.ts';
import { Intake } from './intake.ts';
import { normaliser } from './normalise.ts';
import { Pipeline, workHere } from './pipeline.ts';

const SOURCE = {
  id: 'source',
  unitPath: '/450000/',
  kind: '',
  listener: 'http',
  senderKinds: {},
  sender: '',
  tokenHash: null,
  state: 'active',
} as const;
const AHEAD_MAX = 2;
const LINE_BYTES = 100_000;

/** A store in memory: knows a batch by its token, as the real one does, and can be down or slow. */
class FakeStore implements EventWriter {
  readonly batches = new Map<string, number>();
  attempts = 0;
  down = false;
  gate: Promise<void> | undefined;

  async insert(): Promise<void> {
    throw new Error('not used here');
  }

  async insertRows(_table: string, rows: Parameters<EventWriter['insertRows']>[1], token: string): Promise<void> {
    this.attempts += 1;
    await this.gate;
    if (this.down) throw new Error('connect ECONNREFUSED');
    this.batches.set(token, rows.bytes.byteLength);
  }
}

describe('a pipeline whose event store does not take what it should', () => {
  let folder = '';
  let queue: SegmentLog;
  let store: FakeStore;
  let pipeline: Pipeline;
  let intake: Intake;
  const clock = manualClock('2026-03-02T02:00:00Z');
  /** Events the hook was told of, by identifier. */
  let told: Map<string, string>;
  let read = 0;
  /** Events of the fullest batch. */
  let eventsMost = 0;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tongan-pipeline-'));
    queue = await SegmentLog.open({ folder, bytesMax: 60_000_000, segmentBytesMax: 4_000_000 });
    store = new FakeStore();
    told = new Map();
    read = 0;
    eventsMost = 0;
    const health = new Health(clock);
    intake = new Intake(
      { append: async (records) => void (await queue.append(records)), stats: () => queue.stats() },
      health,
      clock,
    );
    const work = workHere(normaliser(new Map()), async (events) => {
      for (const { id, raw } of events) told.set(id, raw);
    });
    pipeline = new Pipeline({
      reader: queue,
      work: async (batch) => {
        read += 1;
        const worked = await work(batch);
        const events = worked.sums.reduce((sum, one) => sum + one.events, 0);
        eventsMost = Math.max(eventsMost, events);
        return worked;
      },
      aheadMax: AHEAD_MAX,
      writer: store,
      health,
      log: openLog('silent'),
    });
    pipeline.start();
  });
  afterEach(async () => {
    await pipeline.stop();
    await queue.close();
    await rm(folder, { recursive: true, force: true });
  });

  let sent = 0;
  const send = async () => {
    sent += 1;
    const line = `line ${sent}`;
    await intake.accept(SOURCE, [Buffer.from(`${line} ${'x'.repeat(LINE_BYTES)}`)], '10.0.0.1');
    return line;
  };
  /** Sends until it is told to wait. @returns what was acknowledged, and the refusal */
  async function sendUntilRefused(): Promise<{ lines: string[]; refusal: AppError }> {
    const lines: string[] = [];
    for (;;) {
      try {
        lines.push(await send());
      } catch (error) {
        assert.ok(error instanceof AppError);
        return { lines, refusal: error };
      }
    }
  }
  const toldLines = () => [...told.values()].map((raw) => raw.split(' x')[0] ?? '').sort();

  it('slow: reads few batches ahead, tells senders to wait at the bound of the queue, then stores each once', async () => {
    const open = Promise.withResolvers<void>();
    store.gate = open.promise;
    const { lines, refusal } = await sendUntilRefused();
    assert.deepEqual([refusal.code, refusal.reason], ['unavailable', 'queue.full']);
    assert.ok((refusal.retryAfterSeconds ?? 0) > 0);
    assert.ok(lines.length > 500, `${lines.length} were taken`);
    assert.ok(read <= AHEAD_MAX + 2, `${read} batches are in memory`);
    open.resolve();
    await until('everything is stored', () => queue.backlogBytes === 0);
    assert.deepEqual(toldLines(), lines.toSorted());
    lines.push(await send());
    await until('it goes on', () => told.size === lines.length);
  });

  it('takes short lines in batches that are soon done', async () => {
    const open = Promise.withResolvers<void>();
    store.gate = open.promise;
    const [parcels, lines] = [120, 500];
    for (let parcel = 0; parcel < parcels; parcel += 1) {
      const texts = Array.from({ length: lines }, (_, at) => Buffer.from(`short ${parcel} ${at} ${'x'.repeat(80)}`));
      await intake.accept(SOURCE, texts, '10.0.0.1');
    }
    open.resolve();
    await until('everything is stored', () => told.size === parcels * lines);
    assert.ok(eventsMost > 5_000, `${eventsMost} events at most in a batch`);
    assert.ok(eventsMost <= 10_000 + lines, `${eventsMost} events at most in a batch`);
  });

  it('down: tries the same batch again and again, keeps everything, and goes on when the store is back', async () => {
    store.down = true;
    const lines = await Promise.all(Array.from({ length: 30 }, send));
    await until('it has tried several times', () => store.attempts >= 3);
    assert.equal(store.batches.size, 0);
    assert.ok(queue.backlogBytes > 30 * LINE_BYTES, 'nothing was given up');
    store.down = false;
    await until('everything is stored', () => queue.backlogBytes === 0);
    assert.deepEqual(toldLines(), lines.toSorted());
  });

  it('when the clock is set back and forth: identifiers rise with the order of arrival, nothing is lost or doubled', async () => {
    const lines: string[] = [];
    for (const hours of [0, 5, -9, 24 * 400, -24 * 900, 1]) {
      clock.advanceMs(hours * 3_600_000);
      lines.push(await send());
    }
    await until('everything is stored', () => queue.backlogBytes === 0 && told.size === lines.length);
    const byId = [...told].sort(([left], [right]) => (left < right ? -1 : 1));
    assert.deepEqual(
      byId.map(([, raw]) => raw.split(' x')[0]),
      lines,
    );
  });
});
