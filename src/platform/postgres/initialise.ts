import { PGlite } from '@electric-sql/pglite';

// A program of its own, see `createEmbedded`: makes an empty database in the folder it is named, and ends.
// Who began it is gone: nobody will take what is made here.
process.on('disconnect', () => process.exit(1));
const [, , folder = ''] = process.argv;
const pglite = new PGlite({ dataDir: folder });
await pglite.waitReady;
await pglite.close();
// Listening for its end keeps the channel to who began it open.
process.exit(0);
