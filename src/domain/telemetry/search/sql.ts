import { restNamesOf, toSql } from '#engine/condition/sql.ts';
import { OPERATORS, valueSql } from '#engine/condition/sql-value.ts';
import { parseSearch } from '#engine/search/parse.ts';
import type { Search } from '#engine/search/query.ts';
import type { Ctx } from '#platform/context.ts';
import { invalid } from '#platform/errors.ts';
import type { EventSql } from '#platform/eventstore/reader.ts';
import { eventSql, joinSql, rawSql } from '#platform/eventstore/sql.ts';
import { freeTextSql } from './free-text.ts';
import { type AskedFields, type HeldFields, heldIn } from './held.ts';
import type { Span } from './sweep.ts';

/** What is needed to find the events of a query. */
export interface Searched {
  /** The condition they meet. */
  readonly found: EventSql;
  /** Columns of the dictionary in which any of them may have a value. */
  readonly columns: ReadonlySet<string>;
}

const ALL: EventSql = { text: '1', params: {} };

/** `held` undefined: nothing is known of the events. */
function write(search: Search, held: HeldFields | undefined): EventSql {
  switch (search.kind) {
    case 'and':
      return eventSql`(${joinSql(
        search.of.map((part) => write(part, held)),
        ' AND ',
        '1',
      )})`;
    case 'or':
      return eventSql`(${joinSql(
        search.of.map((part) => write(part, held)),
        ' OR ',
        '0',
      )})`;
    case 'not':
      return eventSql`NOT (${write(search.of, held)})`;
    case 'condition':
      return toSql(search.condition, 'p', { restHas: (name) => held === undefined || held.restNames.has(name) });
    case 'fact': {
      const params: Record<string, unknown> = {};
      const bind = (value: string): string => {
        const known = Object.keys(params).find((name) => params[name] === value);
        const name = known ?? `v${Object.keys(params).length}`;
        params[name] = value;
        return `{${name}:String}`;
      };
      const { test, column } = search;
      if (column === 'received_at' && test.op === 'number') {
        return eventSql`received_at ${rawSql(OPERATORS[test.compare])} ${new Date(test.value)}`;
      }
      const text = column === 'searchable' ? freeTextSql(test, held, bind) : `(${valueSql(test, column, bind)})`;
      return { text, params };
    }
  }
}

/** What a search would have to look at, if nothing were known of the events. */
function askedBy(search: Search | undefined): AskedFields {
  const restNames = new Set<string>();
  let everywhere = false;
  const visit = (part: Search): void => {
    switch (part.kind) {
      case 'and':
      case 'or':
        for (const one of part.of) visit(one);
        break;
      case 'not':
        visit(part.of);
        break;
      case 'fact':
        everywhere ||= part.column === 'searchable';
        break;
      case 'condition':
        for (const name of restNamesOf(part.condition)) restNames.add(name);
    }
  };
  if (search !== undefined) visit(search);
  return { everywhere, restNames };
}

/** @throws AppError `invalid_input` with the column and a hint; reason `search.<what>` */
function parsed(query: string): Search | undefined {
  const answer = parseSearch(query);
  if (answer.ok) return answer.search;
  const { column, message, hint, reason } = answer.problem;
  throw invalid(
    `Character ${column}: ${message}; ${hint}`,
    [{ at: `/query:${column}`, message: `${message}; ${hint}`, reason: `search.${reason}` }],
    `search.${reason}`,
  );
}

/** The names of fields in a query; none for one that cannot be read. */
export function fieldsOf(query: string): readonly string[] {
  const answer = parseSearch(query);
  return answer.ok ? answer.fields : [];
}

/**
 * A query as one SQL condition over table `event`, whatever the events are.
 *
 * @throws AppError as `parsed`
 */
export function searchSql(query: string): EventSql {
  const search = parsed(query);
  return search === undefined ? ALL : write(search, undefined);
}

/**
 * The same for the events of one span: what none of them has is left out of the condition, and need not be read for what
 * is found.
 *
 * @throws AppError as `parsed`
 */
export async function searchIn(ctx: Ctx, query: string, span: Span, signal: AbortSignal): Promise<Searched> {
  const search = parsed(query);
  const held = await heldIn(ctx, span, { ...askedBy(search), everywhere: true }, signal);
  return { found: search === undefined ? ALL : write(search, held), columns: held.columns };
}
