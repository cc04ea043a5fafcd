import { z } from 'zod';
import type { AlertFacts } from '#domain/alerts/index.ts';
import type { Title } from '#engine/workflow/workflow.ts';
import { mustBeReported } from './grading.ts';
import { GRADES, ImpactInput, OPERATORS } from './incident.ts';
import { categoryTitle, incidentStandards } from './standards.ts';
import type { EntryRow, IncidentRow, OrderRow, ReportRow } from './store.ts';
import { INCIDENT_MOVES, INCIDENT_STATES, incidentWorkflow } from './workflow.ts';

const Grade = z.enum(GRADES);
const TitleView = z.object({ zh: z.string(), en: z.string() });
const ReasonView = z.object({
  fact: z.string(),
  value: z.union([z.number(), z.string()]),
  limit: z.union([z.number(), z.string()]),
  grade: Grade,
  confidence: z.string(),
});

const ReportView = z.object({
  dutyId: z.string(),
  by: TitleView,
  to: TitleView,
  dueAt: z.string().nullable().describe('null: the moment it starts from has not come'),
  lifted: z.boolean(),
  reportedAt: z.string().nullable(),
  reportedByName: z.string(),
  note: z.string(),
  state: z.enum(['waiting', 'running', 'overdue', 'in_time', 'late', 'lifted']),
});

export const IncidentView = z.object({
  id: z.uuid(),
  title: z.string(),
  category: z.string(),
  categoryTitle: TitleView.nullable().describe('null: not classified yet'),
  state: z.enum(INCIDENT_STATES),
  stateTitle: TitleView,
  unitPath: z.string(),
  grade: Grade.nullable().describe('confirmed by a person'),
  gradeProposed: Grade,
  reportGrade: Grade.nullable(),
  reportGradeProposed: Grade,
  mustBeReported: z.boolean(),
  nextReportDueAt: z.string().nullable(),
  reportOverdue: z.boolean(),
  discoveredAt: z.string(),
  openedAt: z.string(),
  openedByName: z.string(),
  handlerName: z.string(),
  changedAt: z.string(),
});

export const IncidentDetail = IncidentView.extend({
  summary: z.string(),
  operator: z.enum(OPERATORS),
  impact: ImpactInput,
  facts: z.record(z.string(), z.number()),
  gradeReasons: z.array(ReasonView),
  reportGradeReasons: z.array(ReasonView),
  gradedByName: z.string(),
  gradedAt: z.string().nullable(),
  standardVersion: z.string(),
  containedAt: z.string().nullable(),
  resolvedAt: z.string().nullable(),
  closedAt: z.string().nullable(),
  closeReason: z.string(),
  mergedInto: z.uuid().nullable(),
  reports: z.array(ReportView),
  timeline: z.array(
    z.object({
      id: z.uuid(),
      at: z.string(),
      kind: z.string(),
      byName: z.string(),
      text: z.string(),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  alerts: z.array(
    z.object({
      id: z.uuid(),
      title: TitleView,
      level: z.string(),
      state: z.string(),
      detectionCount: z.number().int(),
      firstSeenAt: z.string(),
      lastSeenAt: z.string(),
      techniques: z.array(z.string()),
      assetName: z.string(),
      eventIds: z.array(z.string()),
    }),
  ),
  orders: z.array(
    z.object({
      id: z.uuid(),
      kind: z.string(),
      title: z.string(),
      number: z.string().nullable(),
      state: z.string(),
      open: z.boolean(),
      changedAt: z.string(),
    }),
  ),
  entities: z.array(z.object({ kind: z.string(), value: z.string() })),
  units: z.array(z.object({ path: z.string(), name: z.string() })),
  allowed: z.array(z.object({ action: z.enum(INCIDENT_MOVES), title: TitleView, main: z.boolean() })),
});

const Named = z.object({ id: z.string(), zh: z.string(), en: z.string() });
const Grid = z.record(z.string(), z.record(z.string(), Grade));

export const StandardsView = z.object({
  version: z.string(),
  grades: z.object({
    standard: z.string(),
    source: z.string(),
    confidence: z.string(),
    grades: z.array(Named.extend({ colour: z.string() })),
    importance: z.array(Named),
    severity: z.array(Named),
    matrix: Grid,
  }),
  criteria: z.object({
    standard: z.string(),
    source: z.string(),
    criteria: z.array(
      z.object({
        fact: z.string(),
        unit: z.string(),
        zh: z.string(),
        en: z.string(),
        thresholds: z.array(z.object({ grade: Grade, atLeast: z.number(), confidence: z.string() })),
      }),
    ),
  }),
  legalClocks: z.object({
    source: z.string(),
    confidence: z.string(),
    duties: z.array(
      z.object({
        id: z.string(),
        by: TitleView,
        to: TitleView,
        limitMinutes: z.number().int(),
        fromGrade: Grade,
        startsAt: z.string(),
        operator: z.string(),
      }),
    ),
  }),
  categories: z.object({
    standard: z.string(),
    confidence: z.string(),
    categories: z.array(Named.extend({ code: z.string(), subcategories: z.array(Named) })),
  }),
  diagram: z.object({
    nodes: z.array(
      z.object({ id: z.string(), title: TitleView, tone: z.string(), turn: z.string(), final: z.boolean() }),
    ),
    edges: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        action: z.string(),
        title: TitleView,
        who: z.string(),
        main: z.boolean(),
      }),
    ),
  }),
});

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

