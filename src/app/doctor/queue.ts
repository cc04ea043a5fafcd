import { statfs } from 'node:fs/promises';
import type { Config } from '#platform/config.ts';
import { inspectNats, type PartitionReport, type QueueReport } from '#platform/queue/nats/inspect.ts';
import { EVENT_QUEUE, HIT_QUEUE } from '#platform/queue/open.ts';
import type { QueueStats } from '#platform/queue/queue.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** From here on a server can write each message to its disk before it acknowledges it (`sync_interval: always`). */
const SYNC_SINCE = [2, 10] as const;
const REPLICAS_SAFE = 3;
const FULL_SHARE = 0.8;
/** An owner that wrote nothing for so many leases is dead, and nobody took over. */
const SILENT_LEASES = 6;

/** Looks at the queue that processes share over NATS. */
export async function checkQueue(config: Config, now: Date): Promise<readonly Finding[]> {
  return judgeQueue(await inspectNats(config.nats, [EVENT_QUEUE, HIT_QUEUE]), config.nats.leaseSeconds, now);
}

/** Looks at the queue in the data folder of this process. */
export async function checkOwnQueue(config: Config, stats: QueueStats): Promise<readonly Finding[]> {
  const { bavail, bsize } = await statfs(config.dataDir);
  return judgeOwnQueue(stats, bavail * bsize, config.queue.diskFreeBytesMin);
}

const megabytes = (bytes: number): string =>
  bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;

/** What the state of a queue on the own disk means. @param freeBytes of its disk */
export function judgeOwnQueue(stats: QueueStats, freeBytes: number, freeBytesMin: number): readonly Finding[] {
  const { bytes, bytesMax, backlogBytes, damages } = stats;
  const found: Finding[] = [];
  if (freeBytes < freeBytesMin) {
    const sentence = `${megabytes(freeBytes)} are free on the disk of the queue, less than ${megabytes(freeBytesMin)}: senders are refused`;
    found.push(fail('queue', sentence, 'make room on the disk; senders that were refused send again by themselves'));
  }
  if (bytes > FULL_SHARE * bytesMax) {
    const sentence = `the queue is more than ${FULL_SHARE * 100} % full: senders will be told to wait`;
    found.push(warn('queue', sentence, 'see why the event store is slow or down'));
  }
  const corrupt = damages.filter(({ kind }) => kind === 'corrupt');
  if (corrupt.length > 0) {
    const lost = corrupt.reduce((sum, damage) => sum + damage.bytes, 0);
    const sentence = `${megabytes(lost)} of the queue in ${corrupt.length} places could not be read and lie in quarantine`;
    const mend =
      'check the disk; look at queue/quarantine in the data folder, move away what is dealt with, and start again';
    found.push(warn('queue', sentence, mend));
  }
  return found.length > 0 ? found : [ok('queue', `${megabytes(backlogBytes)} wait in the queue`)];
}

/** What the servers' answers mean. */
export function judgeQueue(report: QueueReport, leaseSeconds: number, now: Date): readonly Finding[] {
  const { partitions, serverVersion } = report;
  const bytes = partitions.reduce((sum, one) => sum + one.bytes, 0);
  return [
    ok('queue', `NATS ${serverVersion} answers: ${partitions.length} partitions, ${megabytes(bytes)} wait`),
    ...copies(partitions),
    ...syncs(serverVersion),
    ...room(partitions),
    ...owners(partitions, leaseSeconds, now),
  ];
}

function copies(partitions: readonly PartitionReport[]): Finding[] {
  const single = partitions.filter(({ replicas }) => replicas < REPLICAS_SAFE).length;
  const behind = partitions.filter(({ replicas, current }) => replicas > 1 && current < replicas - 1);
  const found: Finding[] = [];
  if (single > 0) {
    const sentence = `${single} partitions of the queue have fewer than ${REPLICAS_SAFE} copies`;
    found.push(
      warn('queue', sentence, 'run three NATS servers and set TONGAN_NATS_REPLICAS=3: a lost disk then loses nothing'),
    );
  }
  if (behind.length > 0) {
    const names = behind.slice(0, 5).map(({ stream }) => stream);
    found.push(
      warn('queue', `copies are behind or down: ${names.join(', ')}`, 'look at the NATS servers: nats stream report'),
    );
  }
  return found;
}

function syncs(version: string): Finding[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > SYNC_SINCE[0] || (major === SYNC_SINCE[0] && minor >= SYNC_SINCE[1])) return [];
  const sentence = `NATS ${version} acknowledges before its disk has written: a power failure of all copies loses seconds`;
  return [warn('queue', sentence, 'use 2.10 or newer with "sync_interval: always" in its jetstream section')];
}

function room(partitions: readonly PartitionReport[]): Finding[] {
  const full = partitions.filter(({ bytes, bytesMax }) => bytesMax > 0 && bytes > FULL_SHARE * bytesMax);
  if (full.length === 0) return [];
  const sentence = `${full.length} partitions of the queue are more than ${FULL_SHARE * 100} % full: senders will be told to wait`;
  return [warn('queue', sentence, 'start more processes of the role detect, or see why the event store is slow')];
}

function owners(partitions: readonly PartitionReport[], leaseSeconds: number, now: Date): Finding[] {
  const silentMs = SILENT_LEASES * leaseSeconds * 1000;
  const idle = partitions.filter(
    ({ ownedAt }) => ownedAt === undefined || now.getTime() - ownedAt.getTime() > silentMs,
  );
  if (idle.length === 0) return [];
  const sentence = `nobody works on ${idle.length} of ${partitions.length} partitions of the queue`;
  return [fail('queue', sentence, 'start a process of the role detect; what was accepted waits until then')];
}
