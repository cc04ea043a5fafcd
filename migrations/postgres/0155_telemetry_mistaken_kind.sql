-- Lines that are not of the kind their source is configured for and were taken for another one.
ALTER TABLE telemetry_health ADD COLUMN mistaken bigint NOT NULL DEFAULT 0;

ALTER TABLE telemetry_alarm DROP CONSTRAINT telemetry_alarm_kind_check;
ALTER TABLE telemetry_alarm ADD CONSTRAINT telemetry_alarm_kind_check
  CHECK (kind IN ('silent', 'slow', 'flood', 'unparsed', 'mistaken', 'rejecting', 'clock'));
