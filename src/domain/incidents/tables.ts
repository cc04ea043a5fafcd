import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { Grade } from '#engine/clocks/legal.ts';
import type { GradeReason, Impact } from '#engine/grading/grading.ts';
import type { EntryKind, IncidentState, Operator } from './incident.ts';

type Json<Value> = ColumnType<Value, string, string>;

interface IncidentTable {
  id: string;
  unit_path: string;
  title: string;
  summary: string;
  category: string;
  state: IncidentState;
  impact: Json<Impact>;
  grade_proposed: Grade;
  grade_reasons: Json<readonly GradeReason[]>;
  grade: Grade | null;
  facts: Json<Readonly<Record<string, number>>>;
  report_grade_proposed: Grade;
  report_grade_reasons: Json<readonly GradeReason[]>;
  report_grade: Grade | null;
  graded_by: string | null;
  graded_by_name: Generated<string>;
  graded_at: Date | null;
  standard_version: string;
  operator: Operator;
  discovered_at: Date;
  opened_at: Date;
  opened_by: string;
  opened_by_name: string;
  handler_id: string | null;
  handler_name: Generated<string>;
  contained_at: Date | null;
  resolved_at: Date | null;
  closed_at: Date | null;
  close_reason: Generated<string>;
  merged_into: string | null;
  changed_at: Date;
  version: Generated<number>;
}

interface IncidentReportTable {
  incident_id: string;
  duty_id: string;
  unit_path: string;
  due_at: Date | null;
  lifted: Generated<boolean>;
  reported_at: Date | null;
  reported_by: string | null;
  reported_by_name: Generated<string>;
  note: Generated<string>;
  standard_version: string;
}

interface IncidentEntryTable {
  id: string;
  position: GeneratedAlways<number>;
  incident_id: string;
  unit_path: string;
  at: Date;
  kind: EntryKind;
  by_id: string;
  by_name: string;
  text: string;
  data: Json<Readonly<Record<string, unknown>>>;
}

interface IncidentAlertTable {
  incident_id: string;
  alert_id: string;
  unit_path: string;
  linked_at: Date;
  unlinked_at: Date | null;
}

interface IncidentEntityTable {
  incident_id: string;
  kind: string;
  value: string;
  unit_path: string;
}

interface IncidentUnitTable {
  incident_id: string;
  unit_path: string;
  name: string;
}

interface IncidentOrderTable {
  incident_id: string;
  order_id: string;
  unit_path: string;
  kind: string;
  title: string;
  number: string | null;
  state: string;
  open: boolean;
  changed_at: Date;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    incident: IncidentTable;
    incident_report: IncidentReportTable;
    incident_entry: IncidentEntryTable;
    incident_alert: IncidentAlertTable;
    incident_entity: IncidentEntityTable;
    incident_unit: IncidentUnitTable;
    incident_order: IncidentOrderTable;
  }
}
