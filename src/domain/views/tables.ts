import type { Generated } from 'kysely';

export interface ListViewTable {
  id: string;
  unit_path: string;
  owner_id: string;
  owner_name: string;
  list: string;
  name: string;
  search: string;
  shared: boolean;
  created_at: Date;
  changed_at: Date;
  removed_at: Date | null;
  version: Generated<number>;
}

interface ListViewDefaultTable {
  owner_id: string;
  list: string;
  unit_path: string;
  view_id: string | null;
}

declare module '#platform/postgres/database.ts' {
  interface Database {
    list_view: ListViewTable;
    list_view_default: ListViewDefaultTable;
  }
}
