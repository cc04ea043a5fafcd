-- How long events are kept, by unit and kind of source, and what must not be deleted (保全). Only centres.

CREATE TABLE telemetry_retention (
  id uuid PRIMARY KEY,
  -- Events of this unit and of everything below it.
  unit_path text COLLATE "C" NOT NULL,
  -- One kind of source, as events name it; '' for all.
  kind text NOT NULL,
  -- Days after receipt.
  days integer NOT NULL CHECK (days BETWEEN 1 AND 3650),
  -- Why less than the legal minimum is kept; '' when it is not less.
  override_reason text NOT NULL,
  set_by_id text NOT NULL,
  set_by_name text NOT NULL,
  set_at timestamptz NOT NULL,
  -- The row stays, so that it can be shown under which rule something was deleted.
  ended_at timestamptz
);
CREATE UNIQUE INDEX telemetry_retention_of ON telemetry_retention (unit_path, kind) WHERE ended_at IS NULL;
ALTER TABLE telemetry_retention ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry_retention FORCE ROW LEVEL SECURITY;
CREATE POLICY telemetry_retention_scope ON telemetry_retention
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON telemetry_retention TO tongan_app;

CREATE TABLE telemetry_hold (
  id uuid PRIMARY KEY,
  unit_path text COLLATE "C" NOT NULL,
  -- One kind of source; '' for all.
  kind text NOT NULL,
  -- Time of the events: from inclusive, to exclusive; open where absent.
  from_at timestamptz,
  to_at timestamptz,
  -- Number of the incident it is for; '' when there is none.
  incident text NOT NULL,
  reason text NOT NULL,
  placed_by_id text NOT NULL,
  placed_by_name text NOT NULL,
  placed_at timestamptz NOT NULL,
  -- It ends by itself; absent: only by its release.
  until_at timestamptz,
  released_by_id text,
  released_by_name text,
  released_at timestamptz,
  release_reason text,
  CHECK (num_nulls(released_by_id, released_by_name, released_at, release_reason) IN (0, 4)),
  -- Four eyes.
  CHECK (released_by_id IS DISTINCT FROM placed_by_id)
);
CREATE INDEX telemetry_hold_open ON telemetry_hold (unit_path) WHERE released_at IS NULL;
ALTER TABLE telemetry_hold ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry_hold FORCE ROW LEVEL SECURITY;
CREATE POLICY telemetry_hold_scope ON telemetry_hold
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON telemetry_hold TO tongan_app;
