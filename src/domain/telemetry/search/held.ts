import { columnOf } from '#engine/fields/aliases.ts';
import { digestKind } from '#engine/search/digest.ts';
import { resolveName } from '#engine/search/names.ts';
import type { Ctx } from '#platform/context.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import type { Span } from './sweep.ts';

/** What of a search the events of a time can have at all. */
export interface HeldFields {
  /** Columns of the dictionary that some event has a value in. */
  readonly columns: ReadonlySet<string>;
  /** Of the columns for numbers, addresses and GUIDs those that hold other characters as well. */
  readonly wideColumns: ReadonlySet<string>;
  /** Those of the names asked for that some event has in `rest`. */
  readonly restNames: ReadonlySet<string>;
}

/** Which fields a search asks about. */
export interface AskedFields {
  /** Which columns hold anything is of interest. */
  readonly everywhere: boolean;
  /** Names it looks for in `rest`. */
  readonly restNames: ReadonlySet<string>;
}

const TIMEOUT_MS = 10_000;
const ROWS_MAX = 20_000;

/**
 * Asks the roll-up of fields, by month, what the events of a span have. A column that is empty everywhere need not be
 * read, and a name that is nowhere in `rest` need not be looked for there: then an index of the column decides alone.
 */
export async function heldIn(ctx: Ctx, span: Span, asked: AskedFields, signal?: AbortSignal): Promise<HeldFields> {
  const held = { column: new Set<string>(), wide: new Set<string>(), rest: new Set<string>() };
  const answer = { columns: held.column, wideColumns: held.wide, restNames: held.rest };
  if (!asked.everywhere && asked.restNames.size === 0) return answer;
  const rows = await ctx.events.query<{ kind: keyof typeof held; name: string }>(
    eventSql`SELECT DISTINCT kind, name FROM field_use
      WHERE month >= toStartOfMonth(${span.from}) AND month <= toStartOfMonth(${span.to})
        AND ((kind IN ('column', 'wide') AND ${asked.everywhere}) OR (kind = 'rest' AND name IN ${[...asked.restNames]}))`,
    { tag: 'search.held', rowsMax: ROWS_MAX, timeoutMs: TIMEOUT_MS, ...(signal ? { signal } : {}) },
  );
  for (const { kind, name } of rows) held[kind].add(name);
  return answer;
}

/**
 * Which of the names in a query stand for fields that no event of the span's months has: why nothing is found may be a
 * name that nobody uses.
 */
export async function absentFields(
  ctx: Ctx,
  names: readonly string[],
  span: Span,
  signal: AbortSignal,
): Promise<string[]> {
  const fields = names.flatMap((name) => {
    const target = resolveName(name);
    if (!('field' in target)) return [];
    const places = [target.field, columnOf(target.field), ...(digestKind(name) === undefined ? [] : ['hashes'])];
    return [{ name, places: places.filter(Boolean) }];
  });
  if (fields.length === 0) return [];
  const rows = await ctx.events.query<{ name: string }>(
    eventSql`SELECT DISTINCT name FROM field_use
      WHERE month >= toStartOfMonth(${span.from}) AND month <= toStartOfMonth(${span.to})
        AND kind IN ('column', 'rest') AND name IN ${fields.flatMap(({ places }) => places)}`,
    { tag: 'search.absent', rowsMax: ROWS_MAX, timeoutMs: TIMEOUT_MS, signal },
  );
  const held = new Set(rows.map(({ name }) => name));
  return fields.filter(({ places }) => !places.some((place) => held.has(place))).map(({ name }) => name);
}
