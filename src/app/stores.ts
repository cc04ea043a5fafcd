import { join } from 'node:path';
import type { Config } from '#platform/config.ts';
import { type EventStore, openEventStore } from '#platform/eventstore/open.ts';
import { openPostgres, type Postgres } from '#platform/postgres/open.ts';

/** The stores as they are: nothing is migrated. */
export interface Stores {
  readonly postgres: Postgres;
  readonly events: EventStore;
}

/** Opens both stores where the configuration says they are. @param progress told what takes long at a first start */
export async function openStores(config: Config, progress?: (sentence: string) => void): Promise<Stores> {
  const { url } = config.postgres;
  progress?.('opening the record store (the first start prepares it, which takes some seconds)');
  const postgres = await openPostgres(
    url ? { kind: 'server', url } : { kind: 'embedded', path: join(config.dataDir, 'postgres') },
  );
  progress?.('opening the event store');
  return { postgres, events: openEvents(config) };
}

function openEvents({ clickhouse, dataDir }: Config): EventStore {
  const { url, user, password, database, cluster } = clickhouse;
  return openEventStore(
    url
      ? { kind: 'server', url, user, password: password ?? '', database, cluster }
      : { kind: 'embedded', path: join(dataDir, 'events') },
  );
}
