import { fieldNames } from './aliases.ts';
import type { FieldValue } from './event.ts';

/** What `event` holds under `field` or a name of the same meaning; undefined when it has none. */
export function lookUp(fields: Readonly<Record<string, FieldValue>>, field: string): FieldValue | undefined {
  for (const name of fieldNames(field)) {
    if (Object.hasOwn(fields, name)) return fields[name];
  }
  return undefined;
}
