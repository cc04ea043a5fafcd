import { parentPort, workerData } from 'node:worker_threads';
import { openReaders, rawDetector } from './detector.ts';
import { readRules } from './rules.ts';

/** A thread of its own: gets batches of lines as bytes, answers how many hits there were. */
async function run(): Promise<void> {
  const { rules } = await readRules(String(workerData));
  const detect = rawDetector(rules, await openReaders());
  parentPort?.on('message', ({ bytes, ends }: { bytes: Uint8Array; ends: Uint32Array }) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let from = 0;
    let hits = 0;
    for (const end of ends) {
      hits += detect(buffer.subarray(from, end)).length;
      from = end;
    }
    parentPort?.postMessage(hits);
  });
  parentPort?.postMessage('ready');
}

await run();
