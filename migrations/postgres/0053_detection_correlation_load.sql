-- How much the correlations of a partition remember, told by whoever counts it together with each change: any process can
-- show it, also one that counts nothing itself.
CREATE TABLE detection_correlation_load (
  partition integer PRIMARY KEY,
  -- By correlation: { "groups": n, "entries": n }.
  load jsonb NOT NULL
);
ALTER TABLE detection_correlation_load ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_correlation_load FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_correlation_load_platform ON detection_correlation_load
  USING (tongan_is_platform()) WITH CHECK (tongan_is_platform());
GRANT SELECT, INSERT, UPDATE ON detection_correlation_load TO tongan_app;
