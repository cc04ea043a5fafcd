-- The ledger: assets of five kinds (云、网、端、应用、数据), who answers for them, and the keys they are found by.
CREATE TABLE asset (
  id uuid PRIMARY KEY,
  -- The unit whose asset it is.
  unit_path text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('cloud', 'network', 'endpoint', 'application', 'data')),
  name text NOT NULL,
  -- The unit's own number of the asset, '' = none.
  code text NOT NULL DEFAULT '',
  state text NOT NULL CHECK (state IN ('in_use', 'retired', 'written_off')),
  importance text NOT NULL CHECK (importance IN ('', 'especially_important', 'important', 'general')),
  -- 等保 level 1…5 (GB/T 22240-2020), null = not graded.
  protection_level smallint CHECK (protection_level BETWEEN 1 AND 5),
  filing_number text NOT NULL DEFAULT '',
  critical_infrastructure boolean NOT NULL DEFAULT false,
  -- GB/T 43697-2024, data assets only.
  data_grade text NOT NULL DEFAULT '' CHECK (data_grade IN ('', 'core', 'important', 'general')),
  -- The responsibility triple. The name is kept as it was declared: the unit may not be in the platform.
  supervised_by uuid,
  supervised_by_name text NOT NULL DEFAULT '',
  operated_by uuid,
  operated_by_name text NOT NULL DEFAULT '',
  used_by uuid,
  used_by_name text NOT NULL DEFAULT '',
  responsible_person text NOT NULL DEFAULT '',
  product text NOT NULL DEFAULT '',
  location text NOT NULL DEFAULT '',
  remark text NOT NULL DEFAULT '',
  -- Where the record came from.
  source text NOT NULL CHECK (source IN ('manual', 'import')),
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1
);
CREATE INDEX asset_unit ON asset (unit_path, name);
CREATE UNIQUE INDEX asset_code ON asset (unit_path, code) WHERE code <> '';
CREATE INDEX asset_changed ON asset (changed_at DESC, id);
ALTER TABLE asset ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_scope ON asset USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset TO tongan_app;

-- Addresses, host names, domain names and address ranges of an asset. The same private address may belong to many units.
CREATE TABLE asset_key (
  asset_id uuid NOT NULL REFERENCES asset (id),
  kind text NOT NULL CHECK (kind IN ('address', 'host', 'domain', 'segment')),
  -- Lower case; addresses and ranges in canonical form.
  value text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  PRIMARY KEY (asset_id, kind, value)
);
CREATE INDEX asset_key_value ON asset_key (kind, value);
ALTER TABLE asset_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_key FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_key_scope ON asset_key USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
-- DELETE: an address that is no longer the asset's is no key of it; the journal keeps what it was.
GRANT SELECT, INSERT, DELETE ON asset_key TO tongan_app;

-- An uploaded sheet on its way into the ledger.
CREATE TABLE asset_import (
  id uuid PRIMARY KEY,
  -- The unit whose assets the sheet lists, or the area of the centre that imports for many.
  unit_path text COLLATE "C" NOT NULL,
  file_name text NOT NULL,
  sha256 text NOT NULL,
  bytes integer NOT NULL,
  state text NOT NULL CHECK (state IN ('preview', 'applying', 'applied', 'discarded')),
  heading_row integer NOT NULL,
  columns jsonb NOT NULL,
  mapping jsonb NOT NULL,
  counts jsonb NOT NULL,
  row_count integer NOT NULL,
  applied_rows integer NOT NULL DEFAULT 0,
  created_by text NOT NULL,
  created_by_name text NOT NULL,
  created_at timestamptz NOT NULL,
  applied_at timestamptz
);
CREATE INDEX asset_import_recent ON asset_import (unit_path, created_at DESC);
ALTER TABLE asset_import ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_import FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_import_scope ON asset_import USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_import TO tongan_app;

CREATE TABLE asset_import_row (
  import_id uuid NOT NULL REFERENCES asset_import (id),
  unit_path text COLLATE "C" NOT NULL,
  -- Number of the row in the sheet, as the person sees it there.
  row_number integer NOT NULL,
  cells jsonb NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('create', 'update', 'same', 'conflict', 'skip')),
  name text NOT NULL DEFAULT '',
  changes jsonb NOT NULL DEFAULT '[]',
  reasons jsonb NOT NULL DEFAULT '[]',
  asset_id uuid,
  applied boolean NOT NULL DEFAULT false,
  PRIMARY KEY (import_id, row_number)
);
CREATE INDEX asset_import_row_verdict ON asset_import_row (import_id, verdict, row_number);
ALTER TABLE asset_import_row ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_import_row FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_import_row_scope ON asset_import_row
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_import_row TO tongan_app;
