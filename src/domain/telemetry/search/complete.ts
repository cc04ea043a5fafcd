import { COLUMNS } from '#engine/fields/dictionary.ts';
import { columnOfName, type Place, placeOf, proposeNames, writtenValue } from '#engine/search/complete.ts';
import { parseSearch } from '#engine/search/parse.ts';
import type { Ctx } from '#platform/context.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { type Overview, overview } from './overview.ts';
import type { Span } from './sweep.ts';

export interface CompletionQuery extends Span {
  /** The query up to the caret. */
  readonly before: string;
  /** Conditions that hold besides; empty: none. */
  readonly within: string;
}

/** One way to go on. */
interface Proposal {
  readonly kind: 'field' | 'value' | 'operator';
  /** What is written in place of what was typed. */
  readonly text: string;
  /** Of a field: the column it is kept in, empty when it has none. */
  readonly column: string;
  /** Of a field: whether events of this time have it. */
  readonly used: boolean;
  /** Of a value: how many of the events looked at have it. */
  readonly count: number;
}

export interface Completion {
  /** Characters (UTF-16) before the caret that a proposal takes the place of. */
  readonly replace: number;
  readonly items: readonly Proposal[];
}

const ITEMS_MAX = 12;
const NAMES_MAX = 200;
const TIMEOUT_MS = 3_000;
/** Nobody waits longer for a proposal: what was counted until then is shown. */
const PATIENCE_MS = 800;
const TYPED: ReadonlySet<string> = new Set(COLUMNS.map(({ column }) => column));
const OPERATORS = ['and', 'or', 'not'] as const;

/**
 * How a query may go on at the caret: fields that the events of this time have, or the most frequent values of the field
 * being asked for among the events of the rest of the query. Counts are of the newest events, as far as they were looked
 * at within a second. Never complains of the query: somebody is still writing it.
 */
export async function complete(ctx: Ctx, query: CompletionQuery, signal: AbortSignal): Promise<Completion> {
  const place = placeOf(query.before);
  if (place.kind === 'none') return { replace: 0, items: [] };
  const items =
    place.kind === 'name' ? await names(ctx, place, query, signal) : await values(ctx, place, query, signal);
  return { replace: place.length, items };
}

async function names(
  ctx: Ctx,
  { typed, afterOperand }: Extract<Place, { kind: 'name' }>,
  span: Span,
  signal: AbortSignal,
): Promise<Proposal[]> {
  const rows = await ctx.events.query<{ kind: string; name: string }>(
    eventSql`SELECT kind, name FROM field_use
      WHERE month >= toStartOfMonth(${span.from}) AND month <= toStartOfMonth(${span.to})
        AND (kind = 'column' OR (kind = 'rest' AND ${typed !== ''} AND positionCaseInsensitiveUTF8(name, ${typed}) > 0))
      GROUP BY kind, name ORDER BY kind, length(name), name LIMIT ${NAMES_MAX * 2}`,
    { tag: 'search.complete', rowsMax: NAMES_MAX * 2, timeoutMs: TIMEOUT_MS, signal },
  );
  const columns = new Set(rows.filter(({ kind }) => kind === 'column').map(({ name }) => name));
  const others = rows.filter(({ kind }) => kind === 'rest').map(({ name }) => name);
  const fields = proposeNames(typed, others).map(({ name, column }): Proposal => {
    const used = !TYPED.has(column) || columns.has(column);
    return { kind: 'field', text: `${name}:`, column, used, count: 0 };
  });
  const operators = OPERATORS.filter((word) => typed !== '' && word.startsWith(typed.toLowerCase()));
  return [
    ...fields.filter(({ used }) => used),
    ...(afterOperand ? operators : operators.filter((word) => word === 'not')).map(operator),
    ...fields.filter(({ used }) => !used),
  ].slice(0, ITEMS_MAX);
}

const operator = (word: string): Proposal => ({ kind: 'operator', text: `${word} `, column: '', used: true, count: 0 });

async function values(
  ctx: Ctx,
  place: Extract<Place, { kind: 'value' }>,
  query: CompletionQuery,
  signal: AbortSignal,
): Promise<Proposal[]> {
  const column = columnOfName(place.name);
  if (column === undefined) return [];
  const asked = `${place.name}:${patternOf(place.typed)}`;
  const head = query.before.slice(0, query.before.length - place.length);
  for (const text of [joined(`${head}${patternOf(place.typed)}`, query.within), joined(asked, query.within)]) {
    if (!parseSearch(text).ok) continue;
    const found = await counted(ctx, { ...query, query: text, columns: [column], top: 50 }, signal);
    const items = proposalsOf(found, place.typed);
    if (items.length > 0) return items;
  }
  return [];
}

/** A word that passes any value in which the typed letters and digits stand in this order. */
const patternOf = (typed: string): string => `*${typed}*`.replace(/[^\p{L}\p{N}_.:/-]+/gu, '*');

const joined = (query: string, within: string): string => (within === '' ? query : `(${query}) and ${within}`);

async function counted(
  ctx: Ctx,
  query: Parameters<typeof overview>[1],
  signal: AbortSignal,
): Promise<Overview | undefined> {
  const startedAtMs = performance.now();
  let last: Overview | undefined;
  for await (const known of overview(ctx, query, signal)) {
    last = known;
    if (performance.now() - startedAtMs > PATIENCE_MS) break;
  }
  return last;
}

function proposalsOf(found: Overview | undefined, typed: string): Proposal[] {
  const wanted = typed.replaceAll('*', '').toLowerCase();
  return (found?.facets[0]?.values ?? [])
    .filter(({ value }) => value.toLowerCase().includes(wanted))
    .slice(0, ITEMS_MAX)
    .map(({ value, count }) => ({ kind: 'value', text: `${writtenValue(value)} `, column: '', used: true, count }));
}
