import { z } from 'zod';
import { type AlertFacts, alertsById, linkAlertsToIncident, unlinkAlertsFromIncident } from '#domain/alerts/index.ts';
import { unitByPath } from '#domain/organizations/index.ts';
import { action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { conflict, notFound } from '#platform/errors.ts';
import { commonPath, Reason } from './incident.ts';
import { locked, moved, refuseWhenOver, told } from './record.ts';
import {
  endAlertLinks,
  type IncidentRow,
  insertAlertLinks,
  insertEntities,
  insertEntry,
  insertUnits,
  liveAlertIds,
  updateIncident,
} from './store.ts';

/** The path of an incident may only widen: alerts of another unit join it, and the record moves up the tree. */
export async function attach(tx: Tx, incident: Pick<IncidentRow, 'id' | 'unit_path'>, alerts: readonly AlertFacts[]) {
  const units = [...new Set(alerts.map((alert) => alert.unitPath))];
  const named = [];
  for (const path of units) {
    const unit = await unitByPath(tx, path);
    if (unit) named.push({ path, name: unit.name });
  }
  await insertUnits(tx.db, incident.id, named);
  await insertAlertLinks(tx.db, incident.id, alerts, tx.clock.now());
  await insertEntities(
    tx.db,
    incident,
    alerts.flatMap((alert) => alert.entities),
  );
  await linkAlertsToIncident(
    tx,
    alerts.map((alert) => alert.id),
    incident.id,
  );
}

const AlertLinks = z.strictObject({ id: z.uuid(), alertIds: z.array(z.uuid()).min(1).max(500) });

/** Adds alerts. @throws AppError `conflict` when the incident is over or an alert belongs to another one */
export const linkAlerts = action('incident.manage', AlertLinks, async (tx, input): Promise<void> => {
  const incident = await locked(tx, input.id);
  refuseWhenOver(incident);
  const alerts = await alertsById(tx.db, input.alertIds);
  if (alerts.some((alert) => alert.incidentId !== null && alert.incidentId !== incident.id)) {
    throw conflict('One of the alerts belongs to another incident', 'incident.alert.taken');
  }
  const path = commonPath([incident.unit_path, ...alerts.map((alert) => alert.unitPath)]);
  await updateIncident(tx.db, incident, { unit_path: path, changed_at: tx.clock.now() });
  await attach(tx, { id: incident.id, unit_path: path }, alerts);
  await told(tx, { id: incident.id, unit_path: path }, { kind: 'linked', text: '', data: { alerts: input.alertIds } });
});

/** Takes alerts out again; that they were in stays on record. */
export const unlinkAlerts = action('incident.manage', AlertLinks, async (tx, input): Promise<void> => {
  const incident = await locked(tx, input.id);
  refuseWhenOver(incident);
  const ended = await endAlertLinks(tx.db, incident.id, input.alertIds, tx.clock.now());
  if (ended === 0) throw notFound('The alert in this incident');
  await unlinkAlertsFromIncident(tx, input.alertIds, incident.id);
  await updateIncident(tx.db, incident, { changed_at: tx.clock.now() });
  await told(tx, incident, { kind: 'unlinked', text: '', data: { alerts: input.alertIds } });
});

/** Folds an incident into another one: its alerts move over, it stays readable and points there. */
export const mergeIncident = action(
  'incident.manage',
  z.strictObject({ id: z.uuid(), intoId: z.uuid(), reason: Reason }),
  async (tx, input): Promise<void> => {
    if (input.id === input.intoId) throw conflict('An incident cannot be merged into itself', 'incident.merge.itself');
    const incident = await locked(tx, input.id);
    const target = await locked(tx, input.intoId);
    refuseWhenOver(target);
    if (incident.discovered_at < target.discovered_at) {
      throw conflict(
        'Merge the incident that was discovered later into the earlier one: its legal clock goes on',
        'incident.merge.older',
      );
    }
    const { to } = moved(incident, 'merge');
    const now = tx.clock.now();
    const alertIds = await liveAlertIds(tx.db, incident.id);
    const path = commonPath([incident.unit_path, target.unit_path]);
    if (alertIds.length > 0) {
      await endAlertLinks(tx.db, incident.id, alertIds, now);
      await unlinkAlertsFromIncident(tx, alertIds, incident.id);
      await attach(tx, { id: target.id, unit_path: path }, await alertsById(tx.db, alertIds));
    }
    await updateIncident(tx.db, target, { unit_path: path, changed_at: now });
    await updateIncident(tx.db, incident, { state: to, merged_into: target.id, changed_at: now });
    await insertEntry(
      tx.db,
      { id: target.id, unit_path: path },
      {
        kind: 'merged',
        text: input.reason,
        data: { from: incident.id, title: incident.title, alerts: alertIds.length },
        id: tx.ids.next(),
        at: now,
        byId: tx.actor.id,
        byName: tx.actor.name,
      },
    );
    await told(tx, incident, { kind: 'merged', text: input.reason, data: { into: target.id, alerts: alertIds } });
  },
);
