/** Work over one list of events; answers something that depends on all of them, so that nothing can be left out. */
export type Pass = (lines: readonly Buffer[]) => number;

const ROUNDS = 7;
/** Short lists are gone through several times within a round, so that a round is long enough to be measured. */
const ROUND_EVENTS = 4_000;

/** Processor time of this process in seconds, all threads: the collector of garbage is part of the price. */
function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

export interface Rate {
  readonly events: number;
  readonly perSecond: number;
  readonly baselinePerSecond: number;
  /** Median over rounds in which both were measured one after the other. */
  readonly ratio: number;
}

/**
 * Measures `pass` against `JSON.parse` on the same events in turns. The events are dealt into rounds where there are enough
 * of them, so that no round sees what an earlier one could have remembered.
 */
export function compareRates(lines: readonly Buffer[], pass: Pass): Rate {
  const dealt = lines.length >= ROUNDS * ROUND_EVENTS;
  const size = Math.floor(lines.length / (ROUNDS + 1));
  const slice = (round: number) => (dealt ? lines.slice(round * size, (round + 1) * size) : lines);
  const repeats = dealt ? 1 : Math.max(1, Math.ceil(ROUND_EVENTS / Math.max(1, lines.length)));
  // Round 0 warms both up and builds the plans.
  const rounds = Array.from({ length: ROUNDS + 1 }, (_, round) => {
    const part = slice(round);
    const texts = part.map((line) => line.toString('utf8'));
    const events = part.length * repeats;
    const repeated = (work: () => void) => () => {
      for (let turn = 0; turn < repeats; turn += 1) work();
    };
    const base = cpuSeconds(repeated(() => parseAll(texts))) / events;
    return { base, own: cpuSeconds(repeated(() => pass(part))) / events };
  }).slice(1);
  return {
    events: lines.length,
    perSecond: Math.round(1 / median(rounds.map(({ own }) => own))),
    baselinePerSecond: Math.round(1 / median(rounds.map(({ base }) => base))),
    ratio: median(rounds.map(({ base, own }) => base / own)),
  };
}

/** The floor: text already decoded, every event parsed by the JavaScript engine itself. */
function parseAll(texts: readonly string[]): number {
  let objects = 0;
  for (const text of texts) {
    const value: unknown = JSON.parse(text);
    if (value !== null) objects += 1;
  }
  return objects;
}
