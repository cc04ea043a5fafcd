-- Imports that are taken back, and what the columns of a unit's own sheet mean, remembered for the next time.
ALTER TABLE asset_import DROP CONSTRAINT asset_import_state_check;
ALTER TABLE asset_import
  ADD CONSTRAINT asset_import_state_check
    CHECK (state IN ('preview', 'applying', 'applied', 'discarded', 'undoing', 'undone')),
  -- The remembered meaning that was taken, '' = by headings.
  ADD COLUMN profile_name text NOT NULL DEFAULT '',
  -- Rows that were taken back, and assets that were changed since and stay.
  ADD COLUMN undone_rows integer NOT NULL DEFAULT 0,
  ADD COLUMN kept_rows integer NOT NULL DEFAULT 0;

CREATE TABLE asset_import_profile (
  id uuid PRIMARY KEY,
  unit_path text COLLATE "C" NOT NULL,
  name text NOT NULL,
  headings jsonb NOT NULL,
  mapping jsonb NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by_name text NOT NULL
);
CREATE UNIQUE INDEX asset_import_profile_name ON asset_import_profile (unit_path, name);
ALTER TABLE asset_import_profile ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_import_profile FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_import_profile_scope ON asset_import_profile
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_import_profile TO tongan_app;
