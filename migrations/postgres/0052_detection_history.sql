-- Runs of rules over stored events: who asked for what, how far it is, what came of it.
CREATE TABLE detection_run (
  id uuid PRIMARY KEY,
  -- The area of whoever asked: only its events are looked at.
  unit_path text COLLATE "C" NOT NULL,
  started_by text NOT NULL,
  started_by_name text NOT NULL,
  started_at timestamptz NOT NULL,
  reason text NOT NULL,
  rule_ids text[] NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'done', 'stopped', 'failed')),
  -- Whether hits become alerts; else they are only counted.
  raises boolean NOT NULL,
  -- Everything before this is done.
  done_to_at timestamptz NOT NULL,
  -- The next part's length: shorter after a part took too long, longer after a quick one.
  chunk_seconds integer NOT NULL,
  events bigint NOT NULL,
  hits bigint NOT NULL,
  raised bigint NOT NULL,
  -- Hits that live detection or an earlier run had found already.
  known bigint NOT NULL,
  -- Hits that were counted but not raised one by one, because there were too many.
  cut bigint NOT NULL,
  work_ms bigint NOT NULL,
  stop_asked_by text NOT NULL DEFAULT '',
  error text NOT NULL DEFAULT '',
  finished_at timestamptz
);
CREATE INDEX detection_run_recent ON detection_run (started_at DESC, id);
ALTER TABLE detection_run ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_run FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_run_scope ON detection_run
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE, DELETE ON detection_run TO tongan_app;

-- What came of each rule of a run; rules without hits and faults have no row.
CREATE TABLE detection_run_rule (
  run_id uuid NOT NULL REFERENCES detection_run (id) ON DELETE CASCADE,
  rule_id text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  hits bigint NOT NULL,
  raised bigint NOT NULL,
  known bigint NOT NULL,
  cut bigint NOT NULL,
  -- '' or why some part of the past could not be looked at.
  error text NOT NULL,
  PRIMARY KEY (run_id, rule_id)
);
ALTER TABLE detection_run_rule ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_run_rule FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_run_rule_scope ON detection_run_rule
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE, DELETE ON detection_run_rule TO tongan_app;

-- What the correlations of a run remember between two parts of it.
CREATE TABLE detection_run_state (
  run_id uuid NOT NULL REFERENCES detection_run (id) ON DELETE CASCADE,
  part integer NOT NULL,
  groups bytea NOT NULL,
  PRIMARY KEY (run_id, part)
);
ALTER TABLE detection_run_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_run_state FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_run_state_platform ON detection_run_state
  USING (tongan_is_platform()) WITH CHECK (tongan_is_platform());
GRANT SELECT, INSERT, DELETE ON detection_run_state TO tongan_app;
