-- Views of lists that people named: what a list is narrowed to, in which order. Private, or shared with the own unit or centre.

CREATE TABLE list_view (
  id uuid PRIMARY KEY,
  -- The unit or centre of its owner: no other sees it, not even the centre above.
  unit_path text COLLATE "C" NOT NULL,
  owner_id text NOT NULL,
  owner_name text NOT NULL,
  -- The list of the console it is a view of (`assets`).
  list text NOT NULL,
  name text NOT NULL,
  -- The part of the list's address after the question mark.
  search text NOT NULL,
  shared boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  -- Taken out of the menus; the row stays, since journal and defaults refer to it.
  removed_at timestamptz,
  version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX list_view_name ON list_view (owner_id, list, name) WHERE removed_at IS NULL;
CREATE INDEX list_view_shared ON list_view (unit_path, list) WHERE shared AND removed_at IS NULL;
ALTER TABLE list_view ENABLE ROW LEVEL SECURITY;
ALTER TABLE list_view FORCE ROW LEVEL SECURITY;
CREATE POLICY list_view_scope ON list_view
  USING (tongan_sees(unit_path) AND (tongan_is_platform() OR unit_path = current_setting('tongan.scope', true)))
  WITH CHECK (tongan_sees(unit_path) AND (tongan_is_platform() OR unit_path = current_setting('tongan.scope', true)));
GRANT SELECT, INSERT, UPDATE ON list_view TO tongan_app;

-- With which view a list begins for a person; no view: with everything.
CREATE TABLE list_view_default (
  owner_id text NOT NULL,
  list text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  view_id uuid REFERENCES list_view (id),
  PRIMARY KEY (owner_id, list)
);
ALTER TABLE list_view_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE list_view_default FORCE ROW LEVEL SECURITY;
CREATE POLICY list_view_default_scope ON list_view_default
  USING (tongan_sees(unit_path) AND (tongan_is_platform() OR unit_path = current_setting('tongan.scope', true)))
  WITH CHECK (tongan_sees(unit_path) AND (tongan_is_platform() OR unit_path = current_setting('tongan.scope', true)));
GRANT SELECT, INSERT, UPDATE ON list_view_default TO tongan_app;