function reportState(report: ReportRow, now: Date): z.input<typeof ReportView>['state'] {
  if (report.reported_at) return report.due_at && report.reported_at > report.due_at ? 'late' : 'in_time';
  if (report.lifted) return 'lifted';
  if (!report.due_at) return 'waiting';
  return report.due_at < now ? 'overdue' : 'running';
}

function reportView(report: ReportRow, now: Date): z.input<typeof ReportView> {
  const duty = incidentStandards().legalClocks.duties.find(({ id }) => id === report.duty_id);
  const unknown: Title = { zh: report.duty_id, en: report.duty_id };
  return {
    dutyId: report.duty_id,
    by: duty?.by ?? unknown,
    to: duty?.to ?? unknown,
    dueAt: iso(report.due_at),
    lifted: report.lifted,
    reportedAt: iso(report.reported_at),
    reportedByName: report.reported_by_name,
    note: report.note,
    state: reportState(report, now),
  };
}

const titleOf = (category: string): Title | null => {
  const found = categoryTitle(category);
  return found ? { zh: found.zh, en: found.en } : null;
};

/** A row of the list. @param reports of these incidents, others are ignored */
export function viewOf(row: IncidentRow, reports: readonly ReportRow[], now: Date): z.input<typeof IncidentView> {
  const waiting = reports
    .filter((report) => report.incident_id === row.id && !report.lifted && !report.reported_at && report.due_at)
    .flatMap((report) => report.due_at ?? []);
  const [next] = waiting.sort((a, b) => a.getTime() - b.getTime());
  return {
    id: row.id,
    title: row.title,
    category: row.category,
    categoryTitle: titleOf(row.category),
    state: row.state,
    stateTitle: incidentWorkflow.states[row.state].title,
    unitPath: row.unit_path,
    grade: row.grade,
    gradeProposed: row.grade_proposed,
    reportGrade: row.report_grade,
    reportGradeProposed: row.report_grade_proposed,
    mustBeReported: mustBeReported(row.report_grade ?? row.report_grade_proposed),
    nextReportDueAt: iso(next ?? null),
    reportOverdue: next !== undefined && next < now,
    discoveredAt: row.discovered_at.toISOString(),
    openedAt: row.opened_at.toISOString(),
    openedByName: row.opened_by_name,
    handlerName: row.handler_name,
    changedAt: row.changed_at.toISOString(),
  };
}

export interface DetailParts {
  readonly row: IncidentRow;
  readonly now: Date;
  readonly reports: readonly ReportRow[];
  readonly entries: readonly EntryRow[];
  readonly alerts: readonly AlertFacts[];
  readonly orders: readonly OrderRow[];
  readonly entities: readonly { kind: string; value: string }[];
  readonly units: readonly { unit_path: string; name: string }[];
  readonly allowed: readonly { action: (typeof INCIDENT_MOVES)[number]; title: Title; main?: true }[];
}

/** Everything one page shows of an incident. */
export function detailOf(parts: DetailParts): z.input<typeof IncidentDetail> {
  const { row, reports, now } = parts;
  return {
    ...viewOf(row, reports, now),
    summary: row.summary,
    operator: row.operator,
    impact: row.impact,
    facts: { ...row.facts },
    gradeReasons: row.grade_reasons.map((reason) => ({ ...reason })),
    reportGradeReasons: row.report_grade_reasons.map((reason) => ({ ...reason })),
    gradedByName: row.graded_by_name,
    gradedAt: iso(row.graded_at),
    standardVersion: row.standard_version,
    containedAt: iso(row.contained_at),
    resolvedAt: iso(row.resolved_at),
    closedAt: iso(row.closed_at),
    closeReason: row.close_reason,
    mergedInto: row.merged_into,
    reports: reports.map((report) => reportView(report, now)),
    timeline: parts.entries.map((entry) => ({
      id: entry.id,
      at: entry.at.toISOString(),
      kind: entry.kind,
      byName: entry.by_name,
      text: entry.text,
      data: { ...entry.data },
    })),
    alerts: parts.alerts.map(alertView),
    orders: parts.orders.map((order) => ({
      id: order.order_id,
      kind: order.kind,
      title: order.title,
      number: order.number,
      state: order.state,
      open: order.open,
      changedAt: order.changed_at.toISOString(),
    })),
    entities: [...parts.entities],
    units: parts.units.map(({ unit_path, name }) => ({ path: unit_path, name })),
    allowed: parts.allowed.map(({ action, title, main }) => ({ action, title, main: main === true })),
  };
}

const alertView = (alert: AlertFacts): z.input<typeof IncidentDetail>['alerts'][number] => ({
  id: alert.id,
  title: alert.title,
  level: alert.level,
  state: alert.state,
  detectionCount: alert.detectionCount,
  firstSeenAt: alert.firstSeenAt.toISOString(),
  lastSeenAt: alert.lastSeenAt.toISOString(),
  techniques: [...alert.techniques],
  assetName: alert.asset?.name ?? '',
  eventIds: [...alert.eventIds],
});
