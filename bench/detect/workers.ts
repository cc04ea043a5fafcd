import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Batch, Counted } from './worker.ts';

const BATCH_LINES = 500;
const ROUNDS = 7;
/** Shorter rounds would show how the threads begin and end, not how they work. */
const ROUND_SECONDS = 0.5;

function packed(lines: readonly Buffer[]): Batch {
  const bytes = new Uint8Array(lines.reduce((sum, line) => sum + line.length, 0));
  const ends = new Uint32Array(lines.length);
  let at = 0;
  lines.forEach((line, index) => {
    bytes.set(line, at);
    at += line.length;
    ends[index] = at;
  });
  return { bytes, ends, turns: 0 };
}

interface Drained {
  readonly seconds: number;
  readonly hits: number;
}

/** Batches that go to threads and come back, round and round. */
class Course {
  private readonly waiting: Batch[];
  /** So often all batches have been worked off. */
  private done = 0;

  constructor(lines: readonly Buffer[]) {
    this.waiting = Array.from({ length: Math.ceil(lines.length / BATCH_LINES) }, (_, index) =>
      packed(lines.slice(index * BATCH_LINES, (index + 1) * BATCH_LINES)),
    );
  }

  /** Works all batches off `turns` times with these threads, two waiting at each; wall-clock seconds. */
  async drain(workers: readonly Worker[], turns: number): Promise<Drained> {
    this.done += turns;
    let hits = 0;
    const startedMs = performance.now();
    const give = (worker: Worker): boolean => {
      const next = this.waiting.findIndex((batch) => batch.turns < this.done);
      const [batch] = next < 0 ? [] : this.waiting.splice(next, 1);
      if (!batch) return false;
      worker.postMessage(batch, [batch.bytes.buffer, batch.ends.buffer]);
      return true;
    };
    const work = (worker: Worker): Promise<void> =>
      new Promise((resolve) => {
        let waiting = 0;
        const take = ({ batch, hits: own }: Counted): void => {
          this.waiting.push(batch);
          hits += own;
          waiting += Number(give(worker)) - 1;
          if (waiting > 0) return;
          worker.off('message', take);
          resolve();
        };
        worker.on('message', take);
        waiting += Number(give(worker)) + Number(give(worker));
        if (waiting === 0) resolve();
      });
    await Promise.all(workers.map(work));
    return { seconds: (performance.now() - startedMs) / 1000, hits };
  }
}

/** How much faster two threads are than one, over the same batches; the median of rounds taken in turns. */
export async function twoOverOne(rulesFolder: string, lines: readonly Buffer[]): Promise<number> {
  const workers = [0, 1].map(() => new Worker(new URL('./worker.ts', import.meta.url), { workerData: rulesFolder }));
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    const course = new Course(lines);
    // Both build their plans on everything before anything is measured.
    for (const worker of workers) await course.drain([worker], 2);
    const { seconds } = await course.drain(workers.slice(0, 1), 1);
    const turns = Math.max(1, Math.ceil(ROUND_SECONDS / seconds));
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const one = await course.drain(workers.slice(0, 1), turns);
      const two = await course.drain(workers, turns);
      if (one.hits !== two.hits) throw new Error(`one thread found ${one.hits} hits, two found ${two.hits}`);
      ratios.push(one.seconds / two.seconds);
    }
    return ratios.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
