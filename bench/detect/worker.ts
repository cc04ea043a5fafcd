import { parentPort, workerData } from 'node:worker_threads';
import { openReaders, rawCounter } from './detector.ts';
import { readRules } from './rules.ts';

/** What a thread is to do with lines. */
export type Task = 'rules' | 'JSON.parse';

/** Lines in memory that all threads see, as the detection threads of the platform do. */
export interface SharedLines {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** Where each line ends. */
  readonly ends: Uint32Array<SharedArrayBuffer>;
  /** One word: the next batch that nobody has taken. */
  readonly next: Int32Array<SharedArrayBuffer>;
}

export interface Duty {
  readonly task: Task;
  readonly rulesFolder: string;
  readonly lines: SharedLines;
}

export const BATCH_LINES = 100;

/** Works one line off; answers something that depends on it. */
interface Work {
  (line: number): number;
  /** Before the same lines come again: what was remembered of their values is forgotten. */
  readonly forget?: () => void;
}

async function matching({ rulesFolder, lines: { bytes, ends } }: Duty): Promise<Work> {
  const { rules } = await readRules(rulesFolder);
  const count = rawCounter(rules, await openReaders());
  const buffer = Buffer.from(bytes.buffer);
  const work = (line: number) => count(buffer, ends[line - 1] ?? 0, ends[line] ?? 0);
  return Object.assign(work, { forget: count.forget });
}

/** Of text that is decoded already, as everywhere in this bench. */
function parsing({ lines: { bytes, ends } }: Duty): Work {
  const buffer = Buffer.from(bytes.buffer);
  const texts = Array.from(ends, (end, line) => buffer.toString('utf8', ends[line - 1] ?? 0, end));
  return (line) => {
    const value: unknown = JSON.parse(texts[line] ?? 'null');
    return value === null ? 0 : 1;
  };
}

/** A thread of its own: told how often to go through all lines, takes batches until none are left, answers what came of them. */
async function run(duty: Duty): Promise<void> {
  const { ends, next } = duty.lines;
  const batches = Math.ceil(ends.length / BATCH_LINES);
  const work = duty.task === 'rules' ? await matching(duty) : parsing(duty);
  parentPort?.on('message', (turns: number) => {
    let sum = 0;
    let turn = -1;
    for (;;) {
      const batch = Atomics.add(next, 0, 1);
      if (batch >= batches * turns) break;
      if (Math.floor(batch / batches) !== turn) work.forget?.();
      turn = Math.floor(batch / batches);
      const from = (batch % batches) * BATCH_LINES;
      const to = Math.min(ends.length, from + BATCH_LINES);
      for (let line = from; line < to; line += 1) sum += work(line);
    }
    parentPort?.postMessage(sum);
  });
  parentPort?.postMessage('ready');
}

await run(workerData);
