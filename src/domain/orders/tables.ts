import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { Grade } from '#engine/clocks/legal.ts';
import type { Segment } from '#engine/clocks/working.ts';
import type { DeadlineCause, EvidenceLine, OrderKind } from './order.ts';
import type { OrderState } from './workflow.ts';

type Json<Value> = ColumnType<Value, string, string>;

interface OrderRecordTable {
  id: string;
  unit_path: string;
  unit_name: string;
  centre_path: string;
  kind: OrderKind;
  grade: Grade;
  title: string;
  body: string;
  advice: string;
  evidence: Json<readonly EvidenceLine[]>;
  incident_id: string | null;
  repeat_of: string | null;
  authority: string;
  authority_basis: string;
  state: OrderState;
  previous_state: OrderState | null;
  round: Generated<number>;
  number: string | null;
  duration_days: number;
  deadline_at: Date | null;
  deadline_provisional: Generated<boolean>;
  deadline_revision: Generated<number>;
  clock_started_at: Date | null;
  drafted_by: string;
  drafted_by_name: string;
  drafted_at: Date;
  reviewed_by: string | null;
  reviewed_by_name: Generated<string>;
  reviewed_at: Date | null;
  issued_by: string | null;
  issued_by_name: Generated<string>;
  issued_at: Date | null;
  delivered_at: Date | null;
  received_by: string | null;
  received_by_name: Generated<string>;
  received_at: Date | null;
  submitted_by: string | null;
  submitted_by_name: Generated<string>;
  submitted_at: Date | null;
  measures: Generated<string>;
  contractor_path: string | null;
  verifier_id: string | null;
  verifier_name: Generated<string>;
  closed_by: string | null;
  closed_by_name: Generated<string>;
  closed_at: Date | null;
  retest: Generated<string>;
  end_reason: Generated<string>;
  extension_days: number | null;
  extension_reason: Generated<string>;
  suspended_at: Date | null;
  suspended_until: Date | null;
  joined_id: string | null;
  changed_at: Date;
  version: Generated<number>;
}

interface OrderStepTable {
  id: string;
  position: GeneratedAlways<number>;
  order_id: string;
  unit_path: string;
  side: 'centre' | 'both';
  at: Date;
  action: string;
  from_state: OrderState;
  to_state: OrderState;
  round: number;
  by_id: string;
  by_name: string;
  by_side: string;
  text: string;
  data: Json<Readonly<Record<string, unknown>>>;
}

interface OrderDeadlineTable {
  order_id: string;
  revision: number;
  unit_path: string;
  cause: DeadlineCause;
  started_at: Date;
  working_days: number;
  at: Date;
  provisional: boolean;
  doubts: string[];
  trace: Json<readonly Segment[]>;
  pauses: Json<readonly { from: string; to: string }[]>;
  calendar_version: string;
  set_at: Date;
  set_by: string;
  set_by_name: string;
}

interface OrderPauseTable {
  id: string;
  order_id: string;
  unit_path: string;
  from_at: Date;
  planned_until: Date;
  ended_at: Date | null;
  approved_by: string;
  approved_by_name: string;
  reason: string;
}

interface OrderReminderTable {
  order_id: string;
  revision: number;
  stage: string;
  unit_path: string;
  kind: 'reminder' | 'escalation';
  sent_at: Date;
}

interface OrderAttachmentTable {
  id: string;
  order_id: string;
  unit_path: string;
  side: 'centre' | 'both';
  round: number;
  purpose: 'evidence' | 'enclosure';
  sha256: string;
  file_name: string;
  media_type: string;
  bytes: number;
  added_by: string;
  added_by_name: string;
  added_at: Date;
}

interface OrderCalendarDayTable {
  unit_path: string;
  day: string;
  kind: 'off' | 'work' | 'none';
  name: string;
  reason: string;
  revision: number;
  set_by: string;
  set_by_name: string;
  set_at: Date;
}

interface OrderNumberTable {
  unit_path: string;
  kind: OrderKind;
  year: number;
  last: number;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    order_record: OrderRecordTable;
    order_step: OrderStepTable;
    order_deadline: OrderDeadlineTable;
    order_pause: OrderPauseTable;
    order_reminder: OrderReminderTable;
    order_attachment: OrderAttachmentTable;
    order_calendar_day: OrderCalendarDayTable;
    order_number: OrderNumberTable;
  }
}
