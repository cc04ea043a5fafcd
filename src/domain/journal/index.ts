// The journal: every change as one entry, in a Merkle tree with signed checkpoints. It records and proves; it decides
// nothing, and nobody calls it to change anything: `action` appends on its own.
export { appendEntry } from './append.ts';
