const KEPT_MAX = 4;

/**
 * Memory for what is read of the log. It may be shared with other threads, so that handing a batch over copies nothing, and
 * it is used again after its batch is done: memory that comes and goes would call for the garbage collector all the time.
 */
export class Parts {
  readonly #free: SharedArrayBuffer[] = [];

  /** Room for at least so many bytes, with anything in it. */
  take(bytes: number): Buffer<SharedArrayBuffer> {
    const at = this.#free.findIndex(({ byteLength }) => byteLength >= bytes);
    const [known] = at < 0 ? [] : this.#free.splice(at, 1);
    return Buffer.from(known ?? new SharedArrayBuffer(bytes));
  }

  /** Nobody looks at these any more. */
  give(parts: readonly Buffer<SharedArrayBuffer>[]): void {
    for (const { buffer } of parts) if (this.#free.length < KEPT_MAX) this.#free.push(buffer);
  }
}
