import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { type CorrelationAnswer, Correlator } from '#engine/sigma/correlator.ts';
import { type KeptGroups, type KeptHit, type RuleHit, reviveHit } from '#engine/sigma/correlator-state.ts';
import type { Partition } from '#engine/sigma/partition.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { writeLoad } from './correlation-load.ts';
import type { Catalogue } from './rule.ts';
import { idOfNames } from './rule.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Batches are kept one by one until they are this large together, or half as large as the snapshot before them. */
const SNAPSHOT_AFTER_BYTES = 1_000_000;

interface KeptBatch {
  readonly clockMs: number;
  readonly hits: readonly KeptHit[];
}

const pack = (value: unknown): Promise<Uint8Array> => compress(JSON.stringify(value));
const unpack = async <Value>(bytes: Uint8Array): Promise<Value> =>
  JSON.parse((await decompress(bytes)).toString('utf8')) as Value;

/**
 * The correlations of one partition with their state in the record store: `feed` a batch, then `write` it in the
 * transaction that commits what it found. After a failed commit, `reload`.
 */
export class Correlations {
  readonly correlator: Correlator;
  private readonly system: Ctx;
  private readonly partition: Partition;
  /** Number of the last batch that is committed. */
  private sequence = 0;
  private snapshotBytes = 0;
  private batchBytes = 0;
  private pending: KeptBatch | undefined;

  private constructor(system: Ctx, correlator: Correlator, partition: Partition) {
    this.system = system;
    this.correlator = correlator;
    this.partition = partition;
  }

  /** Takes up what the partition's correlations remember. */
  static async open(system: Ctx, catalogue: Catalogue, partition: Partition = { index: 0, count: 1 }) {
    const { latenessSeconds, groupsMax, entriesMax } = system.config.detect.correlation;
    const limits = { latenessMs: latenessSeconds * 1000, groupsMax, entriesMax };
    const correlator = new Correlator(catalogue.correlations, idOfNames(catalogue.rules), limits, partition);
    const correlations = new Correlations(system, correlator, partition);
    await correlations.reload();
    return correlations;
  }

  /** @param clockMs the stream's clock after the batch */
  feed(hits: readonly RuleHit[], clockMs: number): CorrelationAnswer {
    const answer = this.correlator.feed(hits, clockMs);
    this.pending = answer.changed ? { clockMs, hits: hits.map((hit) => this.correlator.keep(hit)) } : undefined;
    return answer;
  }

  /**
   * Keeps what the last batch changed.
   * @returns to be called when the transaction is committed
   * @throws AppError `conflict` when another process has taken the partition over
   */
  async write(db: Db): Promise<() => void> {
    const { pending, partition } = this;
    if (!pending) return () => undefined;
    const sequence = this.sequence + 1;
    await this.refuseStale(db, sequence);
    const hits = await pack(pending);
    const batchBytes = this.batchBytes + hits.byteLength;
    await db.insertInto('detection_correlation_batch').values({ partition: partition.index, sequence, hits }).execute();
    await writeLoad(db, partition.index, this.correlator.load);
    const due = batchBytes > Math.max(SNAPSHOT_AFTER_BYTES, this.snapshotBytes / 2);
    const snapshotBytes = due ? await this.writeSnapshot(db, sequence) : this.snapshotBytes;
    return () => {
      this.sequence = sequence;
      this.snapshotBytes = snapshotBytes;
      this.batchBytes = due ? 0 : batchBytes;
      this.pending = undefined;
    };
  }

  private async refuseStale(db: Db, sequence: number): Promise<void> {
    const later = await db
      .selectFrom('detection_correlation_batch')
      .select('sequence')
      .where('partition', '=', this.partition.index)
      .where('sequence', '>=', sequence)
      .limit(1)
      .executeTakeFirst();
    if (later) {
      throw new AppError('conflict', {
        public: 'Another process counts the correlations of this partition',
        reason: 'detection.partition.lost',
      });
    }
  }

  private async writeSnapshot(db: Db, sequence: number): Promise<number> {
    const partition = this.partition.index;
    await db.deleteFrom('detection_correlation_snapshot').where('partition', '=', partition).execute();
    // The last batch stays: its number tells a process that was overtaken.
    await db
      .deleteFrom('detection_correlation_batch')
      .where('partition', '=', partition)
      .where('sequence', '<', sequence)
      .execute();
    let bytes = 0;
    let part = 0;
    for (const chunk of this.correlator.snapshot()) {
      const groups = await pack(chunk);
      await db.insertInto('detection_correlation_snapshot').values({ partition, part, sequence, groups }).execute();
      bytes += groups.byteLength;
      part += 1;
    }
    if (part === 0) await this.writeEmpty(db, sequence);
    return bytes;
  }

  /** A snapshot of nothing still says which batches are in it. */
  private async writeEmpty(db: Db, sequence: number): Promise<void> {
    const groups = await pack({ clockMs: 0, correlationId: '', meaning: '', groups: [] } satisfies KeptGroups);
    await db
      .insertInto('detection_correlation_snapshot')
      .values({ partition: this.partition.index, part: 0, sequence, groups })
      .execute();
  }

  /** Forgets what is not committed, and takes up what is. */
  async reload(): Promise<void> {
    const { snapshot, batches } = await this.system.read((db) => readState(db, this.partition.index));
    const chunks = await Promise.all(snapshot.map(({ groups }) => unpack<KeptGroups>(groups)));
    const leftOut = this.correlator.restore(chunks);
    if (leftOut > 0) {
      this.system.log.warn({ groups: leftOut }, 'groups of changed correlations were forgotten');
    }
    const before = Number(snapshot[0]?.sequence ?? 0);
    this.sequence = before;
    this.batchBytes = 0;
    for (const { sequence, hits } of batches) {
      this.sequence = Math.max(this.sequence, Number(sequence));
      if (Number(sequence) <= before) continue;
      this.batchBytes += hits.byteLength;
      const batch = await unpack<KeptBatch>(hits);
      this.correlator.feed(batch.hits.map(reviveHit), batch.clockMs);
    }
    this.snapshotBytes = snapshot.reduce((total, { groups }) => total + groups.byteLength, 0);
    this.pending = undefined;
  }
}

async function readState(db: Db, partition: number) {
  const snapshot = await db
    .selectFrom('detection_correlation_snapshot')
    .select(['sequence', 'groups'])
    .where('partition', '=', partition)
    .orderBy('part')
    .execute();
  const batches = await db
    .selectFrom('detection_correlation_batch')
    .select(['sequence', 'hits'])
    .where('partition', '=', partition)
    .orderBy('sequence')
    .execute();
  return { snapshot, batches };
}
