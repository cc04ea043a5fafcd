-- Alerts: detections grouped by rule, entity and window. Only centres see them: a unit hears of what concerns it by an
-- order, with masked evidence.

-- How detections are grouped; one row.
CREATE TABLE alert_setting (
  id smallint PRIMARY KEY CHECK (id = 1),
  -- A detection joins a group when it is no further than this from the group's first or last one.
  group_window_seconds integer NOT NULL CHECK (group_window_seconds BETWEEN 60 AND 86400),
  -- A group never spans more than this, so that endless noise still shows as new alerts.
  group_span_seconds integer NOT NULL CHECK (group_span_seconds BETWEEN 60 AND 604800),
  -- Alerts that share an entity within this are proposed as one incident.
  incident_window_seconds integer NOT NULL CHECK (incident_window_seconds BETWEEN 60 AND 2592000)
);
INSERT INTO alert_setting VALUES (1, 3600, 86400, 86400);
ALTER TABLE alert_setting ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_setting FORCE ROW LEVEL SECURITY;
-- Holds no unit's data: every reader needs the same numbers.
CREATE POLICY alert_setting_read ON alert_setting FOR SELECT USING (true);
CREATE POLICY alert_setting_change ON alert_setting FOR UPDATE USING (tongan_side() = 'centre');
GRANT SELECT, UPDATE ON alert_setting TO tongan_app;

CREATE TABLE alert (
  id uuid PRIMARY KEY,
  -- The unit that owns the asset, or the unit of the event where no asset is known.
  unit_path text COLLATE "C" NOT NULL,
  -- The unit path of the events; part of the group, because the same private address lives in many units.
  event_unit_path text COLLATE "C" NOT NULL,
  rule_id text NOT NULL,
  rule_title_zh text NOT NULL,
  rule_title_en text NOT NULL,
  level text NOT NULL CHECK (level IN ('informational', 'low', 'medium', 'high', 'critical')),
  level_rank smallint NOT NULL,
  entity_kind text NOT NULL CHECK (entity_kind IN ('host', 'user', 'address', 'caller')),
  entity_value text NOT NULL,
  techniques text[] NOT NULL,
  tactics text[] NOT NULL,
  -- Proposed sub-category of GB/T 20986-2023, or ''.
  category text NOT NULL,
  asset_id uuid,
  asset_name text NOT NULL DEFAULT '',
  -- By which keys the asset was found, '' when none was.
  asset_found_by text NOT NULL DEFAULT '',
  state text NOT NULL CHECK (state IN ('new', 'acknowledged', 'closed')),
  verdict text NOT NULL DEFAULT '' CHECK (verdict IN ('', 'true', 'false', 'benign')),
  close_reason text NOT NULL DEFAULT '',
  closed_at timestamptz,
  assignee_id text,
  assignee_name text NOT NULL DEFAULT '',
  detection_count integer NOT NULL CHECK (detection_count > 0),
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  raised_at timestamptz NOT NULL,
  -- When the platform last took in a detection of it: differs from last_seen_at for imported history.
  active_at timestamptz NOT NULL,
  -- The first ids of its events; detection_count says how many there were.
  event_ids text[] NOT NULL,
  incident_id uuid,
  CHECK ((state = 'closed') = (verdict <> ''))
);
CREATE INDEX alert_group ON alert (rule_id, entity_kind, entity_value, event_unit_path, last_seen_at);
CREATE INDEX alert_recent ON alert (active_at DESC, id DESC);
CREATE INDEX alert_unit ON alert (unit_path, active_at DESC);
CREATE INDEX alert_open ON alert (state, level_rank DESC) WHERE state <> 'closed';
CREATE INDEX alert_raised ON alert (raised_at);
CREATE INDEX alert_incident ON alert (incident_id) WHERE incident_id IS NOT NULL;
ALTER TABLE alert ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert FORCE ROW LEVEL SECURITY;
CREATE POLICY alert_scope ON alert
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON alert TO tongan_app;

