import { setImmediate } from 'node:timers/promises';
import { textsOf } from '#engine/fields/row.ts';
import { chunks } from '#platform/chunks.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import type { EventSql } from '#platform/eventstore/reader.ts';
import { eventSql, rangeSql, rawSql } from '#platform/eventstore/sql.ts';
import { type EventLine, LATE, lineColumns } from './events.ts';
import { heldIn } from './held.ts';
import { bounded, type Span } from './sweep.ts';

/** An event by what it is sorted by. */
export interface EventKey {
  readonly ms: number;
  readonly id: string;
}

const KEYS_TIMEOUT_MS = 120_000;
const PIECE_TIMEOUT_MS = 60_000;
const FIRST_PIECE = 1_000;
const PIECE_MAX = 20_000;
/**
 * Pieces become about as large as this, whatever an event holds: of one to some thousand events. Characters. Smaller ones would cost more:
 * events are kept in the order of their hours, so each piece has the store unpack much of an hour.
 */
const WANTED_CHARS = 8_000_000;
/** Events put together at once: then others have their turn. */
const AT_ONCE = 500;
const GROWTH = 4;
/** Rows of a piece at most: far more than it has, since it lies between two events. */
const ROWS_MAX = 200_000;

/** The oldest events of a search, by their keys alone: what is sorted is small, whatever will be read of them. */
export function keysOf(ctx: Ctx, span: Span, found: EventSql, most: number, signal: AbortSignal): Promise<EventKey[]> {
  return ctx.events.query<EventKey>(
    eventSql`SELECT toUnixTimestamp64Milli(time) AS ms, event_id AS id FROM event
      WHERE ${rangeSql(span)} AND ${found} ORDER BY time, event_id LIMIT ${most}`,
    { tag: 'search.export-keys', rowsMax: most, timeoutMs: KEYS_TIMEOUT_MS, signal },
  );
}

/**
 * Events in the order of their keys, a piece at a time: however many there are, and however long, neither the store nor this process
 * holds more than a piece, and nothing of the store is taken while a slow reader is waited for. What is made of an event's other columns is
 * made here, as for a page of a search: the store takes gigabytes for that, since it makes it of whole blocks.
 *
 * @param found condition that the events meet, so that others between two of them are not read
 * @throws AppError `conflict` when an event has gone since its key was read: a file lacks nothing in silence
 */
export async function* piecesOf(
  ctx: Ctx,
  keys: readonly EventKey[],
  found: EventSql,
  columns: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<EventLine[]> {
  const isLate = columns.some((column) => LATE.has(column));
  const read = isLate ? await wholeColumns(ctx, keys, columns, signal) : columns.join(', ');
  let at = 0;
  let count = FIRST_PIECE;
  while (at < keys.length) {
    const piece = keys.slice(at, at + count);
    const limits = { tag: 'search.export', rowsMax: ROWS_MAX, timeoutMs: PIECE_TIMEOUT_MS, signal };
    const asked = await bounded(() => ctx.events.query<EventLine>(pieceSql(piece, found, read), limits));
    if ('bound' in asked) {
      if (piece.length === 1) throw asked.error;
      count = Math.ceil(piece.length / GROWTH);
      continue;
    }
    const rows = inOrder(piece, asked.answer);
    yield await linesOf(rows, columns, isLate);
    at += piece.length;
    count = nextCount(piece.length, rows);
  }
}

/** What `raw` and `message` are made of, and the columns asked for. */
async function wholeColumns(ctx: Ctx, keys: readonly EventKey[], columns: readonly string[], signal: AbortSignal) {
  const [first, last] = [keys[0]?.ms ?? 0, keys.at(-1)?.ms ?? 0];
  const span = { from: new Date(first), to: new Date(last) };
  // Asked after the keys were read: an event that came in since then may have a column that none had before.
  const held = await heldIn(ctx, span, { everywhere: true, restNames: new Set() }, signal);
  const stored = lineColumns(held.columns).raw.split(', ');
  return [...new Set([...stored, ...columns.filter((column) => !LATE.has(column))])].join(', ');
}

function pieceSql(piece: readonly EventKey[], found: EventSql, columns: string): EventSql {
  const [first, last] = [piece[0], piece.at(-1)];
  if (first === undefined || last === undefined) throw new Error('a piece has at least one event');
  const [from, to] = [new Date(first.ms), new Date(last.ms)];
  return eventSql`SELECT ${rawSql(columns)} FROM event PREWHERE ${rangeSql({ from, to: new Date(last.ms + 1) })}
    WHERE (time, event_id) >= (${from}, ${first.id}) AND (time, event_id) <= (${to}, ${last.id}) AND ${found}`;
}

/** The rows of the keys; events that came in between since the keys were read are left out, as they were not counted either. */
function inOrder(piece: readonly EventKey[], rows: readonly EventLine[]): EventLine[] {
  const byId = Map.groupBy(rows, (row) => row.event_id ?? '');
  return piece.map(({ id }) => {
    const row = byId.get(id)?.shift();
    if (row !== undefined) return row;
    const sentence = 'Events were deleted or read anew while they were exported; export them again';
    throw new AppError('conflict', { public: sentence, reason: 'search.export-changed' });
  });
}

async function linesOf(rows: readonly EventLine[], columns: readonly string[], isLate: boolean): Promise<EventLine[]> {
  const lines: EventLine[] = [];
  for (const some of chunks(rows, AT_ONCE)) {
    lines.push(...some.map((row) => chosen(isLate ? { ...row, ...textsOf(row) } : row, columns)));
    await setImmediate();
  }
  return lines;
}

const chosen = (row: EventLine, columns: readonly string[]): EventLine =>
  Object.fromEntries(columns.map((column) => [column, row[column] ?? '']));

function nextCount(count: number, rows: readonly EventLine[]): number {
  const chars = rows.reduce((sum, row) => sum + Object.values(row).reduce((all, { length }) => all + length, 0), 1);
  const wanted = Math.floor((count * WANTED_CHARS) / chars);
  return Math.max(1, Math.min(PIECE_MAX, count * GROWTH, wanted));
}
