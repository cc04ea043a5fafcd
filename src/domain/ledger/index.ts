/**
 * The ledger of assets (全域资产台账): what there is, whose it is, who supervises, runs and uses it, and which asset an
 * event is about. It does not scan and does not judge weaknesses.
 */
import './tables.ts';

export { type AssetQuestion, type AssetSummary, assetsById, type ResolvedAsset, resolveAsset } from './resolve.ts';
