/** SQL with its values kept apart. A plain string in `sql` is always a bound value, never SQL. */
export interface EventSql {
  readonly text: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface QueryLimits {
  /** Default 30 000. */
  readonly timeoutMs?: number;
  /** Rows in the result, default 10 000. */
  readonly rowsMax?: number;
  readonly signal?: AbortSignal;
  /** How much of the columns a thread reads and tests at once; default 1 000 000, the store's own. More is quicker where many columns are tested. */
  readonly blockBytes?: number;
  /** Where the query comes from, kept in the store's query log: `search.histogram`. */
  readonly tag: string;
}

/**
 * Reads events. The scope of the caller is added to every query by the handle itself (setting
 * `additional_table_filters` on table `event`), so a forgotten `where` shows too little, never too much.
 */
export interface EventReader {
  query<Row extends object>(sql: EventSql, limits: QueryLimits): Promise<Row[]>;
}
