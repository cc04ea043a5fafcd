/**
 * The ledger of assets (全域资产台账): what there is, whose it is, who supervises, runs and uses it, and which asset an
 * event is about. It does not scan and does not judge weaknesses.
 */
import type { Slice } from '#platform/slice.ts';
import { importJob, recordsJob, remindJob, rulesJob, telemetryJob, undoJob } from './jobs.ts';
import { namesAtStart } from './name-keys.ts';
import { ledgerRoutes } from './routes.ts';
import './observations/tables.ts';
import './tables.ts';

export { createAsset } from './actions.ts';
export { startCampaign } from './campaigns/actions.ts';
export { countAssets } from './count.ts';
export { followAssets } from './enrich/follow.ts';
export { loadAssetIndex } from './enrich/load.ts';
export { applyRules } from './gaps/rules.ts';
export { assetLife, bodyOf } from './history/life.ts';
export { relateAssets } from './model/relation-actions.ts';
export { fillNameKeys } from './name-keys.ts';
export { type ObservationInput, serviceDesignation } from './observations/observation.ts';
export { observe } from './observations/observe.ts';
export { observeChangedRecords } from './observations/records.ts';
export { noteGone, recordsOn, type SeenOn } from './observations/seen.ts';
export { type Withdrawn, withdrawSeen } from './observations/withdraw.ts';
export { ASSET_FILTERS } from './query.ts';
export { followMerges, type Merge } from './resolution/carry.ts';
export { OBSERVATION_FILTERS } from './resolution/observation-list.ts';
export {
  type AssetProduct,
  type AssetQuestion,
  type AssetSummary,
  assetsById,
  productsBelow,
  type ResolvedAsset,
  resolveAsset,
  resolveAssets,
  supervisorOf,
} from './resolve.ts';
export { noteScanned, setScanned } from './store.ts';
export { declareZone } from './zones/routes.ts';

export const ledgerSlice: Slice = {
  name: 'ledger',
  routes: ledgerRoutes,
  jobs: [importJob, rulesJob, remindJob, undoJob, recordsJob, telemetryJob],
  services: [namesAtStart],
};
