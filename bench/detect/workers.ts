import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Duty, SharedLines, Task } from './worker.ts';

const ROUNDS = 12;
/** Shorter ones would show how the threads begin and end, not how they work. */
const ROUND_SECONDS = 0.4;

function shared(lines: readonly Buffer[]): SharedLines {
  const bytes = new Uint8Array(new SharedArrayBuffer(lines.reduce((sum, line) => sum + line.length, 0)));
  const ends = new Uint32Array(new SharedArrayBuffer(lines.length * 4));
  let at = 0;
  lines.forEach((line, index) => {
    bytes.set(line, at);
    at += line.length;
    ends[index] = at;
  });
  return { bytes, ends, next: new Int32Array(new SharedArrayBuffer(4)) };
}

interface Drained {
  readonly seconds: number;
  readonly sum: number;
}

/** Goes through all lines `turns` times with these threads; wall-clock seconds. */
async function drain({ next }: SharedLines, workers: readonly Worker[], turns: number): Promise<Drained> {
  Atomics.store(next, 0, 0);
  const startedMs = performance.now();
  const answers = workers.map(async (worker) => {
    const answer = once(worker, 'message');
    worker.postMessage(turns);
    return Number((await answer)[0]);
  });
  const sums = await Promise.all(answers);
  return { seconds: (performance.now() - startedMs) / 1000, sum: sums.reduce((total, sum) => total + sum, 0) };
}

/**
 * How much faster two threads are than one over the same lines. Each of them alone and both together are measured in turns; the
 * quickest round of each counts, because whatever else the machine does can only make a round slower.
 */
export async function twoOverOne(task: Task, rulesFolder: string, buffers: readonly Buffer[]): Promise<number> {
  const lines = shared(buffers);
  const duty: Duty = { task, rulesFolder, lines };
  const workers = [0, 1].map(() => new Worker(new URL('./worker.ts', import.meta.url), { workerData: duty }));
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    // Both build their plans on everything, and their code becomes quick, before anything is measured.
    for (const worker of workers) await drain(lines, [worker], 3);
    const { seconds } = await drain(lines, workers.slice(0, 1), 1);
    const turns = Math.max(1, Math.ceil(ROUND_SECONDS / seconds));
    const times = { first: [] as number[], second: [] as number[], both: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const first = await drain(lines, workers.slice(0, 1), turns);
      const both = await drain(lines, workers, turns);
      const second = await drain(lines, workers.slice(1), turns);
      if (new Set([first.sum, both.sum, second.sum]).size > 1)
        throw new Error(`one thread found ${first.sum}, the other ${second.sum}, both ${both.sum}`);
      times.first.push(first.seconds);
      times.both.push(both.seconds);
      times.second.push(second.seconds);
    }
    const quickest = (seconds: readonly number[]): number => Math.min(...seconds);
    return (quickest(times.first) + quickest(times.second)) / 2 / quickest(times.both);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
