/**
 * Incidents: alerts brought together, classified and graded by two graders, put on the legal clock and followed until
 * they are closed. It does not write to units (orders do) and does not report to other authorities by itself: it says
 * what is due and keeps what was reported.
 */

import { type AlertFacts, alertsById } from '#domain/alerts/index.ts';
import type { Grade } from '#engine/clocks/legal.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import type { Slice } from '#platform/slice.ts';
import { incidentRoutes } from './routes.ts';
import { incidentById, insertEntry, liveAlertIds, unitsOf, upsertOrder } from './store.ts';

export { openIncident } from './actions.ts';
export { incidentMoments, ordersOfIncidents } from './life.ts';
export { categoryTitle as incidentCategoryTitle } from './standards.ts';

/** An incident as an order needs it. */
export interface IncidentFacts {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly category: string;
  readonly grade: Grade;
  readonly unitPath: string;
  readonly discoveredAt: Date;
  readonly units: readonly { readonly path: string; readonly name: string }[];
  readonly alerts: readonly AlertFacts[];
}

/** @throws AppError `not_found` also when the incident is outside the caller's scope */
export const incidentFacts = (ctx: Ctx, id: string): Promise<IncidentFacts> =>
  ctx.read(async (db) => {
    const row = await incidentById(db, id);
    if (!row) throw notFound('The incident');
    const units = await unitsOf(db, id);
    return {
      id,
      title: row.title,
      summary: row.summary,
      category: row.category,
      grade: row.grade ?? row.grade_proposed,
      unitPath: row.unit_path,
      discoveredAt: row.discovered_at,
      units: units.map(({ unit_path, name }) => ({ path: unit_path, name })),
      alerts: await alertsById(db, await liveAlertIds(db, id)),
    };
  });

/** What an order tells the incident it came of, in the transaction that changes the order. */
export interface OrderNews {
  readonly incidentId: string;
  readonly orderId: string;
  readonly unitPath: string;
  readonly kind: string;
  readonly title: string;
  readonly number: string | null;
  readonly state: string;
  readonly open: boolean;
}

/** Keeps the state of an order beside its incident; a centre's change also becomes a line of the timeline. */
export async function noteOrder(tx: Tx, news: OrderNews): Promise<void> {
  const now = tx.clock.now();
  await upsertOrder(tx.db, {
    incident_id: news.incidentId,
    order_id: news.orderId,
    unit_path: news.unitPath,
    kind: news.kind,
    title: news.title,
    number: news.number,
    state: news.state,
    open: news.open,
    changed_at: now,
  });
  if (tx.scope.side !== 'centre') return;
  const incident = await incidentById(tx.db, news.incidentId);
  if (!incident) return;
  await insertEntry(tx.db, incident, {
    kind: 'order',
    text: news.title,
    data: { order: news.orderId, state: news.state, number: news.number },
    id: tx.ids.next(),
    at: now,
    byId: tx.actor.id,
    byName: tx.actor.name,
  });
}

export const incidentsSlice: Slice = { name: 'incidents', routes: incidentRoutes };
