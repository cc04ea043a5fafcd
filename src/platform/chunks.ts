/** The items in their order, in pieces of at most `size`: what goes to a store in one statement is bounded. */
export function* chunks<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
