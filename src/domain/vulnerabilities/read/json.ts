/** Values of a JSON file whose shape nobody promised. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The own member of an object; undefined for anything else, so `__proto__` and `constructor` in a file are just names. */
export const get = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);

/** A text or a number as text; '' for anything else. */
export function str(value: unknown, ...path: readonly string[]): string {
  const found = get(value, ...path);
  if (typeof found === 'string') return found;
  return typeof found === 'number' || typeof found === 'boolean' ? String(found) : '';
}

/** The members of a list; a list that is missing or something else is empty. */
export function list(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = get(value, ...path);
  return Array.isArray(found) ? found : [];
}

export const strings = (value: unknown, ...path: readonly string[]): string[] =>
  list(value, ...path).flatMap((one) => (typeof one === 'string' ? [one] : []));

/** A list of objects, or one object that stands alone. */
export const objects = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : isObject(value) ? [value] : [];
