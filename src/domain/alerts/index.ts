/**
 * Alerts: detections grouped by rule, entity and window, triaged by people of the centre, and proposed as incidents.
 * It does not evaluate rules and does not open incidents.
 */
import type { Slice } from '#platform/slice.ts';
import { forgetDetections } from './jobs.ts';
import { alertRoutes } from './routes.ts';
import './tables.ts';

export type { CountedSpan, Detection } from './detection-input.ts';
export {
  type AlertFacts,
  alertsById,
  linkAlertsToIncident,
  proposeIncident,
  unlinkAlertsFromIncident,
} from './incident-link.ts';
export { alertMoments, alertTally, incidentsOfAlerts } from './life.ts';
export { AlertItem } from './list.ts';
export { raiseDetections } from './raise.ts';

export const alertsSlice: Slice = { name: 'alerts', routes: alertRoutes, jobs: [forgetDetections] };
