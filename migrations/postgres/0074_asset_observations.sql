-- What sources say about assets. An observation is not an asset: it is kept as the source gave it and linked to one.
CREATE TABLE asset_zone (
  id uuid PRIMARY KEY,
  -- Whose network it is; names and network cards seen in it belong to this part of the tree.
  unit_path text COLLATE "C" NOT NULL,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('government_extranet', 'internet', 'cloud', 'unit_network')),
  -- static: an address is given to another machine only by a decision of a person.
  addressing text NOT NULL CHECK (addressing IN ('static', 'dynamic')),
  ranges cidr[] NOT NULL,
  remark text NOT NULL DEFAULT '',
  retired_at timestamptz,
  changed_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX asset_zone_name ON asset_zone (unit_path, name);
ALTER TABLE asset_zone ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_zone FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_zone_scope ON asset_zone USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_zone TO tongan_app;

CREATE TABLE asset_observation (
  id uuid PRIMARY KEY,
  -- Whose it is: the asset's once it is linked, until then the reporter's.
  unit_path text COLLATE "C" NOT NULL,
  -- Who reported it; with source and native key it is the record's identity.
  reported_path text COLLATE "C" NOT NULL,
  source text NOT NULL,
  native_key text NOT NULL,
  class text NOT NULL,
  zone_id uuid,
  -- What tells it apart and what is known of it, normalised; and the record as the source gave it.
  facts jsonb NOT NULL,
  raw jsonb NOT NULL,
  -- One key a line, "kind|space|value"; those of fixed addresses begin with "+".
  keys text NOT NULL,
  left_out jsonb NOT NULL DEFAULT '[]',
  -- Over facts and keys: the same again changes the time only.
  digest text NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  -- The link as it stands. Earlier ones are in asset_observation_link.
  asset_id uuid REFERENCES asset (id),
  link_state text NOT NULL CHECK (link_state IN ('linked', 'presumed', 'unresolved')),
  link_rule text NOT NULL DEFAULT '',
  link_keys text NOT NULL DEFAULT '',
  linked_at timestamptz
);
CREATE UNIQUE INDEX asset_observation_record ON asset_observation (source, native_key, reported_path);
CREATE INDEX asset_observation_asset ON asset_observation (asset_id) WHERE asset_id IS NOT NULL;
CREATE INDEX asset_observation_open ON asset_observation (last_seen_at DESC) WHERE link_state = 'unresolved';
ALTER TABLE asset_observation ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_observation FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_observation_scope ON asset_observation
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_observation TO tongan_app;

-- From a key to the observations that have it. The key as a 64-bit hash; the texts are compared again.
CREATE TABLE asset_observation_key (
  key bigint NOT NULL,
  observation_id uuid NOT NULL REFERENCES asset_observation (id),
  PRIMARY KEY (key, observation_id)
);
CREATE INDEX asset_observation_key_observation ON asset_observation_key (observation_id);
ALTER TABLE asset_observation_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_observation_key FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_observation_key_platform ON asset_observation_key
  USING (tongan_is_platform()) WITH CHECK (tongan_is_platform());
-- DELETE: a source that says something else about its record has other keys; the history of links keeps the old ones.
GRANT SELECT, INSERT, DELETE ON asset_observation_key TO tongan_app;

-- Links that held before, with what they rested on.
CREATE TABLE asset_observation_link (
  id uuid PRIMARY KEY,
  observation_id uuid NOT NULL REFERENCES asset_observation (id),
  unit_path text COLLATE "C" NOT NULL,
  asset_id uuid NOT NULL,
  rule text NOT NULL,
  keys text NOT NULL,
  presumed boolean NOT NULL,
  from_at timestamptz NOT NULL,
  until_at timestamptz NOT NULL,
  -- Why it ended: rules | person | undo.
  ended_by text NOT NULL CHECK (ended_by IN ('rules', 'person', 'undo'))
);
CREATE INDEX asset_observation_link_observation ON asset_observation_link (observation_id, until_at);
CREATE INDEX asset_observation_link_asset ON asset_observation_link (asset_id, until_at);
ALTER TABLE asset_observation_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_observation_link FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_observation_link_scope ON asset_observation_link
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT ON asset_observation_link TO tongan_app;

-- An asset may come from observations alone, and may have been found to be the same as another.
ALTER TABLE asset DROP CONSTRAINT asset_source_check;
ALTER TABLE asset ADD CONSTRAINT asset_source_check CHECK (source IN ('manual', 'import', 'discovered'));
ALTER TABLE asset ADD COLUMN merged_into uuid REFERENCES asset (id);
CREATE INDEX asset_merged ON asset (merged_into) WHERE merged_into IS NOT NULL;
