import type { ColumnType, Generated } from 'kysely';
import type { AssetKind, AssetState, DataGrade, Importance, KeyKind } from './asset.ts';

type Json = ColumnType<unknown, string, string>;

interface AssetTable {
  id: string;
  unit_path: string;
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
  source: 'manual' | 'import' | 'discovered';
  first_seen_at: Date;
  last_seen_at: Date;
  changed_at: Date;
  version: Generated<number>;
  /** The asset that it turned out to be. */
  merged_into: Generated<string | null>;
}

interface AssetKeyTable {
  asset_id: string;
  kind: KeyKind;
  value: string;
  unit_path: string;
}

interface AssetImportTable {
  id: string;
  unit_path: string;
  file_name: string;
  sha256: string;
  bytes: number;
  state: 'preview' | 'applying' | 'applied' | 'discarded';
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
    asset_import: AssetImportTable;
    asset_import_row: AssetImportRowTable;
  }
}
