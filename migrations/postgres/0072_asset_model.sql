-- Classes under the five kinds with attributes of their own, fields that a centre adds, relations, the life of an asset as
-- a table of moves, and every change of every attribute.

ALTER TABLE asset NO FORCE ROW LEVEL SECURITY;

ALTER TABLE asset DROP CONSTRAINT asset_state_check;
ALTER TABLE asset DROP CONSTRAINT asset_source_check;
UPDATE asset SET state = 'confirmed' WHERE state = 'in_use';
ALTER TABLE asset
  ADD CONSTRAINT asset_state_check
    CHECK (state IN ('discovered', 'to_claim', 'confirmed', 'changed', 'retired', 'written_off')),
  ADD CONSTRAINT asset_source_check CHECK (source IN ('manual', 'import', 'discovered')),
  ADD COLUMN class text NOT NULL DEFAULT 'endpoint' CHECK (class IN ('system', 'site', 'service', 'api', 'host',
    'network_device', 'security_device', 'endpoint', 'data', 'certificate', 'segment', 'line', 'account')),
  -- Values of the attributes of the class and of the centre's own fields, by key; only those that have one.
  ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}',
  -- The day by which the class has to be looked after: next assessment, end of a certificate, of a licence, of a contract.
  -- `2026-03-01`, text because days are compared as they are written.
  ADD COLUMN due_on text COLLATE "C",
  -- First letters of the name's pinyin, for searching.
  ADD COLUMN initials text NOT NULL DEFAULT '',
  -- Pairs of neighbouring characters of name and initials: what a search looks up.
  ADD COLUMN terms text[] NOT NULL DEFAULT '{}',
  -- What is known of who answers for it, in one word; kept by the code that changes responsibility.
  ADD COLUMN duty text NOT NULL DEFAULT 'none'
    CHECK (duty IN ('none', 'presumed', 'to_claim', 'confirmed', 'disputed', 'expired', 'inherited')),
  -- Marks that rules set and take away again.
  ADD COLUMN is_shadow boolean NOT NULL DEFAULT false,
  ADD COLUMN is_zombie boolean NOT NULL DEFAULT false,
  ADD COLUMN is_outside boolean NOT NULL DEFAULT false,
  ADD COLUMN is_stale boolean NOT NULL DEFAULT false,
  ADD COLUMN created_at timestamptz,
  ADD COLUMN retired_at timestamptz;
UPDATE asset SET created_at = first_seen_at, class = CASE kind WHEN 'application' THEN 'system' WHEN 'cloud' THEN 'host'
  WHEN 'network' THEN 'network_device' WHEN 'data' THEN 'data' ELSE 'endpoint' END;
ALTER TABLE asset ALTER COLUMN created_at SET NOT NULL;
ALTER TABLE asset ALTER COLUMN class DROP DEFAULT;
ALTER TABLE asset FORCE ROW LEVEL SECURITY;
CREATE INDEX asset_due ON asset (class, due_on) WHERE due_on IS NOT NULL;

-- What changed, one row per version. The state at any moment is the present one with the later changes taken back.
CREATE TABLE asset_change (
  asset_id uuid NOT NULL REFERENCES asset (id),
  version integer NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL,
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  -- By what: created, edited, imported, moved, bulk, campaign, handover, assigned, observed, merged, undone, ruled.
  via text NOT NULL,
  -- The import, campaign or other object it came with, '' = none.
  reference text NOT NULL DEFAULT '',
  -- [{ field, from, to }]
  changes jsonb NOT NULL,
  PRIMARY KEY (asset_id, version)
);
CREATE INDEX asset_change_at ON asset_change (at DESC, asset_id);
CREATE INDEX asset_change_reference ON asset_change (reference) WHERE reference <> '';
ALTER TABLE asset_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_change FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_change_scope ON asset_change USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT ON asset_change TO tongan_app;

-- Which asset stands on which. The direction of impact follows from the kind.
CREATE TABLE asset_relation (
  id uuid PRIMARY KEY,
  -- Of the asset it starts from.
  unit_path text COLLATE "C" NOT NULL,
  from_id uuid NOT NULL REFERENCES asset (id),
  to_id uuid NOT NULL REFERENCES asset (id),
  kind text NOT NULL CHECK (kind IN ('runs_on', 'part_of', 'depends_on', 'offers', 'stores', 'protects', 'in_segment',
    'uses_certificate', 'used_by_account')),
  source text NOT NULL CHECK (source IN ('manual', 'import', 'discovered')),
  note text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  created_by_name text NOT NULL,
  ended_at timestamptz,
  ended_by_name text NOT NULL DEFAULT '',
  CHECK (from_id <> to_id)
);
CREATE UNIQUE INDEX asset_relation_open ON asset_relation (from_id, to_id, kind) WHERE ended_at IS NULL;
CREATE INDEX asset_relation_to ON asset_relation (to_id);
ALTER TABLE asset_relation ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_relation FORCE ROW LEVEL SECURITY;
-- Somebody who sees either end sees the relation; the other end stays hidden unless it is in sight itself.
CREATE POLICY asset_relation_scope ON asset_relation
  USING (tongan_sees(unit_path) OR EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_relation.to_id))
  WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_relation TO tongan_app;

-- Fields that a centre adds to classes, for every unit of its area.
CREATE TABLE asset_field (
  id uuid PRIMARY KEY,
  -- The area of the centre that added it.
  unit_path text COLLATE "C" NOT NULL,
  key text NOT NULL CHECK (key ~ '^x_[a-z][a-z0-9_]{0,39}$'),
  title_zh text NOT NULL,
  title_en text NOT NULL,
  type text NOT NULL CHECK (type IN ('text', 'integer', 'number', 'boolean', 'date', 'choice', 'list')),
  choices jsonb NOT NULL DEFAULT '[]',
  -- Classes that have it; empty = all.
  classes text[] NOT NULL DEFAULT '{}',
  required boolean NOT NULL DEFAULT false,
  hint text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  created_by_name text NOT NULL,
  -- Taken out of forms and templates; values that are there stay.
  retired_at timestamptz,
  UNIQUE (unit_path, key)
);
ALTER TABLE asset_field ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_field FORCE ROW LEVEL SECURITY;
-- Units fill in what the centres above them ask for, so everybody below the area reads the field.
CREATE POLICY asset_field_read ON asset_field FOR SELECT
  USING (tongan_sees(unit_path) OR (current_setting('tongan.scope', true) <> ''
    AND starts_with(current_setting('tongan.scope', true), unit_path)));
CREATE POLICY asset_field_add ON asset_field FOR INSERT
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
CREATE POLICY asset_field_change ON asset_field FOR UPDATE
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON asset_field TO tongan_app;
