import type { ColumnType, Generated } from 'kysely';
import type { Endpoint, RefusalReason } from './refusals.ts';
import type { ReparseState } from './reparse/reparse.ts';
import type { Schedule } from './search/saved.ts';
import type { Listener, SourceState } from './source.ts';
import type { AlarmKind } from './watch/judge.ts';

interface TelemetrySourceTable {
  id: string;
  unit_path: string;
  name: string;
  kind: string;
  listener: Listener;
  token_hash: string | null;
  token_hint: Generated<string>;
  sender: string;
  state: SourceState;
  sender_kinds: ColumnType<Record<string, string>, string | undefined, string>;
  created_at: Date;
  created_by_name: string;
  changed_at: Date;
  version: Generated<number>;
}

interface TelemetryHealthTable {
  source_id: string;
  minute: Date;
  unit_path: string;
  received: number;
  received_bytes: number;
  written: number;
  unparsed: number;
  rejected: ColumnType<Record<string, number>, string, string>;
  delay_ms_sum: number;
  delay_ms_min: number | null;
  delay_ms_max: number | null;
  last_event_at: Date | null;
}

interface TelemetryRefusalTable {
  endpoint: Endpoint;
  address: string;
  reason: RefusalReason;
  refused: number;
  first_at: Date;
  last_at: Date;
}

interface TelemetryBaselineTable {
  source_id: string;
  unit_path: string;
  hourly: ColumnType<(number | null)[], string, string>;
  hourly_off: ColumnType<(number | null)[], string, string>;
  rests: boolean;
  by_hour: boolean;
  regular: boolean;
  usual_gap_ms: number | null;
  days: number;
  learnt_at: Date;
}

interface TelemetryAlarmTable {
  id: string;
  source_id: string;
  unit_path: string;
  kind: AlarmKind;
  seen: ColumnType<Record<string, number>, string, string>;
  raised_at: Date;
  cleared_at: Date | null;
}

interface TelemetryReparseTable {
  id: string;
  source_id: string;
  unit_path: string;
  revision: Generated<number>;
  from_at: Date;
  to_at: Date;
  was_kind: string;
  as_kind: string;
  state: ReparseState;
  done_until: Date;
  done_id: Generated<string>;
  total: Generated<number>;
  done: Generated<number>;
  changed: Generated<number>;
  unparsed: Generated<number>;
  fault: Generated<string>;
  asked_by_name: string;
  created_at: Date;
  finished_at: Date | null;
}

export interface TelemetrySearchTable {
  id: string;
  unit_path: string;
  owner_id: string;
  owner_name: string;
  name: string;
  query: string;
  columns: string[];
  span: string;
  shared: boolean;
  created_at: Date;
  changed_at: Date;
  removed_at: Date | null;
  version: Generated<number>;
  every_minutes: number | null;
  threshold: number | null;
  entity: Schedule['entity'] | null;
  level: Schedule['level'] | null;
  looked_until: Date | null;
  counts_from: Generated<Date | null>;
  due_at: Date | null;
  failures: Generated<number>;
}

interface TelemetrySearchRunTable {
  id: string;
  search_id: string;
  unit_path: string;
  ran_at: Date;
  from_at: Date;
  to_at: Date;
  took_ms: number;
  state: 'done' | 'failed';
  found: number;
  raised: number;
  grown: number;
  left_out: number;
  problem: string;
}

export interface TelemetryRetentionTable {
  id: string;
  unit_path: string;
  kind: string;
  days: number;
  override_reason: string;
  set_by_id: string;
  set_by_name: string;
  set_at: Date;
  ended_at: Generated<Date | null>;
}

export interface TelemetryHoldTable {
  id: string;
  unit_path: string;
  kind: string;
  from_at: Date | null;
  to_at: Date | null;
  incident: string;
  reason: string;
  placed_by_id: string;
  placed_by_name: string;
  placed_at: Date;
  until_at: Date | null;
  released_by_id: string | null;
  released_by_name: string | null;
  released_at: Date | null;
  release_reason: string | null;
}

interface TelemetryRetentionClockTable {
  id: number;
  trusted_at: Date;
  clock_at: Date;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    telemetry_retention: TelemetryRetentionTable;
    telemetry_retention_clock: TelemetryRetentionClockTable;
    telemetry_hold: TelemetryHoldTable;
    telemetry_search: TelemetrySearchTable;
    telemetry_search_run: TelemetrySearchRunTable;
    telemetry_source: TelemetrySourceTable;
    telemetry_health: TelemetryHealthTable;
    telemetry_refusal: TelemetryRefusalTable;
    telemetry_baseline: TelemetryBaselineTable;
    telemetry_alarm: TelemetryAlarmTable;
    telemetry_reparse: TelemetryReparseTable;
  }
}
