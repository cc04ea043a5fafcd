import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import type { SecurityEvent } from '#engine/fields/event.ts';
import type { CorrelationAnswer } from '#engine/sigma/correlator.ts';
import type { RuleHit } from '#engine/sigma/correlator-state.ts';
import { Partitioner } from '#engine/sigma/partition.ts';
import { firesAtOnce } from '#engine/sigma/window.ts';
import type { QueueWriter } from '#platform/queue/queue.ts';
import { type Counting, NOTHING } from './counting.ts';
import type { FoundHit } from './found.ts';
import { type Catalogue, idOfNames } from './rule.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Hits of one batch for one partition of the groups, on their way to its owner. */
export interface HitParcel {
  /** Unique for ever, the same for the same hits: its effect is committed once. */
  readonly id: string;
  /** The sending stream's clock after the batch. */
  readonly clockMs: number;
  readonly hits: readonly RuleHit[];
}

/** Text of the events in one parcel; a queue bounds its records. */
const PARCEL_CHARS_MAX = 2_000_000;
/** So far the clock moves before owners without hits are told: they judge time spans that are over. */
const TELL_CLOCK_MS = 10_000;

const encode = (parcel: HitParcel): Promise<Buffer> => compress(JSON.stringify(parcel));

/** @throws Error when the record is not one of ours; its checksum was right, so that is a fault of the program */
export const decodeHits = async (record: Uint8Array): Promise<HitParcel> =>
  JSON.parse((await decompress(record)).toString('utf8'));

const sizeOf = ({ raw, fields }: SecurityEvent): number => 2 * raw.length + JSON.stringify(fields).length + 500;

/** The hits in parcels of a bounded size, in their order. Nothing gives one empty parcel: it carries the clock. */
function parcels(id: string, clockMs: number, hits: readonly FoundHit[]): HitParcel[] {
  const parts: RuleHit[][] = [[]];
  let chars = 0;
  for (const { ruleId, event } of hits) {
    const size = sizeOf(event);
    if (chars > 0 && chars + size > PARCEL_CHARS_MAX) {
      parts.push([]);
      chars = 0;
    }
    parts.at(-1)?.push({ ruleId, event });
    chars += size;
  }
  return parts.map((part, index) => ({ id: `${id}.${index}`, clockMs, hits: part }));
}

/**
 * Sends hits to the owners of their groups, before the batch is committed: a batch that comes again after a crash sends the
 * very same parcels again, and their identifiers tell the owners so.
 */
export class HitSender implements Counting {
  readonly wanted: ReadonlySet<string>;
  private readonly queue: QueueWriter;
  private readonly partitions: number;
  private readonly partitioner: Partitioner;
  private readonly needClock: boolean;
  private toldMs = 0;

  constructor(catalogue: Catalogue, queue: QueueWriter, partitions: number) {
    const idOf = idOfNames(catalogue.rules);
    this.queue = queue;
    this.partitions = partitions;
    this.partitioner = new Partitioner(catalogue.correlations, idOf);
    this.wanted = new Set(catalogue.correlations.flatMap(({ rules }) => rules.map((name) => idOf(name) ?? name)));
    this.needClock = catalogue.correlations.some((correlation) => !firesAtOnce(correlation));
  }

  async take(batchId: string, hits: readonly FoundHit[], clockMs: number): Promise<CorrelationAnswer> {
    const shares = new Map<number, FoundHit[]>();
    for (const hit of hits) {
      for (const partition of this.partitioner.of(hit.ruleId, hit.event, this.partitions)) {
        const share = shares.get(partition);
        if (share) share.push(hit);
        else shares.set(partition, [hit]);
      }
    }
    if (this.needClock && clockMs - this.toldMs > TELL_CLOCK_MS) {
      for (let partition = 0; partition < this.partitions; partition += 1) {
        if (!shares.has(partition)) shares.set(partition, []);
      }
    }
    await Promise.all([...shares].map(([partition, share]) => this.send(partition, batchId, share, clockMs)));
    if (shares.size === this.partitions) this.toldMs = clockMs;
    return NOTHING;
  }

  private async send(partition: number, batchId: string, hits: readonly FoundHit[], clockMs: number): Promise<void> {
    const id = `${batchId}.hits.${partition}`;
    const records = await Promise.all(parcels(id, clockMs, hits).map(encode));
    await this.queue.append(records, { partition }, id);
  }

  async write(): Promise<() => void> {
    return () => undefined;
  }

  async reload(): Promise<void> {
    // Nothing is remembered here.
  }
}
