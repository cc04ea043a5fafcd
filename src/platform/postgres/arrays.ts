import { type RawBuilder, sql } from 'kysely';

const MARKED = /["\\]/;
const MARKS = /["\\]/g;

const element = (value: string | null): string => {
  if (value === null) return 'NULL';
  return `"${MARKED.test(value) ? value.replace(MARKS, '\\$&') : value}"`;
};

/**
 * Texts as PostgreSQL writes an array (its manual, 8.15.2), for statements over thousands of rows: the driver would look
 * for marks in each of them twice and copy it each time.
 *
 * @returns what `${textArray(values)}::text[]` takes
 */
export function textArray(values: readonly (string | null)[]): string {
  // One look over all of them: most columns have neither marks nor gaps.
  if (values.length > 0 && !values.includes(null) && !MARKED.test(values.join(''))) return `{"${values.join('","')}"}`;
  return `{${values.map(element).join(',')}}`;
}

/** JSON documents as an array of them: what their text escapes is escaped once more, and they hold no control characters. */
const jsonArray = (documents: readonly string[]): string => `{${JSON.stringify(documents).slice(1, -1)}}`;

/** The same for values without any sign that needs a mark: UUIDs, numbers, moments of ISO 8601. */
export const plainArray = (values: readonly (string | bigint | number | null)[]): string =>
  `{${values.map((value) => value ?? 'NULL').join(',')}}`;

/**
 * A column for the select list of a statement over many rows: the value alone where all rows have the same, for the server
 * reads each element of an array. One column of each statement must differ from row to row.
 */
export function column(values: readonly (string | null)[], type: 'uuid' | 'text' | 'timestamptz'): RawBuilder<unknown> {
  const [first = null] = values;
  const as = sql.raw(type);
  if (values.every((value) => value === first)) return sql`${first}::${as}`;
  return sql`unnest(${type === 'text' ? textArray(values) : plainArray(values)}::${as}[])`;
}

/** The same of JSON documents as `JSON.stringify` writes them. */
export function jsonColumn(documents: readonly string[]): RawBuilder<unknown> {
  const [first = 'null'] = documents;
  if (documents.every((one) => one === first)) return sql`${first}::text::jsonb`;
  return sql`unnest(${jsonArray(documents)}::jsonb[])`;
}
