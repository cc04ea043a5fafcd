import type { Scope } from '../context.ts';
import type { EventConnection } from './connection.ts';
import { type EventCopy, openCopy } from './copy.ts';
import { openEmbedded } from './embedded.ts';
import { migrateEventStore } from './migrate.ts';
import type { EventReader, EventSql } from './reader.ts';
import { scopedReader } from './scoped.ts';
import { openServer, type ServerOptions } from './server.ts';
import { type EventWriter, openWriter } from './writer.ts';

export type EventStoreOptions =
  | { readonly kind: 'embedded'; readonly path: string }
  | ({ readonly kind: 'server' } & ServerOptions);

/** The event store: chDB in a folder of its own, or a ClickHouse server. The same SQL runs on both. */
export interface EventStore {
  /** A reader that cannot see beyond `scope`. */
  reader(scope: Scope): EventReader;
  readonly writer: EventWriter;
  /** All events of all units, for backup and restore. */
  readonly copy: EventCopy;
  /** Brings the tables up to date. @returns names of the files applied now */
  migrate(): Promise<string[]>;
  /** Upkeep of tables (time to live). Never with anything a user wrote. @returns the answer as text */
  maintain(sql: EventSql): Promise<string>;
  /** True when the store answers. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens the store. An embedded folder is created when absent and belongs to this process until `close`. */
export function openEventStore(options: EventStoreOptions): EventStore {
  const connection: EventConnection = options.kind === 'embedded' ? openEmbedded(options.path) : openServer(options);
  return {
    reader: (scope) => scopedReader(connection, scope.path),
    writer: openWriter(connection),
    copy: openCopy(connection),
    migrate: () => migrateEventStore(connection),
    maintain: (sql) => connection.command(sql.text, sql.params),
    ping: () => connection.ping(),
    close: () => connection.close(),
  };
}
