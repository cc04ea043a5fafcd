import { parentPort, workerData } from 'node:worker_threads';
import { openReaders, rawCounter } from './detector.ts';
import { readRules } from './rules.ts';

/** Lines one after the other in memory that is handed over, not copied. */
export interface Batch {
  /** How often it has been worked off. */
  readonly turns: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
}

/** What a thread answers: the batch back, and how many hits there were. */
export interface Counted {
  readonly batch: Batch;
  readonly hits: number;
}

/** A thread of its own: gets batches of lines as bytes, answers how many hits there were. */
async function run(): Promise<void> {
  const { rules } = await readRules(String(workerData));
  const count = rawCounter(rules, await openReaders());
  parentPort?.on('message', (batch: Batch) => {
    const { bytes, ends } = batch;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let from = 0;
    let hits = 0;
    for (const end of ends) {
      hits += count(buffer, from, end);
      from = end;
    }
    const answer: Counted = { batch: { ...batch, turns: batch.turns + 1 }, hits };
    parentPort?.postMessage(answer, [bytes.buffer, ends.buffer]);
  });
  parentPort?.postMessage('ready');
}

await run();
