import type { Place, RawLayout } from '#engine/fields/raw-layout.ts';
import type { Key } from './kernel.ts';

const keyOf = ({ parent, name }: Place): string => `${parent}\n${name}`;

/** All keys a layout and these fields ask for, and how to find the id of one. */
export function keysOf(layout: RawLayout, names: Iterable<string>): { keys: Key[]; idOf: (place: Place) => number } {
  const places = new Map<string, Place>();
  const opens = new Map(layout.parents.slice(1).map((place, index) => [keyOf(place), index + 1]));
  const ignored = new Set(layout.ignored.map(keyOf));
  const add = (place: Place): void => void places.set(keyOf(place), place);
  for (const place of [...layout.parents.slice(1), ...layout.heads, ...layout.ignored]) add(place);
  for (const name of names) for (const place of layout.places(name)) add(place);
  const ids = new Map([...places.keys()].map((key, index) => [key, index + 1]));
  const keys = [...places].map(
    ([key, place]): Key => ({ ...place, opens: opens.get(key) ?? 0, ignored: ignored.has(key) }),
  );
  return { keys, idOf: (place) => ids.get(keyOf(place)) ?? 0 };
}
