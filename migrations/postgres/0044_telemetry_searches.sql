-- Saved searches of people, shared within their centre, and what became of those that run by themselves. Only centres.

CREATE TABLE telemetry_search (
  id uuid PRIMARY KEY,
  -- The area of the centre it was saved in: a scheduled run sees no further.
  unit_path text COLLATE "C" NOT NULL,
  owner_id text NOT NULL,
  owner_name text NOT NULL,
  name text NOT NULL,
  query text NOT NULL,
  columns text[] NOT NULL,
  -- A span that ends now (`24h`), as the console offers them.
  span text NOT NULL,
  shared boolean NOT NULL,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  -- Taken out of the lists; the row stays, since runs and alerts refer to it.
  removed_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  -- The schedule; all of it or nothing.
  every_minutes integer,
  threshold integer,
  entity text,
  level text,
  -- Events received before this were looked at.
  looked_until timestamptz,
  due_at timestamptz,
  failures integer NOT NULL DEFAULT 0,
  CHECK (num_nulls(every_minutes, threshold, entity, level, looked_until, due_at) IN (0, 6))
);
CREATE INDEX telemetry_search_listed ON telemetry_search (unit_path, name) WHERE removed_at IS NULL;
CREATE INDEX telemetry_search_due ON telemetry_search (due_at) WHERE due_at IS NOT NULL;
ALTER TABLE telemetry_search ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry_search FORCE ROW LEVEL SECURITY;
CREATE POLICY telemetry_search_scope ON telemetry_search
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON telemetry_search TO tongan_app;

CREATE TABLE telemetry_search_run (
  id uuid PRIMARY KEY,
  search_id uuid NOT NULL REFERENCES telemetry_search (id),
  unit_path text COLLATE "C" NOT NULL,
  ran_at timestamptz NOT NULL,
  -- Events by receipt.
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  took_ms integer NOT NULL,
  state text NOT NULL CHECK (state IN ('done', 'failed')),
  found bigint NOT NULL,
  -- Alerts that are new, and such that grew.
  raised integer NOT NULL,
  grown integer NOT NULL,
  -- What was found and raised nothing because a bound was reached.
  left_out integer NOT NULL,
  problem text NOT NULL
);
CREATE INDEX telemetry_search_run_of ON telemetry_search_run (search_id, ran_at DESC);
CREATE INDEX telemetry_search_run_age ON telemetry_search_run (ran_at);
ALTER TABLE telemetry_search_run ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry_search_run FORCE ROW LEVEL SECURITY;
CREATE POLICY telemetry_search_run_scope ON telemetry_search_run
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, DELETE ON telemetry_search_run TO tongan_app;
