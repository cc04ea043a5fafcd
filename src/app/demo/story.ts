import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/log.ts';
import { everyday } from './background.ts';
import { INTRUSION } from './intrusion.ts';
import { seededChance } from './random.ts';
import type { Senders } from './senders.ts';

const TICK_MS = 1000;
const LINES_A_TICK = 25;
/** Long enough to look at one intrusion before its traces come again. */
const INTRUSION_EVERY_SECONDS = 1800;

/** Keeps everyday traffic arriving, with an intrusion at the start and again every half hour. */
export function tellStory(senders: Senders, clock: Clock, log: Log): { stop(): void } {
  const chance = seededChance(45);
  let second = 0;
  const timer = setInterval(() => {
    const at = clock.now();
    const inStory = second % INTRUSION_EVERY_SECONDS;
    const lines = [
      ...everyday(at, LINES_A_TICK, chance),
      ...INTRUSION.filter((step) => step.afterSeconds === inStory).flatMap((step) => step.lines(at)),
    ];
    second += 1;
    senders
      .send(lines)
      .catch((cause: unknown) => log.warn({ cause: String(cause) }, 'some lines of the demo were not accepted'));
  }, TICK_MS);
  return { stop: () => clearInterval(timer) };
}
