-- How the clock of a source stands: the least and the greatest time from an event to its receipt in a minute. A negative
-- least one is a clock that is ahead.
ALTER TABLE telemetry_health ADD COLUMN delay_ms_min bigint;
ALTER TABLE telemetry_health ADD COLUMN delay_ms_max bigint;

-- What is usual for a source, learnt every hour from its own minutes. Measured, not decided: no part of the journal.
CREATE TABLE telemetry_baseline (
  source_id uuid PRIMARY KEY REFERENCES telemetry_source (id),
  unit_path text COLLATE "C" NOT NULL,
  -- Lines an hour, the median of the days before, by hour of the day in Asia/Shanghai; null where too few days are known.
  hourly jsonb NOT NULL,
  -- Ninety-nine of a hundred pauses between two minutes with lines are not longer; null without enough of them.
  usual_gap_ms bigint,
  days integer NOT NULL,
  learnt_at timestamptz NOT NULL
);
ALTER TABLE telemetry_baseline ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry_baseline FORCE ROW LEVEL SECURITY;
CREATE POLICY telemetry_baseline_scope ON telemetry_baseline
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON telemetry_baseline TO tongan_app;

-- What is wrong with a source and since when. An alarm is cleared by the platform when its reason is gone.
CREATE TABLE telemetry_alarm (
  id uuid PRIMARY KEY,
  source_id uuid NOT NULL REFERENCES telemetry_source (id),
  unit_path text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('silent', 'slow', 'flood', 'unparsed', 'rejecting', 'clock')),
  -- The figures it was raised for: what was seen and what is usual.
  seen jsonb NOT NULL DEFAULT '{}',
  raised_at timestamptz NOT NULL,
  cleared_at timestamptz
);
CREATE UNIQUE INDEX telemetry_alarm_open ON telemetry_alarm (source_id, kind) WHERE cleared_at IS NULL;
CREATE INDEX telemetry_alarm_raised ON telemetry_alarm (source_id, raised_at);
ALTER TABLE telemetry_alarm ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry_alarm FORCE ROW LEVEL SECURITY;
CREATE POLICY telemetry_alarm_scope ON telemetry_alarm
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON telemetry_alarm TO tongan_app;

-- A source that stands for several senders (a relay, a range) may say what each of them writes: {"10.1.2.3": "cisco-asa"}.
ALTER TABLE telemetry_source ADD COLUMN sender_kinds jsonb NOT NULL DEFAULT '{}';

-- Reading stored original texts again, with another kind or with better sources.
CREATE TABLE telemetry_reparse (
  id uuid PRIMARY KEY,
  source_id uuid NOT NULL REFERENCES telemetry_source (id),
  unit_path text COLLATE "C" NOT NULL,
  -- Number of the rows it writes; later ones are greater, so that older rows are known.
  revision integer GENERATED ALWAYS AS IDENTITY UNIQUE,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  -- Only what was taken for this kind, '' = everything; and what it is to be read as, '' = told by the content.
  was_kind text NOT NULL,
  as_kind text NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
  -- Receipt and number of the last event that is done: where a job that was cut off goes on.
  done_until timestamptz NOT NULL,
  done_id text NOT NULL DEFAULT '',
  total bigint NOT NULL DEFAULT 0,
  done bigint NOT NULL DEFAULT 0,
  changed bigint NOT NULL DEFAULT 0,
  unparsed bigint NOT NULL DEFAULT 0,
  fault text NOT NULL DEFAULT '',
  asked_by_name text NOT NULL,
  created_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX telemetry_reparse_source ON telemetry_reparse (source_id, created_at);
-- One at a time for a source: two would replace each other's rows.
CREATE UNIQUE INDEX telemetry_reparse_open ON telemetry_reparse (source_id) WHERE state IN ('queued', 'running');
ALTER TABLE telemetry_reparse ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry_reparse FORCE ROW LEVEL SECURITY;
CREATE POLICY telemetry_reparse_scope ON telemetry_reparse
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON telemetry_reparse TO tongan_app;
