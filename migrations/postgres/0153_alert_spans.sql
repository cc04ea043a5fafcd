-- The spans in which a scheduled search found enough events for an alert: what was asked, what was counted, and the query that finds exactly
-- these events again, whatever becomes of the search.
CREATE TABLE alert_span (
  alert_id uuid NOT NULL REFERENCES alert (id),
  detection_id text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  events bigint NOT NULL,
  threshold integer NOT NULL,
  query text NOT NULL,
  exact_query text NOT NULL,
  first_event_at timestamptz NOT NULL,
  last_event_at timestamptz NOT NULL,
  run_id uuid NOT NULL,
  PRIMARY KEY (alert_id, detection_id)
);
CREATE INDEX alert_span_of ON alert_span (alert_id, from_at DESC);
ALTER TABLE alert_span ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_span FORCE ROW LEVEL SECURITY;
CREATE POLICY alert_span_scope ON alert_span
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT ON alert_span TO tongan_app;
