import type { ColumnType, Generated } from 'kysely';
import type { Match } from '#engine/condition/evaluate.ts';
import type { CorrelationLoad } from './correlation-load.ts';

/** bigint comes back as text from the server and as a number from the embedded store. */
type Count = ColumnType<string | number, number, number>;
type Json<Value> = ColumnType<Value, string, string>;

interface DetectionRuleTable {
  rule_id: string;
  enabled: boolean;
  reason: string;
  changed_by: string;
  changed_by_name: string;
  changed_at: Date;
}

interface DetectionTable {
  id: string;
  rule_id: string;
  unit_path: string;
  event_id: string;
  event_at: Date;
  found_at: Date;
  entity_kind: string;
  entity_value: string;
  host: string;
  matched: Json<readonly Match[]>;
}

interface DetectionScopeHourTable {
  hour_at: Date;
  product: string;
  category: string;
  service: string;
  events: Count;
  errors: Count;
}

interface DetectionRuleHourTable {
  rule_id: string;
  hour_at: Date;
  hits: Count;
  suppressed: Count;
  cut: Count;
  candidates: Count;
  skipped: Count;
  errors: Count;
}

interface DetectionLimitHourTable {
  rule_id: string;
  hour_at: Date;
  kind: string;
  reached: Count;
}

interface DetectionFieldTable {
  product: string;
  category: string;
  service: string;
  field: string;
  first_seen_at: Date;
  last_seen_at: Date;
}

interface SnapshotTable {
  partition: number;
  part: number;
  sequence: Count;
  groups: Uint8Array;
}

interface CorrelationLoadTable {
  partition: number;
  load: Json<CorrelationLoad>;
}

interface CorrelationBatchTable {
  partition: number;
  sequence: Count;
  hits: Uint8Array;
}

export type FaultStage = 'match' | 'correlate' | 'raise';

interface DetectionFaultTable {
  id: string;
  at: Date;
  batch_id: string;
  stage: FaultStage;
  rule_id: string;
  unit_path: string;
  event_id: string;
  event_at: Date;
  error: string;
  event: Json<unknown>;
}

interface DetectionRunTable {
  id: string;
  unit_path: string;
  started_by: string;
  started_by_name: string;
  started_at: Date;
  reason: string;
  rule_ids: string[];
  from_at: Date;
  to_at: Date;
  state: 'running' | 'done' | 'stopped' | 'failed';
  raises: boolean;
  done_to_at: Date;
  chunk_seconds: number;
  events: Count;
  hits: Count;
  raised: Count;
  known: Count;
  cut: Count;
  work_ms: Count;
  stop_asked_by: Generated<string>;
  error: Generated<string>;
  finished_at: Date | null;
}

interface DetectionRunRuleTable {
  run_id: string;
  rule_id: string;
  unit_path: string;
  hits: Count;
  raised: Count;
  known: Count;
  cut: Count;
  error: string;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    detection_rule: DetectionRuleTable;
    detection_batch: { batch_id: string; handled_at: Date };
    detection: DetectionTable;
    detection_scope_hour: DetectionScopeHourTable;
    detection_rule_hour: DetectionRuleHourTable;
    detection_limit_hour: DetectionLimitHourTable;
    detection_field: DetectionFieldTable;
    detection_rule_version: { rule_id: string; digest: string; loaded_at: Date };
    detection_correlation_snapshot: SnapshotTable;
    detection_correlation_batch: CorrelationBatchTable;
    detection_correlation_load: CorrelationLoadTable;
    detection_fault: DetectionFaultTable;
    detection_run: DetectionRunTable;
    detection_run_rule: DetectionRunRuleTable;
    detection_run_state: { run_id: string; part: number; groups: Uint8Array };
  }
}
