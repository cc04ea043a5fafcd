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
export const textArray = (values: readonly (string | null)[]): string => `{${values.map(element).join(',')}}`;

/** The same for values without any sign that needs a mark: UUIDs, numbers, moments of ISO 8601. */
export const plainArray = (values: readonly (string | bigint | number | null)[]): string =>
  `{${values.map((value) => value ?? 'NULL').join(',')}}`;
