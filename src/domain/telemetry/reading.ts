/**
 * The narrow door for threads that read batches: nothing that listens, answers requests or stores. Each thread holds in its own
 * memory whatever it imports, and through `index.ts` that is the whole of the platform.
 */
export { BatchRows, isPlausible, type SourceSums, withPlausibleTime } from './batch.ts';
export { soleSource } from './choose.ts';
export { type Normalise, normaliser, setAside } from './normalise.ts';
export { eachPlace, type LinePlace, lineAt, type TakenLine } from './parcel.ts';
export { loadSources } from './sources.ts';
