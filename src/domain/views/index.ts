/**
 * Views of lists (列表视图) that people name: what a list of the console is narrowed to, private or shared with the own unit
 * or centre, and with which one a list begins.
 *
 * Deliberately absent: searches of events that are saved (telemetry). They carry a query that is checked, run by themselves
 * and raise alerts; a view is an address and does nothing.
 */
import type { Slice } from '#platform/slice.ts';
import { viewRoutes } from './routes.ts';

export const viewsSlice: Slice = { name: 'views', routes: viewRoutes };
