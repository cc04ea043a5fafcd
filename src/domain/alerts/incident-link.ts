import { sql } from 'kysely';
import { assetsById } from '#domain/ledger/index.ts';
import type { Tx } from '#platform/context.ts';
import { AppError, conflict } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { AlertLevel, Entity } from './detection-input.ts';
import { type IncidentProposal, type ProposalAlert, proposalOf } from './proposal.ts';
import { readSettings } from './settings.ts';
import { type AlertRow, addNote } from './store.ts';
import type { AlertState } from './workflow.ts';

/** An alert as an incident needs it. */
export interface AlertFacts extends ProposalAlert {
  readonly state: AlertState;
  readonly ruleId: string;
  readonly lastSeenAt: Date;
  /** When the platform found it: from here on the centre knows. */
  readonly raisedAt: Date;
  readonly detectionCount: number;
  /** The first ids of its events, at most 200. */
  readonly eventIds: readonly string[];
  readonly incidentId: string | null;
}

const factsOf = (row: AlertRow, entities: readonly Entity[], asset: ProposalAlert['asset']): AlertFacts => ({
  id: row.id,
  title: { zh: row.rule_title_zh, en: row.rule_title_en },
  level: row.level as AlertLevel,
  category: row.category,
  tactics: row.tactics,
  techniques: row.techniques,
  unitPath: row.unit_path,
  entities,
  firstSeenAt: row.first_seen_at,
  lastSeenAt: row.last_seen_at,
  raisedAt: row.raised_at,
  asset,
  state: row.state,
  ruleId: row.rule_id,
  detectionCount: row.detection_count,
  eventIds: row.event_ids,
  incidentId: row.incident_id,
});

const IDS_MAX = 500;

/**
 * The alerts with these ids, with their entities and assets, in the order of time.
 *
 * @throws AppError `not_found` when one of them does not exist or is outside the caller's scope
 */
export async function alertsById(db: Db, ids: readonly string[]): Promise<AlertFacts[]> {
  const wanted = [...new Set(ids)].slice(0, IDS_MAX);
  if (wanted.length === 0) return [];
  const rows = await db
    .selectFrom('alert')
    .selectAll()
    .where('id', 'in', wanted)
    .orderBy('first_seen_at')
    .orderBy('id')
    .execute();
  if (rows.length < wanted.length) {
    throw new AppError('not_found', { public: 'One of the alerts does not exist or is not visible to you' });
  }
  const entities = await db.selectFrom('alert_entity').selectAll().where('alert_id', 'in', wanted).execute();
  const assets = await assetsById(
    db,
    rows.flatMap((row) => row.asset_id ?? []),
  );
  return rows.map((row) => {
    const own = entities.filter(({ alert_id }) => alert_id === row.id).map(({ kind, value }) => ({ kind, value }));
    return factsOf(row, own, (row.asset_id === null ? undefined : assets.get(row.asset_id)) ?? null);
  });
}

/**
 * Ties alerts to an incident, in the transaction of the action that opens or extends it. A new alert is thereby taken
 * up: it moves to "in triage".
 *
 * @throws AppError `conflict` when one of them already belongs to another incident
 */
export async function linkAlertsToIncident(tx: Tx, alertIds: readonly string[], incidentId: string): Promise<void> {
  const alerts = await alertsById(tx.db, alertIds);
  const taken = alerts.find((alert) => alert.incidentId !== null && alert.incidentId !== incidentId);
  if (taken !== undefined) throw conflict('One of the alerts already belongs to another incident', 'alert.linked');
  for (const alert of alerts) {
    if (alert.incidentId === incidentId) continue;
    await tx.db
      .updateTable('alert')
      .set({ incident_id: incidentId, ...(alert.state === 'new' ? { state: 'acknowledged' as const } : {}) })
      .where('id', '=', alert.id)
      .execute();
    await addNote(tx, { id: alert.id, unitPath: alert.unitPath }, 'link', incidentId);
    tx.publish({ topic: 'alert', id: alert.id, action: 'alert.link', unitPath: alert.unitPath, side: 'centre' });
  }
}

/** Takes alerts out of an incident again; those of other incidents are left alone. */
export async function unlinkAlertsFromIncident(tx: Tx, alertIds: readonly string[], incidentId: string): Promise<void> {
  for (const alert of await alertsById(tx.db, alertIds)) {
    if (alert.incidentId !== incidentId) continue;
    await tx.db.updateTable('alert').set({ incident_id: null }).where('id', '=', alert.id).execute();
    await addNote(tx, { id: alert.id, unitPath: alert.unitPath }, 'link', '');
    tx.publish({ topic: 'alert', id: alert.id, action: 'alert.link', unitPath: alert.unitPath, side: 'centre' });
  }
}

/** An alert that shares entities with another one. */
export interface RelatedAlert {
  readonly id: string;
  readonly shared: readonly Entity[];
}

/** An entity on more alerts than this ties nothing together: a proxy, a scanner, a service account. */
const COMMON_ENTITY_ALERTS = 50;
const RELATED_MAX = 50;

/**
 * Alerts that share a host, user, caller or address with this one within the window of the settings and without an
 * incident of their own yet, those with the most shared entities first.
 */
export async function relatedAlerts(db: Db, alertId: string, openOnly: boolean): Promise<RelatedAlert[]> {
  const { incidentWindowMs } = await readSettings(db);
  const seconds = incidentWindowMs / 1000;
  const { rows } = await sql<{ id: string; kinds: Entity['kind'][]; values: string[] }>`
    WITH own AS (
      SELECT e.kind, e.value FROM alert_entity e WHERE e.alert_id = ${alertId}
        AND (SELECT count(*) FROM (SELECT 1 FROM alert_entity o WHERE o.kind = e.kind AND o.value = e.value
          LIMIT ${COMMON_ENTITY_ALERTS + 1}) AS counted) <= ${COMMON_ENTITY_ALERTS}
    )
    SELECT a.id, array_agg(e.kind) AS kinds, array_agg(e.value) AS values
    FROM alert self
    JOIN alert a ON a.id <> self.id
      AND a.first_seen_at <= self.last_seen_at + make_interval(secs => ${seconds})
      AND a.last_seen_at >= self.first_seen_at - make_interval(secs => ${seconds})
      AND (a.event_unit_path = self.event_unit_path OR a.unit_path = self.unit_path)
    JOIN alert_entity e ON e.alert_id = a.id
    JOIN own ON own.kind = e.kind AND own.value = e.value
    WHERE self.id = ${alertId} AND (NOT ${openOnly} OR (a.state <> 'closed' AND a.incident_id IS NULL))
    GROUP BY a.id ORDER BY count(*) DESC, a.id DESC LIMIT ${RELATED_MAX}`.execute(db);
  return rows.map(({ id, kinds, values }) => ({
    id,
    shared: values.map((value, index) => ({ kind: kinds[index] ?? 'host', value })),
  }));
}

/**
 * The incident these alerts would make: title, category and grade inputs, each with its reason.
 *
 * @param alertIds what a person chose, at least one
 */
export async function proposeIncident(db: Db, alertIds: readonly string[]): Promise<IncidentProposal> {
  return proposalOf(await alertsById(db, alertIds));
}
