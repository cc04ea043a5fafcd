import { collectGarbage } from './garbage.ts';

/** Sizes are rounded up to this, so that pieces fit each other's uses. */
const STEP_BYTES = 256 * 1024;
/** Unused for so long, memory is given back. */
const IDLE_MS = 10_000;
/**
 * Pieces that are forgotten are freed when garbage is collected, which a thread with nothing to do puts off for hours. So much is
 * worth asking for it; what single small batches leave (two pieces of a queue's batch) is not.
 */
const WORTH_BYTES = 40 * 1024 * 1024;

/**
 * Large pieces of memory that are used again. Memory outside the heap that comes and goes makes the garbage collector look
 * through the whole heap every 64 MB, which costs more than all work on what was in it.
 */
export class MemoryPool<T extends Buffer> {
  readonly #allocate: (bytes: number) => T;
  readonly #keptMax: number;
  /** Smallest first. */
  #free: T[] = [];
  #forget: NodeJS.Timeout | undefined;

  /**
   * @param allocate makes a new piece
   * @param keptMax pieces that are kept for the next use
   */
  constructor(allocate: (bytes: number) => T, keptMax: number) {
    this.#allocate = allocate;
    this.#keptMax = keptMax;
  }

  /** Room for at least so many bytes, with anything in it. */
  take(bytes: number): T {
    const at = this.#free.findIndex(({ length }) => length >= bytes);
    const [known] = at < 0 ? [] : this.#free.splice(at, 1);
    return known ?? this.#allocate(Math.ceil(Math.max(bytes, 1) / STEP_BYTES) * STEP_BYTES);
  }

  /** Nobody looks at these any more. */
  give(pieces: readonly T[]): void {
    if (pieces.length === 0) return;
    this.#free = [...this.#free, ...pieces].sort((left, right) => left.length - right.length).slice(-this.#keptMax);
    this.#forget ??= setTimeout(() => {
      this.#forget = undefined;
      const bytes = this.#free.reduce((sum, { length }) => sum + length, 0);
      this.#free = [];
      if (bytes >= WORTH_BYTES) collectGarbage();
    }, IDLE_MS).unref();
    this.#forget.refresh();
  }
}

/** Memory of this thread. */
export const ownPool = (keptMax: number): MemoryPool<Buffer<ArrayBuffer>> =>
  new MemoryPool((bytes) => Buffer.allocUnsafeSlow(bytes), keptMax);

/** Memory that other threads may look at too. */
export const sharedPool = (keptMax: number): MemoryPool<Buffer<SharedArrayBuffer>> =>
  new MemoryPool((bytes) => Buffer.from(new SharedArrayBuffer(bytes)), keptMax);
