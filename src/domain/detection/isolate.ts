/** An item on its own that makes an attempt fail. */
export interface Poison<Item> {
  readonly item: Item;
  readonly error: unknown;
}

/**
 * Finds the items that make `attempt` fail, by halves. An attempt must leave nothing behind when it fails, and nothing
 * that matters when it is repeated.
 *
 * @returns the items without which the attempt works, and those that fail alone
 * @throws what the attempt throws without any item: then it is not the items' fault
 */
export async function isolate<Item>(
  items: readonly Item[],
  attempt: (items: readonly Item[]) => Promise<void>,
): Promise<{ sound: Item[]; poison: Poison<Item>[] }> {
  await attempt([]);
  const sound: Item[] = [];
  const poison: Poison<Item>[] = [];
  const waiting: (readonly Item[])[] = [items];
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    if (part.length === 0) continue;
    try {
      await attempt(part);
      sound.push(...part);
    } catch (error) {
      const [item] = part;
      if (part.length === 1 && item !== undefined) poison.push({ item, error });
      else {
        const half = part.length >> 1;
        // The first half on top: what is sound stays in its order.
        waiting.push(part.slice(half), part.slice(0, half));
      }
    }
  }
  return { sound, poison };
}
