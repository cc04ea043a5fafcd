-- Where events come from: one row per sender that may deliver, with the unit whose events they are.
CREATE TABLE telemetry_source (
  id uuid PRIMARY KEY,
  unit_path text COLLATE "C" NOT NULL,
  name text NOT NULL,
  -- Folder of content/sources, '' = told by the content of each line.
  kind text NOT NULL DEFAULT '',
  listener text NOT NULL CHECK (listener IN ('http', 'syslog', 'netflow', 'file', 'kafka', 'import')),
  -- SHA-256 of the token in hexadecimal; the token itself is shown once and kept nowhere.
  token_hash text,
  -- Last characters of the token, so that people can tell two apart.
  token_hint text NOT NULL DEFAULT '',
  -- What the source is known by: an address, range or certificate (syslog), an address or range (netflow), a pattern of paths
  -- (file), a topic (kafka); '' where a token says it.
  sender text NOT NULL DEFAULT '',
  state text NOT NULL CHECK (state IN ('active', 'paused')),
  created_at timestamptz NOT NULL,
  created_by_name text NOT NULL,
  changed_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX telemetry_source_token ON telemetry_source (token_hash) WHERE token_hash IS NOT NULL;
-- One address, pattern or topic belongs to one source, or nobody could say whose event it is.
CREATE UNIQUE INDEX telemetry_source_sender ON telemetry_source (listener, sender) WHERE sender <> '';
CREATE INDEX telemetry_source_unit ON telemetry_source (unit_path, name);
ALTER TABLE telemetry_source ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry_source FORCE ROW LEVEL SECURITY;
CREATE POLICY telemetry_source_scope ON telemetry_source
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON telemetry_source TO tongan_app;

-- What each source delivered, minute by minute. Measured, not decided: it is not part of the journal.
CREATE TABLE telemetry_health (
  source_id uuid NOT NULL REFERENCES telemetry_source (id),
  minute timestamptz NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  received bigint NOT NULL DEFAULT 0,
  received_bytes bigint NOT NULL DEFAULT 0,
  written bigint NOT NULL DEFAULT 0,
  unparsed bigint NOT NULL DEFAULT 0,
  -- Number of lines that were not taken, by reason.
  rejected jsonb NOT NULL DEFAULT '{}',
  -- Sum over the written events of the time from the event to its receipt, for the mean delay.
  delay_ms_sum bigint NOT NULL DEFAULT 0,
  last_event_at timestamptz,
  PRIMARY KEY (source_id, minute)
);
CREATE INDEX telemetry_health_minute ON telemetry_health (minute);
ALTER TABLE telemetry_health ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry_health FORCE ROW LEVEL SECURITY;
CREATE POLICY telemetry_health_scope ON telemetry_health
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
-- DELETE: minutes older than a month go; what was stored is counted by the event store itself.
GRANT SELECT, INSERT, UPDATE, DELETE ON telemetry_health TO tongan_app;
