import type { ColumnType, Generated } from 'kysely';
import type { DataGrade, Importance, KeyKind } from './asset.ts';
import type { AttributeType } from './model/attribute.ts';
import type { AssetClass, AssetKind } from './model/classes.ts';
import type { AssetState } from './model/lifecycle.ts';
import type { RelationKind } from './model/relations.ts';
import type { DutySummary } from './responsibility/store.ts';
import './responsibility/tables.ts';

type Json = ColumnType<unknown, string, string>;
export type AssetSource = 'manual' | 'import' | 'discovered';

interface AssetTable {
  id: string;
  unit_path: string;
  class: AssetClass;
  kind: AssetKind;
  name: string;
  code: string;
  state: AssetState;
  importance: Importance;
  protection_level: number | null;
  filing_number: string;
  critical_infrastructure: boolean;
  data_grade: DataGrade;
  supervised_by: string | null;
  supervised_by_name: string;
  operated_by: string | null;
  operated_by_name: string;
  used_by: string | null;
  used_by_name: string;
  responsible_person: string;
  product: string;
  location: string;
  remark: string;
  attributes: Json;
  /** A day, `2026-03-01`. */
  due_on: string | null;
  initials: string;
  /** By which names are put in order; '' until the platform has made it. */
  name_key: Generated<string>;
  terms: string[];
  duty: Generated<DutySummary>;
  is_shadow: Generated<boolean>;
  is_zombie: Generated<boolean>;
  is_outside: Generated<boolean>;
  is_stale: Generated<boolean>;
  source: AssetSource;
  created_at: Date;
  retired_at: Date | null;
  first_seen_at: Date;
  last_seen_at: Date;
  changed_at: Date;
  version: Generated<number>;
  /** The asset that it turned out to be. */
  merged_into: Generated<string | null>;
  last_scanned_at: Generated<Date | null>;
}

interface AssetKeyTable {
  asset_id: string;
  kind: KeyKind;
  value: string;
  unit_path: string;
}

interface AssetChangeTable {
  asset_id: string;
  version: number;
  unit_path: string;
  at: Date;
  actor_id: string;
  actor_name: string;
  via: string;
  reference: string;
  changes: Json;
}

interface AssetRelationTable {
  id: string;
  unit_path: string;
  from_id: string;
  to_id: string;
  kind: RelationKind;
  source: AssetSource;
  note: string;
  created_at: Date;
  created_by_name: string;
  ended_at: Date | null;
  ended_by_name: Generated<string>;
  made_with: Generated<string | null>;
  ended_with: Generated<string | null>;
}

/** What an asset was besides its facts, before each change. Written by triggers only. */
interface AssetStandingBeforeTable {
  asset_id: string;
  at: Date;
  unit_path: string;
  /** Null, like the marks: not known. */
  duty: DutySummary | null;
  is_shadow: boolean | null;
  is_zombie: boolean | null;
  is_outside: boolean | null;
  is_stale: boolean | null;
}

interface AssetFieldTable {
  id: string;
  unit_path: string;
  key: string;
  title_zh: string;
  title_en: string;
  type: AttributeType;
  choices: Json;
  classes: AssetClass[];
  required: boolean;
  hint: string;
  created_at: Date;
  created_by_name: string;
  retired_at: Date | null;
}

interface AssetImportTable {
  id: string;
  unit_path: string;
  file_name: string;
  sha256: string;
  bytes: number;
  state: 'preview' | 'applying' | 'applied' | 'discarded' | 'undoing' | 'undone';
  profile_name: Generated<string>;
  undone_rows: Generated<number>;
  kept_rows: Generated<number>;
  heading_row: number;
  columns: Json;
  mapping: Json;
  counts: Json;
  row_count: number;
  applied_rows: Generated<number>;
  created_by: string;
  created_by_name: string;
  created_at: Date;
  applied_at: Date | null;
}

interface AssetImportProfileTable {
  id: string;
  unit_path: string;
  name: string;
  headings: Json;
  mapping: Json;
  changed_at: Date;
  changed_by_name: string;
}

interface AssetImportRowTable {
  import_id: string;
  unit_path: string;
  row_number: number;
  cells: Json;
  verdict: 'create' | 'update' | 'same' | 'conflict' | 'skip';
  name: Generated<string>;
  changes: Json;
  reasons: Json;
  asset_id: string | null;
  applied: Generated<boolean>;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    asset: AssetTable;
    asset_key: AssetKeyTable;
    asset_change: AssetChangeTable;
    asset_relation: AssetRelationTable;
    asset_standing_before: AssetStandingBeforeTable;
    asset_field: AssetFieldTable;
    asset_import: AssetImportTable;
    asset_import_row: AssetImportRowTable;
    asset_import_profile: AssetImportProfileTable;
  }
}
