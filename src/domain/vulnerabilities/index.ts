/**
 * Vulnerabilities of what is in the ledger: reports of scanners and bills of materials come in, findings of several
 * tools become one issue of one asset, and an issue is mended, judged or accepted.
 *
 * Deliberately absent: scanning, deleting an issue, and any way for an import to leave what a person decided.
 */
import { followMerges } from '#domain/ledger/index.ts';
import type { Slice } from '#platform/slice.ts';
import { vulnerabilityJobs } from './jobs.ts';
import { vulnerabilityFollower } from './merge.ts';
import { vulnerabilityRoutes } from './routes.ts';
import './tables.ts';

export { applyImport, uploadReport } from './import/actions.ts';
export { ImportOptions } from './import/import.ts';
export { issueMoments, openIssues, ordersOfIssues } from './life.ts';
export { IssueView } from './list.ts';

followMerges(vulnerabilityFollower);

export const vulnerabilitiesSlice: Slice = {
  name: 'vulnerabilities',
  routes: vulnerabilityRoutes,
  jobs: vulnerabilityJobs,
};
