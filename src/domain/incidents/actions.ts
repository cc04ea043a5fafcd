import { z } from 'zod';
import { type AlertFacts, alertsById, proposeIncident } from '#domain/alerts/index.ts';
import { unitByPath } from '#domain/organizations/index.ts';
import { action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { conflict, invalid } from '#platform/errors.ts';
import { propose, reportsDue } from './grading.ts';
import { commonPath, GradeIncident, OpenIncident, Text, UNKNOWN_IMPACT } from './incident.ts';
import { attach } from './linking.ts';
import { locked, moved, refuseWhenOver, told } from './record.ts';
import { incidentStandards, isCategory } from './standards.ts';
import {
  type IncidentRow,
  insertUnits,
  markReported,
  ordersOf,
  reportsOf,
  updateIncident,
  writeReports,
} from './store.ts';
import { incidentWorkflow } from './workflow.ts';

/** A rule may propose a category that the tables in force do not have. */
const categoryOrNone = (id = ''): string => (isCategory(id) ? id : '');

function firstDiscovery(given: string | undefined, alerts: readonly AlertFacts[], now: Date): Date {
  const at = given
    ? new Date(given)
    : new Date(Math.min(now.getTime(), ...alerts.map((alert) => alert.raisedAt.getTime())));
  if (at > now) throw invalid('An incident cannot be discovered in the future', [], 'incident.discovered.future');
  return at;
}

/**
 * Opens an incident from alerts or from what somebody reports.
 * The legal clock starts at discovery: the moment given, else when the first alert was raised.
 * @returns the new incident's id
 * @throws AppError `not_found` for an alert out of sight, `invalid_input`
 */
export const openIncident = action('incident.open', OpenIncident, async (tx, input): Promise<{ id: string }> => {
  const alerts = await alertsById(tx.db, input.alertIds);
  const taken = alerts.find((alert) => alert.incidentId !== null);
  if (taken) throw conflict('One of the alerts already belongs to an incident', 'incident.alert.taken');
  const now = tx.clock.now();
  const path =
    alerts.length > 0 ? commonPath(alerts.map((alert) => alert.unitPath)) : (input.unitPath ?? tx.scope.path);
  const proposed = alerts.length > 0 ? await proposeIncident(tx.db, input.alertIds) : undefined;
  const impact = input.impact ?? proposed?.impact ?? UNKNOWN_IMPACT;
  const proposals = propose(impact, input.facts);
  const row = {
    id: tx.ids.next(),
    unit_path: path,
    title: input.title,
    summary: input.summary,
    category: input.category || categoryOrNone(proposed?.category),
    state: incidentWorkflow.initial,
    impact: JSON.stringify(impact),
    grade_proposed: proposals.impact.grade,
    grade_reasons: JSON.stringify(proposals.impact.reasons),
    grade: null,
    facts: JSON.stringify(input.facts),
    report_grade_proposed: proposals.reporting.grade,
    report_grade_reasons: JSON.stringify(proposals.reporting.reasons),
    report_grade: null,
    graded_by: null,
    graded_at: null,
    standard_version: incidentStandards().version,
    operator: input.operator,
    discovered_at: firstDiscovery(input.discoveredAt, alerts, now),
    opened_at: now,
    opened_by: tx.actor.id,
    opened_by_name: tx.actor.name,
    handler_id: null,
    contained_at: null,
    resolved_at: null,
    closed_at: null,
    merged_into: null,
    changed_at: now,
  };
  await tx.db.insertInto('incident').values(row).execute();
  await attach(tx, row, alerts);
  const unit = alerts.length === 0 ? await unitByPath(tx, path) : undefined;
  if (unit) await insertUnits(tx.db, row.id, [{ path, name: unit.name }]);
  await writeReports(tx.db, row, reportsDue({ ...row, reports: [] }), row.standard_version);
  await told(tx, row, {
    kind: 'opened',
    text: input.title,
    data: {
      alerts: input.alertIds,
      category: row.category,
      discoveredAt: row.discovered_at.toISOString(),
      gradeProposed: row.grade_proposed,
      reportGradeProposed: row.report_grade_proposed,
    },
  });
  return { id: row.id };
});

/** Writes a line into the timeline. */
export const addNote = action(
  'incident.manage',
  z.strictObject({ id: z.uuid(), text: Text }),
  async (tx, input): Promise<void> => {
    const incident = await locked(tx, input.id);
    await updateIncident(tx.db, incident, { changed_at: tx.clock.now() });
    await told(tx, incident, { kind: 'note', text: input.text, data: {} });
  },
);

/**
 * Confirms both grades. A confirmed grade that differs from the proposal needs a reason. The legal clock gets the
 * duties of the new grade; what already runs is not touched.
 */
export const gradeIncident = action('incident.grade', GradeIncident, async (tx, input): Promise<void> => {
  const incident = await locked(tx, input.id);
  refuseWhenOver(incident);
  const proposals = propose(input.impact, input.facts);
  const differs = proposals.impact.grade !== input.grade || proposals.reporting.grade !== input.reportGrade;
  if (differs && input.reason.length < 4) {
    throw invalid(
      'A grade other than the proposed one needs a reason',
      [{ at: '/reason', message: 'say why', reason: 'incident.grade.reason' }],
      'incident.grade.reason',
    );
  }
  const standardVersion = incidentStandards().version;
  const now = tx.clock.now();
  const patch = {
    category: input.category ?? incident.category,
    operator: input.operator ?? incident.operator,
    grade_proposed: proposals.impact.grade,
    grade: input.grade,
    report_grade_proposed: proposals.reporting.grade,
    report_grade: input.reportGrade,
    graded_by: tx.actor.id,
    graded_by_name: tx.actor.name,
    graded_at: now,
    standard_version: standardVersion,
    changed_at: now,
  };
  await updateIncident(tx.db, incident, {
    ...patch,
    impact: JSON.stringify(input.impact),
    facts: JSON.stringify(input.facts),
    grade_reasons: JSON.stringify(proposals.impact.reasons),
    report_grade_reasons: JSON.stringify(proposals.reporting.reasons),
  });
  await renewReports(tx, { ...incident, ...patch });
  await told(tx, incident, {
    kind: 'graded',
    text: input.reason,
    data: {
      impact: input.impact,
      facts: input.facts,
      proposed: { grade: proposals.impact.grade, reportGrade: proposals.reporting.grade },
      confirmed: { grade: input.grade, reportGrade: input.reportGrade },
      category: patch.category,
      operator: patch.operator,
    },
  });
});

async function renewReports(tx: Tx, incident: IncidentRow): Promise<void> {
  const reports = await reportsOf(tx.db, [incident.id]);
  await writeReports(tx.db, incident, reportsDue({ ...incident, reports }), incident.standard_version);
}

/** Notes that a report of the legal clock was made. The time may lie in the past, never before discovery. */
export const markReport = action(
  'incident.manage',
  z.strictObject({ id: z.uuid(), dutyId: z.string().max(60), reportedAt: z.iso.datetime().optional(), note: Text }),
  async (tx, input): Promise<void> => {
    const incident = await locked(tx, input.id);
    const now = tx.clock.now();
    const at = input.reportedAt ? new Date(input.reportedAt) : now;
    if (at > now || at < incident.discovered_at) {
      throw invalid('A report lies between discovery and now', [
        { at: '/reportedAt', message: `between ${incident.discovered_at.toISOString()} and ${now.toISOString()}` },
      ]);
    }
    const mark = { at, byId: tx.actor.id, byName: tx.actor.name, note: input.note };
    if (!(await markReported(tx.db, incident.id, input.dutyId, mark))) {
      throw conflict('This incident has no such open report', 'incident.report.none');
    }
    await updateIncident(tx.db, incident, { changed_at: now });
    await renewReports(tx, incident);
    await told(tx, incident, {
      kind: 'reported',
      text: input.note,
      data: { duty: input.dutyId, reportedAt: at.toISOString() },
    });
  },
);

const Move = z.strictObject({ id: z.uuid(), note: z.string().trim().max(2000).default('') });

const simpleMove = (move: 'take' | 'contain' | 'resolve' | 'reopen') =>
  action('incident.manage', Move, async (tx, input): Promise<void> => {
    const incident = await locked(tx, input.id);
    const { to } = moved(incident, move);
    const now = tx.clock.now();
    const patch = {
      state: to,
      changed_at: now,
      ...(move === 'take' ? { handler_id: tx.actor.id, handler_name: tx.actor.name } : {}),
      ...(move === 'contain' ? { contained_at: now } : {}),
      ...(move === 'resolve' ? { resolved_at: incident.resolved_at ?? now } : {}),
      ...(move === 'reopen' ? { closed_at: null, close_reason: '' } : {}),
    };
    await updateIncident(tx.db, incident, patch);
    if (move === 'resolve') await renewReports(tx, { ...incident, ...patch });
    await told(tx, incident, { kind: 'state', text: input.note, data: { move, from: incident.state, to } });
  });

export const takeIncident = simpleMove('take');
export const containIncident = simpleMove('contain');
export const resolveIncident = simpleMove('resolve');
export const reopenIncident = simpleMove('reopen');

/** Closes. Orders that are still open need a written reason; so does closing before the handling ended. */
export const closeIncident = action(
  'incident.close',
  z.strictObject({ id: z.uuid(), reason: z.string().trim().max(2000).default('') }),
  async (tx, input): Promise<void> => {
    const incident = await locked(tx, input.id);
    const { to } = moved(incident, 'close');
    const open = (await ordersOf(tx.db, incident.id)).filter((order) => order.open);
    if ((open.length > 0 || incident.state !== 'resolved') && input.reason.length < 4) {
      throw conflict(
        open.length > 0
          ? `${open.length} order(s) of this incident are still open: close them or give a reason`
          : 'Give the reason for closing before the handling ended',
        open.length > 0 ? 'incident.close.orders' : 'incident.close.reason',
      );
    }
    const now = tx.clock.now();
    await updateIncident(tx.db, incident, { state: to, closed_at: now, close_reason: input.reason, changed_at: now });
    await told(tx, incident, {
      kind: 'state',
      text: input.reason,
      data: { move: 'close', from: incident.state, to, openOrders: open.map((order) => order.order_id) },
    });
  },
);
