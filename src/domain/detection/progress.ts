/** What a thread is doing. */
const STAGES = ['waiting', 'reading', 'matching'] as const;
export type Stage = (typeof STAGES)[number];

/** Where in a batch a thread is: at the line, or its event, with this number. */
export interface Place {
  readonly stage: Stage;
  readonly position: number;
}

/** What a thread is doing, in memory that it shares with whoever watches it: a thread that hangs answers no question. */
export class Progress {
  readonly memory: SharedArrayBuffer;
  private readonly numbers: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.numbers = new Int32Array(memory);
  }

  set(stage: Stage, position = 0): void {
    Atomics.store(this.numbers, 1, position);
    Atomics.store(this.numbers, 0, STAGES.indexOf(stage));
  }

  get place(): Place {
    const stage = STAGES[Atomics.load(this.numbers, 0)] ?? 'waiting';
    return { stage, position: Atomics.load(this.numbers, 1) };
  }
}
