import { toSql } from '#engine/condition/sql.ts';
import { valueSql } from '#engine/condition/sql-value.ts';
import { parseSearch } from '#engine/search/parse.ts';
import type { Search } from '#engine/search/query.ts';
import { invalid } from '#platform/errors.ts';
import type { EventSql } from '#platform/eventstore/reader.ts';
import { eventSql, joinSql } from '#platform/eventstore/sql.ts';

const ALL: EventSql = { text: '1', params: {} };

function write(search: Search): EventSql {
  switch (search.kind) {
    case 'and':
      return eventSql`(${joinSql(search.of.map(write), ' AND ', '1')})`;
    case 'or':
      return eventSql`(${joinSql(search.of.map(write), ' OR ', '0')})`;
    case 'not':
      return eventSql`NOT (${write(search.of)})`;
    case 'condition':
      return toSql(search.condition);
    case 'fact': {
      const params: Record<string, unknown> = {};
      const bind = (value: string): string => {
        const name = `v${Object.keys(params).length}`;
        params[name] = value;
        return `{${name}:String}`;
      };
      const text = valueSql(search.test, search.column, bind);
      // Lower-cased already: its index answers only for the column as it is.
      return { text: `(${text.replaceAll('lower(searchable)', 'searchable')})`, params };
    }
  }
}

/** A stretch of time as SQL, `from` inclusive, `to` exclusive. */
export const rangeSql = ({ from, to }: { readonly from: Date; readonly to: Date }): EventSql =>
  eventSql`(time >= ${from} AND time < ${to})`;

/**
 * A query as one SQL condition over table `event`.
 *
 * @throws AppError `invalid_input` with the column and a hint; reason `search.<what>`
 */
export function searchSql(query: string): EventSql {
  const parsed = parseSearch(query);
  if (!parsed.ok) {
    const { column, message, hint, reason } = parsed.problem;
    throw invalid(
      `Character ${column}: ${message}; ${hint}`,
      [{ at: `/query:${column}`, message: `${message}; ${hint}`, reason: `search.${reason}` }],
      `search.${reason}`,
    );
  }
  return parsed.search === undefined ? ALL : write(parsed.search);
}
