/** Something to do when the clock reaches a time. */
export interface Timer {
  readonly dueMs: number;
  /** Decides among equal times, so that the order never depends on when timers were set. */
  readonly key: string;
}

const before = (left: Timer, right: Timer): boolean =>
  left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.key < right.key);

/** Timers, the earliest first: a binary heap. */
export class Timers<Item extends Timer> {
  private readonly heap: Item[] = [];

  get first(): Item | undefined {
    return this.heap[0];
  }

  add(item: Item): void {
    const { heap } = this;
    let place = heap.length;
    heap.push(item);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = heap[above];
      if (!other || !before(item, other)) break;
      heap[place] = other;
      place = above;
    }
    heap[place] = item;
  }

  /** Takes out the earliest. */
  take(): Item | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last && heap.length > 0) this.sink(last);
    return first;
  }

  private sink(item: Item): void {
    const { heap } = this;
    let place = 0;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const child = left && right && before(right, left) ? right : left;
      if (!child || !before(child, item)) break;
      heap[place] = child;
      place = child === left ? 2 * place + 1 : 2 * place + 2;
    }
    heap[place] = item;
  }
}
