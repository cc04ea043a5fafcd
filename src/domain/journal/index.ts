import type { Slice } from '#platform/slice.ts';
import { journalRoutes } from './routes.ts';
import { signingService } from './services.ts';

// The journal: every change as one entry, in a Merkle tree with signed checkpoints. It records and proves; it decides
// nothing, and nobody calls it to change anything: `action` appends on its own.
export { appendEntries } from './append.ts';
export { readLines } from './lines.ts';
export { verifyDatabase } from './routes.ts';
export { installationKey, keyFile, lastSigned } from './signer.ts';
export { type JournalHead, journalHead, oldestUnsignedAt } from './store.ts';
export { verifyJournal } from './verify.ts';

export const journalSlice: Slice = { name: 'journal', routes: journalRoutes, services: [signingService] };
