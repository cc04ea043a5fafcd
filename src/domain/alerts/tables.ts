import type { ColumnType, Generated } from 'kysely';
import type { AlertLevel, EntityKind } from './detection-input.ts';

type AlertState = 'new' | 'acknowledged' | 'closed';
type Json = ColumnType<unknown, string, string>;

interface AlertSettingTable {
  id: number;
  group_window_seconds: number;
  group_span_seconds: number;
  incident_window_seconds: number;
}

interface AlertTable {
  id: string;
  unit_path: string;
  event_unit_path: string;
  rule_id: string;
  rule_title_zh: string;
  rule_title_en: string;
  level: AlertLevel;
  level_rank: number;
  entity_kind: EntityKind;
  entity_value: string;
  techniques: string[];
  tactics: string[];
  category: string;
  asset_id: string | null;
  asset_name: Generated<string>;
  asset_found_by: Generated<string>;
  system_id: Generated<string | null>;
  system_name: Generated<string>;
  state: AlertState;
  verdict: Generated<'' | 'true' | 'false' | 'benign'>;
  close_reason: Generated<string>;
  closed_at: Date | null;
  assignee_id: string | null;
  assignee_name: Generated<string>;
  detection_count: number;
  first_seen_at: Date;
  last_seen_at: Date;
  raised_at: Date;
  active_at: Date;
  event_ids: string[];
  incident_id: string | null;
  found_in_history: Generated<boolean>;
}

interface AlertDetectionTable {
  id: string;
  unit_path: string;
  batch_id: string;
  alert_id: string | null;
  suppression_id: string | null;
  taken_at: Date;
}

interface AlertSampleTable {
  alert_id: string;
  event_id: string;
  unit_path: string;
  at: Date;
  event: Json;
  matched: Json;
  related_event_ids: string[];
}

interface AlertSpanTable {
  alert_id: string;
  detection_id: string;
  unit_path: string;
  from_at: Date;
  to_at: Date;
  events: number;
  threshold: number;
  query: string;
  exact_query: string;
  first_event_at: Date;
  last_event_at: Date;
  run_id: string;
}

interface AlertEntityTable {
  alert_id: string;
  kind: EntityKind;
  value: string;
  unit_path: string;
}

interface AlertNoteTable {
  id: string;
  alert_id: string;
  unit_path: string;
  kind: 'comment' | 'acknowledge' | 'assign' | 'close' | 'reopen' | 'link' | 'reveal';
  author_id: string;
  author_name: string;
  text: string;
  at: Date;
}

interface AlertSuppressionTable {
  id: string;
  unit_path: string;
  rule_id: string;
  rule_title: string;
  entity_kind: EntityKind | null;
  entity_value: Generated<string>;
  field: Generated<string>;
  field_value: Generated<string>;
  reason: string;
  owner_id: string;
  owner_name: string;
  created_at: Date;
  expires_at: Date;
  ended_at: Date | null;
  ended_by: Generated<string>;
  hit_count: Generated<number>;
  last_hit_at: Date | null;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    alert_setting: AlertSettingTable;
    alert: AlertTable;
    alert_detection: AlertDetectionTable;
    alert_sample: AlertSampleTable;
    alert_span: AlertSpanTable;
    alert_entity: AlertEntityTable;
    alert_note: AlertNoteTable;
    alert_suppression: AlertSuppressionTable;
  }
}
