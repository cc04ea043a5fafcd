import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { manualClock } from '#platform/clock.ts';
import { AppError } from '#platform/errors.ts';
import type { HeldRows } from '#platform/eventstore/connection.ts';
import type { BinaryRows } from '#platform/eventstore/row-binary.ts';
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
const AHEAD_MAX = 1;
/** Eight full batches and the one that is read, and the record that goes beyond. */
const BYTES_IN_HAND = 9 * 16 * 1024 * 1024 + 200_000;
const LINE_BYTES = 100_000;
/** Text that does not shrink to less than three quarters when it is packed. */
const FILLING = `x${randomBytes(LINE_BYTES).toString('base64').slice(1, LINE_BYTES)}`;

/** A store in memory: knows a batch by its token, as the real one does, and can be down or slow. */
class FakeStore implements EventWriter {
  readonly batches = new Map<string, number>();
  attempts = 0;
  dropped = 0;
  down = false;
  /** From this attempt on it takes what it is given, and the answer is lost. */
  muteFrom = Number.POSITIVE_INFINITY;
  gate: PromiseWithResolvers<void> | undefined;

  async insert(): Promise<void> {
    throw new Error('not used here');
  }

  async hold({ columns, bytes }: BinaryRows): Promise<HeldRows> {
    return { columns, place: Uint8Array.from(bytes) };
  }

  async drop(): Promise<void> {
    this.dropped += 1;
  }

  async insertHeld(_table: string, rows: readonly HeldRows[], token: string): Promise<void> {
    this.attempts += 1;
    const isMute = this.attempts >= this.muteFrom;
    await this.gate?.promise;
    if (this.down) throw new Error('connect ECONNREFUSED');
    this.batches.set(
      token,
      rows.reduce((sum, { place }) => sum + place.length, 0),
    );
    if (isMute) throw new Error('socket hang up');
  }

  /** All that is stored, once for each token. */
  get bytes(): number {
    return [...this.batches.values()].reduce((sum, bytes) => sum + bytes, 0);
  }
}

describe('a pipeline whose event store does not take what it should', () => {
  let folder = '';
  let queue: SegmentLog;
  let store: FakeStore;
  let pipeline: Pipeline;
  let openPipeline: () => Pipeline;
  let intake: Intake;
  const clock = manualClock('2026-03-02T02:00:00Z');
  /** Events the hook was told of, by identifier. */
  let told: Map<string, string>;
  let inHandBytes = 0;
  let rowBytes = 0;
  /** Events of the fullest batch. */
  let eventsMost = 0;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tongan-pipeline-'));
    queue = await SegmentLog.open({ folder, bytesMax: 180_000_000, segmentBytesMax: 4_000_000 });
    store = new FakeStore();
    told = new Map();
    inHandBytes = 0;
    rowBytes = 0;
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
    openPipeline = () =>
      new Pipeline({
        reader: queue,
        work: async (batch) => {
          inHandBytes += batch.records.reduce((sum, { payload }) => sum + payload.length, 0);
          const worked = await work(batch);
          rowBytes += worked.rows.bytes.byteLength;
          const events = worked.sums.reduce((sum, one) => sum + one.events, 0);
          eventsMost = Math.max(eventsMost, events);
          return worked;
        },
        aheadMax: AHEAD_MAX,
        writer: store,
        health,
        log: openLog('silent'),
      });
    pipeline = openPipeline();
    pipeline.start();
  });
  afterEach(async () => {
    store.gate?.resolve();
    await pipeline.stop();
    await queue.close();
    await rm(folder, { recursive: true, force: true });
  });

  let sent = 0;
  const send = async () => {
    sent += 1;
    const line = `line ${sent}`;
    await intake.accept(SOURCE, [Buffer.from(`${line} ${FILLING}`)], '10.0.0.1');
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
    store.gate = Promise.withResolvers();
    const { lines, refusal } = await sendUntilRefused();
    assert.deepEqual([refusal.code, refusal.reason], ['unavailable', 'queue.full']);
    assert.ok((refusal.retryAfterSeconds ?? 0) > 0);
    assert.ok(lines.length > 500, `${lines.length} were taken`);
    assert.ok(inHandBytes <= BYTES_IN_HAND, `${inHandBytes} bytes are in memory`);
    store.gate.resolve();
    await until('everything is stored', () => queue.backlogBytes === 0);
    assert.deepEqual(toldLines(), lines.toSorted());
    lines.push(await send());
    await until('it goes on', () => told.size === lines.length);
  });

  it('takes short lines in batches that are soon done', async () => {
    store.gate = Promise.withResolvers();
    const [parcels, lines] = [120, 500];
    for (let parcel = 0; parcel < parcels; parcel += 1) {
      const texts = Array.from({ length: lines }, (_, at) => Buffer.from(`short ${parcel} ${at} ${'x'.repeat(80)}`));
      await intake.accept(SOURCE, texts, '10.0.0.1');
    }
    store.gate.resolve();
    await until('everything is stored', () => told.size === parcels * lines);
    assert.ok(eventsMost > 5_000, `${eventsMost} events at most in a batch`);
    assert.ok(eventsMost <= 10_000 + lines, `${eventsMost} events at most in a batch`);
  });

  it('slow: what was found does not wait for it, and what became ready meanwhile is stored at once', async () => {
    store.gate = Promise.withResolvers();
    const lines: string[] = [];
    for (let batch = 0; batch < 4; batch += 1) {
      lines.push(await send());
      await until('it is looked at', () => told.size === lines.length);
    }
    assert.equal(store.batches.size, 0);
    store.gate.resolve();
    await until('everything is stored', () => queue.backlogBytes === 0);
    assert.equal(store.batches.size, 2, 'the first one, and those that waited for it');
    await until('nothing is held any more', () => store.dropped === 2);
    assert.equal(store.bytes, rowBytes);
  });

  it('whose answer is lost before a restart: the same batches go into it together again, so that it knows them', async () => {
    store.gate = Promise.withResolvers();
    const lines: string[] = [];
    for (let batch = 0; batch < 5; batch += 1) {
      lines.push(await send());
      await until('it is looked at', () => told.size === lines.length);
    }
    const once = rowBytes;
    store.muteFrom = 2;
    store.gate.resolve();
    await until('the others were taken', () => store.batches.size === 2);
    await pipeline.stop();
    await queue.close();
    store.muteFrom = Number.POSITIVE_INFINITY;
    queue = await SegmentLog.open({ folder, bytesMax: 180_000_000, segmentBytesMax: 4_000_000 });
    lines.push(await send());
    pipeline = openPipeline();
    pipeline.start();
    await until('everything is stored', () => queue.backlogBytes === 0);
    assert.deepEqual(toldLines(), lines.toSorted());
    assert.equal(store.batches.size, 3, 'what came since has its own token');
    assert.equal(Math.round(store.bytes / once), 1, 'nothing is stored under two tokens');
  });

  it('down: tries the same batch again and again, keeps everything, and goes on when the store is back', async () => {
    store.down = true;
    const lines = await Promise.all(Array.from({ length: 30 }, send));
    await until('it has tried several times', () => store.attempts >= 3);
    assert.equal(store.batches.size, 0);
    assert.ok(queue.backlogBytes > 30 * 0.75 * LINE_BYTES, 'nothing was given up');
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
