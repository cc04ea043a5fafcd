import type { ColumnType, Generated } from 'kysely';
import type { CentreLevel, Duty, UnitKind, UnitState } from './unit.ts';

interface DivisionTable {
  code: string;
  name: string;
  name_en: string | null;
  level: CentreLevel;
  parent_code: string | null;
  path: string;
  standard_version: string;
  abolished: Generated<boolean>;
}

interface CentreTable {
  id: string;
  name: string;
  level: CentreLevel;
  division_code: string;
  unit_path: string;
  created_at: Date;
}

interface UnitTable {
  id: string;
  code: string;
  name: string;
  short_name: string;
  /** First letters of the pinyin of the name. */
  name_initials: Generated<string>;
  short_name_initials: Generated<string>;
  kind: UnitKind;
  sector: string;
  division_code: string;
  unit_path: string;
  parent_id: string | null;
  uscc: string | null;
  state: ColumnType<UnitState, UnitState | undefined, UnitState>;
  closed_reason: string | null;
  created_at: Date;
  changed_at: Date;
  version: Generated<number>;
}

interface UnitPersonTable {
  id: string;
  unit_id: string;
  unit_path: string;
  duty: Duty;
  name: string;
  post: string;
  phone: string | null;
  email: string | null;
  since_at: Date;
  until_at: Date | null;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    division: DivisionTable;
    centre: CentreTable;
    unit: UnitTable;
    unit_person: UnitPersonTable;
  }
}
