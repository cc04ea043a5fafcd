export interface Measured {
  readonly seconds: number;
  readonly perSecond: number;
  /** Processor time of this process, all threads: comparable also on a busy machine. */
  readonly cpuSeconds: number;
}

/** Starts a stopwatch; calling it gives the time since. */
export function stopwatch(events: number): () => Measured {
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  return () => {
    const seconds = (performance.now() - startedAtMs) / 1000;
    const { user, system } = process.cpuUsage(before);
    return { seconds, perSecond: Math.round(events / seconds), cpuSeconds: (user + system) / 1e6 };
  };
}

/** The value that `share` of all values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
