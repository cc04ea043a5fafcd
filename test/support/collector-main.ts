import { runCollector } from './collector-process.ts';

/** A process of its own, for whoever kills it. */
await runCollector(process.argv[2] ?? '');
