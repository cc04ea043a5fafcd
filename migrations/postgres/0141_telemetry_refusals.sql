-- Deliveries that were refused before it was known whose they are: by sender's address, endpoint and reason. They belong to
-- no source and so to no unit. Never what the sender showed: a wrong token may be one letter from a right one.
CREATE TABLE telemetry_refusal (
  endpoint text NOT NULL,
  -- '' stands for all addresses that are not remembered one by one any more.
  address text NOT NULL,
  reason text NOT NULL,
  refused bigint NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (endpoint, address, reason)
);
ALTER TABLE telemetry_refusal ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry_refusal FORCE ROW LEVEL SECURITY;
CREATE POLICY telemetry_refusal_read ON telemetry_refusal FOR SELECT USING (tongan_side() = 'centre');
CREATE POLICY telemetry_refusal_write ON telemetry_refusal
  USING (tongan_is_platform()) WITH CHECK (tongan_is_platform());
GRANT SELECT, INSERT, UPDATE, DELETE ON telemetry_refusal TO tongan_app;
