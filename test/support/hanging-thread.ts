import { workerData } from 'node:worker_threads';
import type { WorkerStart } from '#domain/detection/messages.ts';
import { DetectionThread, openTools, tell } from '#domain/detection/thread.ts';

/** A detection thread as it is, but that it gets stuck at texts that say so. */

function hangIf(text: string, words: string): void {
  while (text.includes(words)) {
    // For ever: nothing but the end of the thread helps.
  }
}

const start: WorkerStart = workerData;
const { tools, catalogue } = await openTools(start);
new DetectionThread(
  {
    ...tools,
    normalise: (line) => {
      hangIf(line.text, 'hang-in-reading');
      return tools.normalise(line);
    },
    matcherWithout: (ruleIds) => {
      const matcher = tools.matcherWithout(ruleIds);
      return {
        ...matcher,
        matchLine: (source, bytes, from, to) => {
          hangIf(Buffer.from(bytes.subarray(from, to)).toString(), 'hang-in-matching');
          return matcher.matchLine(source, bytes, from, to);
        },
        match: (event, failed, told) => {
          hangIf(event.raw, 'hang-in-matching');
          return matcher.match(event, failed, told);
        },
      };
    },
  },
  start,
).listen();
tell({ kind: 'ready', catalogue });