-- Every detection that was taken in, raised or suppressed: a replayed batch finds its ids here and changes nothing.
CREATE TABLE alert_detection (
  id text PRIMARY KEY,
  unit_path text COLLATE "C" NOT NULL,
  batch_id text NOT NULL,
  alert_id uuid,
  suppression_id uuid,
  taken_at timestamptz NOT NULL
);
CREATE INDEX alert_detection_age ON alert_detection (taken_at);
ALTER TABLE alert_detection ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_detection FORCE ROW LEVEL SECURITY;
CREATE POLICY alert_detection_scope ON alert_detection
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
-- DELETE: ids are forgotten when no replay can bring them back.
GRANT SELECT, INSERT, UPDATE, DELETE ON alert_detection TO tongan_app;

-- A few full events with what matched, so that an alert can be shown after its events aged out of the event store.
CREATE TABLE alert_sample (
  alert_id uuid NOT NULL REFERENCES alert (id),
  event_id text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL,
  event jsonb NOT NULL,
  matched jsonb NOT NULL,
  related_event_ids text[] NOT NULL,
  PRIMARY KEY (alert_id, event_id)
);
ALTER TABLE alert_sample ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_sample FORCE ROW LEVEL SECURITY;
CREATE POLICY alert_sample_scope ON alert_sample
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON alert_sample TO tongan_app;

-- Hosts, users and addresses of an alert: what ties alerts together.
CREATE TABLE alert_entity (
  alert_id uuid NOT NULL REFERENCES alert (id),
  kind text NOT NULL CHECK (kind IN ('host', 'user', 'address', 'caller')),
  value text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  PRIMARY KEY (alert_id, kind, value)
);
CREATE INDEX alert_entity_value ON alert_entity (kind, value);
ALTER TABLE alert_entity ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_entity FORCE ROW LEVEL SECURITY;
CREATE POLICY alert_entity_scope ON alert_entity
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT ON alert_entity TO tongan_app;

-- What people did with an alert, and what they wrote.
CREATE TABLE alert_note (
  id uuid PRIMARY KEY,
  alert_id uuid NOT NULL REFERENCES alert (id),
  unit_path text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('comment', 'acknowledge', 'assign', 'close', 'reopen', 'link', 'reveal')),
  author_id text NOT NULL,
  author_name text NOT NULL,
  text text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX alert_note_alert ON alert_note (alert_id, at);
ALTER TABLE alert_note ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_note FORCE ROW LEVEL SECURITY;
CREATE POLICY alert_note_scope ON alert_note
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT ON alert_note TO tongan_app;

-- Known and accepted: detections that meet all conditions raise nothing, and are counted here instead.
CREATE TABLE alert_suppression (
  id uuid PRIMARY KEY,
  -- Where it holds: events of units below this path.
  unit_path text COLLATE "C" NOT NULL,
  -- '' = every rule; then an entity or a field is required.
  rule_id text NOT NULL,
  rule_title text NOT NULL,
  entity_kind text CHECK (entity_kind IN ('host', 'user', 'address', 'caller')),
  entity_value text NOT NULL DEFAULT '',
  field text NOT NULL DEFAULT '',
  field_value text NOT NULL DEFAULT '',
  reason text NOT NULL,
  owner_id text NOT NULL,
  owner_name text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  ended_by text NOT NULL DEFAULT '',
  hit_count integer NOT NULL DEFAULT 0,
  last_hit_at timestamptz,
  CHECK (rule_id <> '' OR entity_kind IS NOT NULL OR field <> ''),
  CHECK (expires_at > created_at)
);
CREATE INDEX alert_suppression_live ON alert_suppression (expires_at) WHERE ended_at IS NULL;
ALTER TABLE alert_suppression ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_suppression FORCE ROW LEVEL SECURITY;
CREATE POLICY alert_suppression_scope ON alert_suppression
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON alert_suppression TO tongan_app;
