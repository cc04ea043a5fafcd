/** Where a command writes: `out` is for results, `err` for progress and faults. */
export interface Io {
  out(line: string): void;
  err(line: string): void;
}

/** One word after `tongan`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What follows the name, e.g. `FILE… [--token TOKEN]`. */
  readonly usage: string;
  /** What follows each verb of a command that has several. */
  readonly verbs?: Readonly<Record<string, string>>;
  /** @returns the exit code */
  run(args: readonly string[], io: Io): Promise<number>;
}
