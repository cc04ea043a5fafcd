-- Detection: which rules are on, what was evaluated, what was found. Only centres see it.

-- Rules whose state a person changed; a rule without a row is on.
CREATE TABLE detection_rule (
  rule_id text PRIMARY KEY,
  enabled boolean NOT NULL,
  reason text NOT NULL,
  changed_by text NOT NULL,
  changed_by_name text NOT NULL,
  changed_at timestamptz NOT NULL
);
ALTER TABLE detection_rule ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_rule FORCE ROW LEVEL SECURITY;
-- Rules are the platform's, not a unit's: every centre sees and is bound by the same ones.
CREATE POLICY detection_rule_centre ON detection_rule
  USING (tongan_side() = 'centre') WITH CHECK (tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON detection_rule TO tongan_app;

-- Batches whose detections are committed: a batch that comes again after a crash changes nothing.
CREATE TABLE detection_batch (
  batch_id text PRIMARY KEY,
  handled_at timestamptz NOT NULL
);
CREATE INDEX detection_batch_age ON detection_batch (handled_at);
ALTER TABLE detection_batch ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_batch FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_batch_platform ON detection_batch USING (tongan_is_platform()) WITH CHECK (tongan_is_platform());
GRANT SELECT, INSERT, DELETE ON detection_batch TO tongan_app;

-- One row for each time a rule fired.
CREATE TABLE detection (
  id text PRIMARY KEY,
  rule_id text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  event_id text NOT NULL,
  event_at timestamptz NOT NULL,
  found_at timestamptz NOT NULL,
  entity_kind text NOT NULL,
  entity_value text NOT NULL,
  host text NOT NULL,
  -- What made the rule true: [{field, value, condition}].
  matched jsonb NOT NULL
);
CREATE INDEX detection_of_rule ON detection (rule_id, found_at DESC);
CREATE INDEX detection_age ON detection (found_at);
ALTER TABLE detection ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_scope ON detection
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, DELETE ON detection TO tongan_app;

-- The evaluation ledger, part one: how many events of each log source the rules were asked about, by hour.
CREATE TABLE detection_scope_hour (
  hour_at timestamptz NOT NULL,
  product text NOT NULL,
  category text NOT NULL,
  service text NOT NULL,
  events bigint NOT NULL,
  -- Events on which the evaluation itself failed.
  errors bigint NOT NULL,
  PRIMARY KEY (hour_at, product, category, service)
);
ALTER TABLE detection_scope_hour ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_scope_hour FORCE ROW LEVEL SECURITY;
-- Counts over the whole platform, of no single unit.
CREATE POLICY detection_scope_hour_centre ON detection_scope_hour
  USING (tongan_side() = 'centre') WITH CHECK (tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE, DELETE ON detection_scope_hour TO tongan_app;

-- The evaluation ledger, part two: what came of each rule, by hour.
CREATE TABLE detection_rule_hour (
  rule_id text NOT NULL,
  hour_at timestamptz NOT NULL,
  hits bigint NOT NULL,
  suppressed bigint NOT NULL,
  -- Hits that were counted but not kept one by one, because a batch had too many of them.
  cut bigint NOT NULL,
  -- Events whose values made the rule worth a closer look.
  candidates bigint NOT NULL,
  -- Events of its log source that came while the rule was off.
  skipped bigint NOT NULL,
  -- Events on which this rule failed.
  errors bigint NOT NULL,
  PRIMARY KEY (rule_id, hour_at)
);
CREATE INDEX detection_rule_hour_age ON detection_rule_hour (hour_at);
ALTER TABLE detection_rule_hour ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_rule_hour FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_rule_hour_centre ON detection_rule_hour
  USING (tongan_side() = 'centre') WITH CHECK (tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE, DELETE ON detection_rule_hour TO tongan_app;

-- The evaluation ledger, part three: bounds of a correlation that were reached, by hour and kind (groups or entries
-- forgotten, counting in steps, events too late or without a group).
CREATE TABLE detection_limit_hour (
  rule_id text NOT NULL,
  hour_at timestamptz NOT NULL,
  kind text NOT NULL,
  reached bigint NOT NULL,
  PRIMARY KEY (rule_id, hour_at, kind)
);
CREATE INDEX detection_limit_hour_age ON detection_limit_hour (hour_at);
ALTER TABLE detection_limit_hour ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_limit_hour FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_limit_hour_centre ON detection_limit_hour
  USING (tongan_side() = 'centre') WITH CHECK (tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE, DELETE ON detection_limit_hour TO tongan_app;

-- The evaluation ledger, part four: which fields occur in the events of a log source, and since when.
CREATE TABLE detection_field (
  product text NOT NULL,
  category text NOT NULL,
  service text NOT NULL,
  field text NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (product, category, service, field)
);
ALTER TABLE detection_field ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_field FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_field_centre ON detection_field
  USING (tongan_side() = 'centre') WITH CHECK (tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON detection_field TO tongan_app;

-- The evaluation ledger, part five: since when a rule has been loaded, and with which text. Before that it was not asked.
CREATE TABLE detection_rule_version (
  rule_id text NOT NULL,
  -- Digest of the rule's text.
  digest text NOT NULL,
  loaded_at timestamptz NOT NULL,
  PRIMARY KEY (rule_id, digest)
);
ALTER TABLE detection_rule_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_rule_version FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_rule_version_centre ON detection_rule_version
  USING (tongan_side() = 'centre') WITH CHECK (tongan_side() = 'centre');
GRANT SELECT, INSERT ON detection_rule_version TO tongan_app;
