import type { StoredObservation } from '../observations/store.ts';

/** Observations by their id. */
export type Observations = ReadonlyMap<string, StoredObservation>;

/** A wave is full with this many: while the database writes one the next is computed. */
const WAVE = 400;

/** Observations that share a key, directly or over others, together. */
function hangingTogether(observations: Observations, quarantined: ReadonlySet<string>): StoredObservation[][] {
  const all = [...observations.values()];
  const above = all.map((_, at) => at);
  const top = (at: number): number => {
    let up = at;
    for (let next = above[up] ?? up; next !== up; next = above[up] ?? up) {
      above[up] = above[next] ?? next;
      up = next;
    }
    return up;
  };
  const first = new Map<string, number>();
  for (const [at, { node }] of all.entries()) {
    for (const { text } of node.keys) {
      if (quarantined.has(text)) continue;
      const known = first.get(text);
      if (known === undefined) first.set(text, at);
      else above[top(at)] = top(known);
    }
  }
  return [...Map.groupBy(all.keys(), top).values()].map((members) => members.flatMap((at) => all[at] ?? []));
}

/**
 * Parts of some observations that can be placed one after the other, because nothing of one hangs together with anything of
 * another. Those that are new through and through come first, in waves of about the same size; what is left comes last.
 *
 * @param quarantined keys that count for nothing
 */
export function wavesOf(observations: Observations, quarantined: ReadonlySet<string>): Observations[] {
  const waves: Map<string, StoredObservation>[] = [];
  const others = new Map<string, StoredObservation>();
  let wave = new Map<string, StoredObservation>();
  for (const together of hangingTogether(observations, quarantined)) {
    const isNew = together.every(({ isStored }) => !isStored);
    for (const one of together) (isNew ? wave : others).set(one.node.id, one);
    if (wave.size < WAVE) continue;
    waves.push(wave);
    wave = new Map();
  }
  return [...waves, wave, others].filter(({ size }) => size > 0);
}
