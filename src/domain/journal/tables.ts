import type { ColumnType } from 'kysely';

/** A column that is written once: the application has no right to update it. */
type Written<T> = ColumnType<T, T, never>;

interface JournalEntryTable {
  seq: Written<number>;
  at: Written<Date>;
  actor_kind: Written<string>;
  actor_id: Written<string>;
  actor_name: Written<string>;
  action: Written<string>;
  object_type: Written<string>;
  object_id: Written<string>;
  object_counter: Written<number>;
  unit_path: Written<string>;
  side: Written<string>;
  /** Canonical JSON of the facts, as hashed. */
  data: Written<string>;
  /** Canonical JSON of the related objects, as hashed. */
  related: Written<string>;
  request_id: Written<string>;
  leaf_hash: Written<Uint8Array>;
}

interface JournalHeadTable {
  id: Written<number>;
  size: number;
  frontier: Uint8Array;
}

interface JournalObjectTable {
  object_type: Written<string>;
  object_id: Written<string>;
  counter: number;
}

interface JournalRelatedTable {
  object_type: Written<string>;
  object_id: Written<string>;
  /** The entry that names the object besides the one it is about. */
  seq: Written<number>;
}

interface JournalNodeTable {
  level: Written<number>;
  index: Written<number>;
  hash: Written<Uint8Array>;
}

interface JournalCheckpointTable {
  size: Written<number>;
  signed_at: Written<Date>;
  text: Written<string>;
  verifier_key: Written<string>;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    journal_entry: JournalEntryTable;
    journal_head: JournalHeadTable;
    journal_object: JournalObjectTable;
    journal_related: JournalRelatedTable;
    journal_node: JournalNodeTable;
    journal_checkpoint: JournalCheckpointTable;
  }
}
