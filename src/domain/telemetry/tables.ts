import type { ColumnType, Generated } from 'kysely';
import type { Listener, SourceState } from './source.ts';

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
  last_event_at: Date | null;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    telemetry_source: TelemetrySourceTable;
    telemetry_health: TelemetryHealthTable;
  }
}
