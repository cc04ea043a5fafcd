import { type RawBuilder, sql } from 'kysely';

/** Greater than every text that begins with `prefix`, in the order of bytes. */
export const beyond = (prefix: string): string => `${prefix}\u{10FFFF}`;

/** The condition that a row is of a unit or area. A range finds the index that a prefix does not. */
export function inArea(area: string, column = 'unit_path'): RawBuilder<boolean> {
  if (area === '/') return sql<boolean>`true`;
  const path = sql.ref(column);
  return sql<boolean>`(${path} >= ${area} AND ${path} < ${beyond(area)})`;
}
