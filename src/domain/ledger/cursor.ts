import { type RawBuilder, type Selectable, sql } from 'kysely';
import { z } from 'zod';
import { invalid } from '#platform/errors.ts';
import type { Database } from '#platform/postgres/database.ts';

/** A key of a name has at most 400 characters, of up to four bytes each. */
export const AFTER_MAX = 2400;

/** Where a list goes on: the last row by what it is sorted by, and its id. By moment only from the latest on. */
const Position = z.union([
  z.object({ sort: z.literal('changedAt'), order: z.literal('desc'), at: z.iso.datetime(), id: z.uuid() }),
  z.object({ sort: z.literal('name'), order: z.enum(['asc', 'desc']), key: z.string().max(400), id: z.uuid() }),
]);
export type Position = z.output<typeof Position>;

/** The position of a row in a list; undefined where a list of that order goes on by pages only. */
export function positionOf(
  { id, changed_at, name_key }: Pick<Selectable<Database['asset']>, 'id' | 'changed_at' | 'name_key'>,
  sort: string,
  order: 'asc' | 'desc',
): Position | undefined {
  if (sort === 'name') return { sort, order, key: name_key, id };
  if (sort === 'changedAt' && order === 'desc') return { sort, order, at: changed_at.toISOString(), id };
  return undefined;
}

export const cursorText = (position: Position): string =>
  Buffer.from(JSON.stringify(position), 'utf8').toString('base64url');

/** @throws AppError `invalid_input` for what was not given out */
export function positionAt(cursor: string): Position {
  const parsed = Position.safeParse(parsedOf(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (parsed.success) return parsed.data;
  throw invalid('The cursor is not one that was given out', [{ at: '/after', message: 'Use `next` of an answer' }]);
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a row comes after a position. */
export function isBeyond(position: Position): RawBuilder<boolean> {
  const { id } = position;
  if (position.sort === 'changedAt') return sql`(changed_at, asset.id) < (${position.at}::timestamptz, ${id}::uuid)`;
  const comes = sql.raw(position.order === 'asc' ? '>' : '<');
  return sql`(name_key, asset.id) ${comes} (${position.key}::text COLLATE "C", ${id}::uuid)`;
}
