import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { BIGINT_OID, DATE_OID, parseBigint, parseDate } from './values.ts';

/**
 * The embedded database takes this memory at its start and never gives it back; whatever it reads besides lies in the cache of the
 * operating system. Its own default is 128 MB, more than all the rest of an idle platform.
 */
const SHARED_BUFFERS = 'shared_buffers=32MB';

/**
 * Opens the embedded database in this thread.
 *
 * @param path its folder; undefined: it is in memory only
 */
export async function openPglite(path: string | undefined, template: Blob | undefined): Promise<PGlite> {
  const pglite = new PGlite({
    ...(path === undefined ? {} : { dataDir: path }),
    ...(template ? { loadDataDir: template } : {}),
    // Made available; a migration creates it.
    extensions: { pg_trgm },
    parsers: { [BIGINT_OID]: parseBigint, [DATE_OID]: parseDate },
    // Otherwise a timer that repeats for ever keeps the process from ending once an existing folder was opened.
    startParams: [...PGlite.defaultStartParams, '-c', 'log_startup_progress_interval=0', '-c', SHARED_BUFFERS],
  });
  await pglite.waitReady;
  return pglite;
}
