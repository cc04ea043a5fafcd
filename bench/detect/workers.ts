import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const BATCH = 1_000;
const ROUNDS = 5;

/** Lines one after the other in memory that can be handed to a thread without copying. */
function packed(lines: readonly Buffer[]): { bytes: Uint8Array<ArrayBuffer>; ends: Uint32Array<ArrayBuffer> } {
  const bytes = new Uint8Array(lines.reduce((sum, line) => sum + line.length, 0));
  const ends = new Uint32Array(lines.length);
  let at = 0;
  lines.forEach((line, index) => {
    bytes.set(line, at);
    at += line.length;
    ends[index] = at;
  });
  return { bytes, ends };
}

/** Works off all batches with these threads, two waiting at each; wall-clock seconds. */
async function drain(workers: readonly Worker[], lines: readonly Buffer[]): Promise<number> {
  const batches = Array.from({ length: Math.ceil(lines.length / BATCH) }, (_, index) =>
    packed(lines.slice(index * BATCH, (index + 1) * BATCH)),
  );
  const startedMs = performance.now();
  const next = (worker: Worker): boolean => {
    const batch = batches.pop();
    if (batch) worker.postMessage(batch, [batch.bytes.buffer, batch.ends.buffer]);
    return batch !== undefined;
  };
  await Promise.all(
    workers.map(async (worker) => {
      let waiting = Number(next(worker)) + Number(next(worker));
      while (waiting > 0) {
        await once(worker, 'message');
        waiting -= 1;
        waiting += Number(next(worker));
      }
    }),
  );
  return (performance.now() - startedMs) / 1000;
}

/** How much faster two threads are than one, over the same batches; the median of rounds taken in turns. */
export async function twoOverOne(rulesFolder: string, lines: readonly Buffer[]): Promise<number> {
  const workers = [0, 1].map(() => new Worker(new URL('./worker.ts', import.meta.url), { workerData: rulesFolder }));
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    // Both build their plans on everything before anything is measured.
    for (const worker of workers) await drain([worker], lines);
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const one = await drain(workers.slice(0, 1), lines);
      ratios.push(one / (await drain(workers, lines)));
    }
    return ratios.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
