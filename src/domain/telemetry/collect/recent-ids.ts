/**
 * Remembers the latest identifiers that senders gave their documents, so that a repeated request does not double them.
 * In memory and bounded: after a restart, or when very much came in between, a repetition is taken once more.
 */
export class RecentIds {
  readonly #max: number;
  readonly #seen = new Set<string>();

  constructor(max = 200_000) {
    this.#max = max;
  }

  has(id: string): boolean {
    return this.#seen.has(id);
  }

  add(id: string): void {
    this.#seen.add(id);
    if (this.#seen.size <= this.#max) return;
    // A set keeps the order of insertion: the first is the oldest.
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      return;
    }
  }
}
