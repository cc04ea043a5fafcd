import type { EventConnection, HeldRows } from './connection.ts';
import type { BinaryRows } from './row-binary.ts';

/** Writes batches of rows. */
export interface EventWriter {
  /**
   * Inserts lines of JSON (one row a line, keys are columns). The same token again changes nothing, so a batch may be
   * repeated after a crash; rows and their order must then be the same.
   *
   * @param token unique per batch, letters, digits, `.`, `:`, `_`, `-`
   */
  insert(table: string, lines: Uint8Array, token: string): Promise<void>;
  /** Takes rows over that are to be inserted later, perhaps with others: their memory is free when this resolves. */
  hold(rows: BinaryRows): Promise<HeldRows>;
  /** Inserts held rows, all of the same columns, together; otherwise like `insert`, and the quickest way there is. They are held on. */
  insertHeld(table: string, rows: readonly HeldRows[], token: string): Promise<void>;
  /** Gives up what was held. */
  drop(rows: readonly HeldRows[]): Promise<void>;
}

function settingsOf(table: string, token: string): Record<string, string | number> {
  if (!/^[\w.:-]+$/.test(token)) throw new Error(`not a usable token: ${JSON.stringify(token)}`);
  if (!/^\w+$/.test(table)) throw new Error(`not a table name: ${JSON.stringify(table)}`);
  return {
    insert_deduplication_token: token,
    // Imported files span years: a block per day is what the layout asks for.
    max_partitions_per_insert_block: 0,
    max_memory_usage: 2_000_000_000,
    // A batch that comes again after a crash in the middle reaches the roll-ups it had not reached.
    deduplicate_blocks_in_dependent_materialized_views: 1,
    // Indexes are made by the merge that a young part waits for anyway; until then it is small enough to be read whole.
    materialize_skip_indexes_on_insert: 0,
    // Machine code for the views' expressions is never repaid: a batch has some thousand rows.
    compile_expressions: 0,
    compile_aggregate_expressions: 0,
    compile_sort_description: 0,
  };
}

export function openWriter(connection: EventConnection): EventWriter {
  return {
    insert: async (table, lines, token) => {
      const settings = settingsOf(table, token);
      if (lines.byteLength === 0) return;
      await connection.insert(table, lines, {
        ...settings,
        input_format_skip_unknown_fields: 0,
        // Blocks, and so their deduplication, must not depend on how many threads parse.
        input_format_parallel_parsing: 0,
      });
    },
    hold: (rows) => connection.hold(rows),
    insertHeld: (table, rows, token) => connection.insertHeld(table, rows, settingsOf(table, token)),
    drop: (rows) => connection.drop(rows),
  };
}
