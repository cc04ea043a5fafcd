import { PGlite } from '@electric-sql/pglite';

// A program of its own, see `createEmbedded`: makes an empty database in the folder it is named, and ends.
const [, , folder = ''] = process.argv;
const pglite = new PGlite({ dataDir: folder });
await pglite.waitReady;
await pglite.close();
