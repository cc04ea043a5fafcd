-- What is deleted cannot be brought back, so deletion does not follow a clock that jumps ahead. One row.

CREATE TABLE telemetry_retention_clock (
  id smallint PRIMARY KEY CHECK (id = 1),
  -- Deletion takes no later moment for now, but for the days that a clock may go on unasked.
  trusted_at timestamptz NOT NULL,
  -- What the clock said when that was settled.
  clock_at timestamptz NOT NULL
);
-- Whoever installs or upgrades is there and sees what the clock says.
INSERT INTO telemetry_retention_clock VALUES (1, now(), now());
ALTER TABLE telemetry_retention_clock ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry_retention_clock FORCE ROW LEVEL SECURITY;
-- Holds two moments, nothing of any unit.
CREATE POLICY telemetry_retention_clock_centre ON telemetry_retention_clock
  USING (tongan_side() = 'centre') WITH CHECK (tongan_side() = 'centre');
GRANT SELECT, UPDATE ON telemetry_retention_clock TO tongan_app;
