-- What identity resolution leaves out, what people decided, and what was merged and split.

-- Keys that spread over many records and say nothing.
CREATE TABLE asset_key_quarantine (
  key text PRIMARY KEY,
  -- How many records of one source held it at the same time when it was found out.
  holders integer NOT NULL,
  found_at timestamptz NOT NULL,
  -- A person vouched for the key: it counts, and is not quarantined again.
  released_at timestamptz,
  released_by_name text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT ''
);
ALTER TABLE asset_key_quarantine ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_key_quarantine FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_key_quarantine_centre ON asset_key_quarantine
  USING (tongan_side() = 'centre') WITH CHECK (tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON asset_key_quarantine TO tongan_app;

-- Pairs of observations about which a person decided. It outranks the rules until a person decides otherwise.
CREATE TABLE asset_identity_decision (
  id uuid PRIMARY KEY,
  unit_path text COLLATE "C" NOT NULL,
  left_id uuid NOT NULL REFERENCES asset_observation (id),
  right_id uuid NOT NULL REFERENCES asset_observation (id),
  verdict text NOT NULL CHECK (verdict IN ('same', 'different')),
  reason text NOT NULL,
  -- The merge or split it came with.
  change_id uuid,
  decided_at timestamptz NOT NULL,
  decided_by text NOT NULL,
  decided_by_name text NOT NULL,
  -- Taken back, with the merge or split or by a later decision about the pair.
  withdrawn_at timestamptz,
  CHECK (left_id < right_id)
);
CREATE UNIQUE INDEX asset_identity_decision_pair ON asset_identity_decision (left_id, right_id) WHERE withdrawn_at IS NULL;
CREATE INDEX asset_identity_decision_right ON asset_identity_decision (right_id) WHERE withdrawn_at IS NULL;
ALTER TABLE asset_identity_decision ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_identity_decision FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_identity_decision_scope ON asset_identity_decision
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_identity_decision TO tongan_app;

-- Merges and splits, with everything needed to take them back exactly.
CREATE TABLE asset_identity_change (
  id uuid PRIMARY KEY,
  unit_path text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('merge', 'split')),
  -- merge: stays and goes; split: is left and is new.
  kept_id uuid NOT NULL REFERENCES asset (id),
  other_id uuid NOT NULL REFERENCES asset (id),
  -- Rules found out that both are one, or a person decided.
  by_rules boolean NOT NULL,
  reason text NOT NULL,
  -- Rows of asset, asset_key and asset_observation as they were before.
  before jsonb NOT NULL,
  -- The version of the asset that stays, after the change: whoever changed it since is told at the undoing.
  kept_version integer NOT NULL,
  made_at timestamptz NOT NULL,
  made_by text NOT NULL,
  made_by_name text NOT NULL,
  undone_at timestamptz,
  undone_by_name text NOT NULL DEFAULT ''
);
CREATE INDEX asset_identity_change_kept ON asset_identity_change (kept_id, made_at);
CREATE INDEX asset_identity_change_other ON asset_identity_change (other_id, made_at);
CREATE INDEX asset_identity_change_recent ON asset_identity_change (unit_path, made_at DESC);
ALTER TABLE asset_identity_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_identity_change FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_identity_change_scope ON asset_identity_change
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_identity_change TO tongan_app;

-- Pairs of assets that share keys and were kept apart: for a person to decide.
CREATE TABLE asset_duplicate (
  left_id uuid NOT NULL REFERENCES asset (id),
  right_id uuid NOT NULL REFERENCES asset (id),
  -- Of the left one; both ends have to be in sight.
  unit_path text COLLATE "C" NOT NULL,
  left_observation uuid NOT NULL,
  right_observation uuid NOT NULL,
  keys text NOT NULL,
  vetoes text NOT NULL,
  found_at timestamptz NOT NULL,
  settled_at timestamptz,
  PRIMARY KEY (left_id, right_id),
  CHECK (left_id < right_id)
);
CREATE INDEX asset_duplicate_open ON asset_duplicate (found_at DESC) WHERE settled_at IS NULL;
CREATE INDEX asset_duplicate_right ON asset_duplicate (right_id);
ALTER TABLE asset_duplicate ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_duplicate FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_duplicate_scope ON asset_duplicate
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_duplicate TO tongan_app;

-- A value that a person fixed: no source changes it.
CREATE TABLE asset_lock (
  asset_id uuid NOT NULL REFERENCES asset (id),
  field text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  value jsonb NOT NULL,
  locked_at timestamptz NOT NULL,
  locked_by_name text NOT NULL,
  PRIMARY KEY (asset_id, field)
);
ALTER TABLE asset_lock ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_lock FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_lock_scope ON asset_lock USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
-- DELETE: the lock is taken off; the journal keeps who had set it.
GRANT SELECT, INSERT, UPDATE, DELETE ON asset_lock TO tongan_app;
