import { next } from '#engine/workflow/workflow.ts';
import type { Tx } from '#platform/context.ts';
import { conflict, notFound } from '#platform/errors.ts';
import { type Entry, type IncidentRow, insertEntry, lockIncident } from './store.ts';
import { type IncidentMove, incidentWorkflow } from './workflow.ts';

/** Writes the line of the timeline, the journal entry and the live message of one change. */
export async function told(tx: Tx, incident: Pick<IncidentRow, 'id' | 'unit_path'>, entry: Entry): Promise<void> {
  await insertEntry(tx.db, incident, {
    ...entry,
    id: tx.ids.next(),
    at: tx.clock.now(),
    byId: tx.actor.id,
    byName: tx.actor.name,
  });
  tx.record({
    object: { type: 'incident', id: incident.id },
    unitPath: incident.unit_path,
    data: { kind: entry.kind, text: entry.text, ...entry.data },
  });
  tx.publish({
    topic: 'incident',
    id: incident.id,
    action: entry.kind,
    unitPath: incident.unit_path,
    side: 'centre',
  });
}

export async function locked(tx: Tx, id: string): Promise<IncidentRow> {
  const incident = await lockIncident(tx.db, id);
  if (!incident) throw notFound('The incident');
  return incident;
}

export function refuseWhenOver(incident: IncidentRow): void {
  if (incident.state === 'closed' || incident.state === 'merged') {
    throw conflict(`The incident is ${incident.state}`, `incident.${incident.state}`);
  }
}

/** Where a move leads. @throws AppError `conflict` where the table has no such move */
export function moved(incident: IncidentRow, move: IncidentMove) {
  const step = next(incidentWorkflow, incident.state, move);
  if (step.ok) return step;
  throw conflict(`An incident in state "${incident.state}" cannot ${move}`, `incident.${move}.${incident.state}`);
}
