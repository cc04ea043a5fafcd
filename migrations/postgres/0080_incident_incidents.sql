-- Incidents: classified, graded, clocked. Only centres see them; a unit hears of what concerns it by an order.
CREATE TABLE incident (
  id uuid PRIMARY KEY,
  -- The unit concerned, or the nearest place in the tree above all units concerned.
  unit_path text COLLATE "C" NOT NULL,
  title text NOT NULL,
  summary text NOT NULL DEFAULT '',
  -- Sub-category of GB/T 20986-2023 by our own id (content/standards/categories), '' = not yet classified.
  category text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'handling', 'contained', 'resolved', 'closed', 'reopened', 'merged')),
  -- GB/T 20986-2023: what the grader proposed, and what a person confirmed.
  impact jsonb NOT NULL,
  grade_proposed text NOT NULL CHECK (grade_proposed IN ('I', 'II', 'III', 'IV')),
  grade_reasons jsonb NOT NULL,
  grade text CHECK (grade IN ('I', 'II', 'III', 'IV')),
  -- 国家网络安全事件报告管理办法, annex: the same for the duty to report.
  facts jsonb NOT NULL,
  report_grade_proposed text NOT NULL CHECK (report_grade_proposed IN ('I', 'II', 'III', 'IV')),
  report_grade_reasons jsonb NOT NULL,
  report_grade text CHECK (report_grade IN ('I', 'II', 'III', 'IV')),
  graded_by text,
  graded_by_name text NOT NULL DEFAULT '',
  graded_at timestamptz,
  standard_version text NOT NULL,
  operator text NOT NULL CHECK (operator IN ('critical', 'central', 'other')),
  -- The legal clock starts here and never anywhere else.
  discovered_at timestamptz NOT NULL,
  opened_at timestamptz NOT NULL,
  opened_by text NOT NULL,
  opened_by_name text NOT NULL,
  handler_id text,
  handler_name text NOT NULL DEFAULT '',
  contained_at timestamptz,
  resolved_at timestamptz,
  closed_at timestamptz,
  close_reason text NOT NULL DEFAULT '',
  merged_into uuid REFERENCES incident (id),
  changed_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  CHECK (discovered_at <= opened_at)
);
CREATE INDEX incident_recent ON incident (opened_at DESC, id DESC);
CREATE INDEX incident_area ON incident (unit_path, opened_at DESC);
CREATE INDEX incident_open ON incident (state, opened_at DESC) WHERE state NOT IN ('closed', 'merged');
ALTER TABLE incident ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident FORCE ROW LEVEL SECURITY;
CREATE POLICY incident_scope ON incident
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON incident TO tongan_app;

-- The legal clock: one row per duty to report. A due time is written once and never moved.
CREATE TABLE incident_report (
  incident_id uuid NOT NULL REFERENCES incident (id),
  duty_id text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  -- Null until the moment from which it runs has come (a relay waits for the report it relays).
  due_at timestamptz,
  -- True when the present grade asks for no such report; the row and its time stay.
  lifted boolean NOT NULL DEFAULT false,
  reported_at timestamptz,
  reported_by text,
  reported_by_name text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT '',
  standard_version text NOT NULL,
  PRIMARY KEY (incident_id, duty_id)
);
CREATE INDEX incident_report_due ON incident_report (due_at) WHERE reported_at IS NULL AND NOT lifted;
ALTER TABLE incident_report ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_report FORCE ROW LEVEL SECURITY;
CREATE POLICY incident_report_scope ON incident_report
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON incident_report TO tongan_app;

-- What happened and who did what, in order.
CREATE TABLE incident_entry (
  id uuid PRIMARY KEY,
  -- The order in which it was written; several lines may bear the same time.
  position bigint GENERATED ALWAYS AS IDENTITY,
  incident_id uuid NOT NULL REFERENCES incident (id),
  unit_path text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL CHECK (kind IN
    ('opened', 'linked', 'unlinked', 'merged', 'state', 'graded', 'reported', 'note', 'order', 'event')),
  by_id text NOT NULL,
  by_name text NOT NULL,
  text text NOT NULL,
  data jsonb NOT NULL
);
CREATE INDEX incident_entry_incident ON incident_entry (incident_id, position);
ALTER TABLE incident_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY incident_entry_scope ON incident_entry
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT ON incident_entry TO tongan_app;

-- Alerts of the incident. An alert that is taken out keeps its row with the time.
CREATE TABLE incident_alert (
  incident_id uuid NOT NULL REFERENCES incident (id),
  alert_id uuid NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  linked_at timestamptz NOT NULL,
  unlinked_at timestamptz,
  PRIMARY KEY (incident_id, alert_id)
);
CREATE INDEX incident_alert_alert ON incident_alert (alert_id);
ALTER TABLE incident_alert ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_alert FORCE ROW LEVEL SECURITY;
CREATE POLICY incident_alert_scope ON incident_alert
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON incident_alert TO tongan_app;

-- Hosts, users and addresses concerned.
CREATE TABLE incident_entity (
  incident_id uuid NOT NULL REFERENCES incident (id),
  kind text NOT NULL,
  value text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  PRIMARY KEY (incident_id, kind, value)
);
ALTER TABLE incident_entity ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_entity FORCE ROW LEVEL SECURITY;
CREATE POLICY incident_entity_scope ON incident_entity
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT ON incident_entity TO tongan_app;

-- Units concerned. The name is kept as it was then.
CREATE TABLE incident_unit (
  incident_id uuid NOT NULL REFERENCES incident (id),
  unit_path text COLLATE "C" NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (incident_id, unit_path)
);
ALTER TABLE incident_unit ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_unit FORCE ROW LEVEL SECURITY;
CREATE POLICY incident_unit_scope ON incident_unit
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT ON incident_unit TO tongan_app;

-- Orders that came of the incident, as orders report them. A unit that acts on its order changes the row of that order
-- in the same transaction, so units may see and change the rows of their own orders; nothing else of the incident is here.
CREATE TABLE incident_order (
  incident_id uuid NOT NULL REFERENCES incident (id),
  order_id uuid NOT NULL PRIMARY KEY,
  unit_path text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  number text,
  state text NOT NULL,
  open boolean NOT NULL,
  changed_at timestamptz NOT NULL
);
CREATE INDEX incident_order_incident ON incident_order (incident_id);
ALTER TABLE incident_order ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_order FORCE ROW LEVEL SECURITY;
CREATE POLICY incident_order_scope ON incident_order
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON incident_order TO tongan_app;
