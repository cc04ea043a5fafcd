-- Orders to units (通报、处置单、整改通知), one engine for every kind. A unit sees an order from its delivery on; drafts,
-- reviews and everything before that are the centre's own.
CREATE TABLE order_record (
  id uuid PRIMARY KEY,
  -- The unit that has to act.
  unit_path text COLLATE "C" NOT NULL,
  unit_name text NOT NULL,
  centre_path text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('notice', 'handling', 'rectification')),
  grade text NOT NULL CHECK (grade IN ('I', 'II', 'III', 'IV')),
  title text NOT NULL,
  -- What happened, why it concerns the unit, what to do: paragraphs.
  body text NOT NULL,
  advice text NOT NULL,
  -- Masked lines; the data itself never leaves the centre.
  evidence jsonb NOT NULL,
  incident_id uuid,
  repeat_of uuid REFERENCES order_record (id),
  -- The name of the authority and the footing it acts on.
  authority text NOT NULL,
  authority_basis text NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'under_review', 'issued', 'delivered', 'received', 'rectifying',
    'submitted', 'verifying', 'closed', 'returned', 'refused', 'extension_requested', 'suspended', 'reopened', 'merged',
    'superseded', 'revoked')),
  previous_state text,
  round integer NOT NULL DEFAULT 1,
  -- 发文字号, given at issue and never again.
  number text UNIQUE,
  duration_days integer NOT NULL CHECK (duration_days BETWEEN 1 AND 365),
  deadline_at timestamptz,
  deadline_provisional boolean NOT NULL DEFAULT false,
  deadline_revision integer NOT NULL DEFAULT 0,
  clock_started_at timestamptz,
  drafted_by text NOT NULL,
  drafted_by_name text NOT NULL,
  drafted_at timestamptz NOT NULL,
  reviewed_by text,
  reviewed_by_name text NOT NULL DEFAULT '',
  reviewed_at timestamptz,
  issued_by text,
  issued_by_name text NOT NULL DEFAULT '',
  issued_at timestamptz,
  delivered_at timestamptz,
  received_by text,
  received_by_name text NOT NULL DEFAULT '',
  received_at timestamptz,
  submitted_by text,
  submitted_by_name text NOT NULL DEFAULT '',
  submitted_at timestamptz,
  -- What the unit did, in its own words, and the contractor that helped it, if any.
  measures text NOT NULL DEFAULT '',
  contractor_path text COLLATE "C",
  verifier_id text,
  verifier_name text NOT NULL DEFAULT '',
  closed_by text,
  closed_by_name text NOT NULL DEFAULT '',
  closed_at timestamptz,
  retest text NOT NULL DEFAULT '',
  end_reason text NOT NULL DEFAULT '',
  extension_days integer,
  extension_reason text NOT NULL DEFAULT '',
  suspended_at timestamptz,
  suspended_until timestamptz,
  joined_id uuid REFERENCES order_record (id),
  changed_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  CHECK (deadline_at IS NULL OR clock_started_at IS NOT NULL)
);
CREATE INDEX order_record_unit ON order_record (unit_path, deadline_at);
CREATE INDEX order_record_deadline ON order_record (deadline_at) WHERE state NOT IN ('closed', 'merged', 'superseded', 'revoked');
CREATE INDEX order_record_changed ON order_record (changed_at DESC, id);
CREATE INDEX order_record_incident ON order_record (incident_id) WHERE incident_id IS NOT NULL;
ALTER TABLE order_record ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_record FORCE ROW LEVEL SECURITY;
CREATE POLICY order_record_scope ON order_record
  USING (tongan_sees(unit_path) AND (tongan_side() = 'centre' OR delivered_at IS NOT NULL))
  WITH CHECK (tongan_sees(unit_path) AND (tongan_side() = 'centre' OR delivered_at IS NOT NULL));
GRANT SELECT, INSERT, UPDATE ON order_record TO tongan_app;

-- Every step, in order. What happened before delivery is the centre's own.
CREATE TABLE order_step (
  id uuid PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY,
  order_id uuid NOT NULL REFERENCES order_record (id),
  unit_path text COLLATE "C" NOT NULL,
  side text NOT NULL CHECK (side IN ('centre', 'both')),
  at timestamptz NOT NULL,
  action text NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  round integer NOT NULL,
  by_id text NOT NULL,
  by_name text NOT NULL,
  by_side text NOT NULL,
  text text NOT NULL,
  data jsonb NOT NULL
);
CREATE INDEX order_step_order ON order_step (order_id, position);
ALTER TABLE order_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_step FORCE ROW LEVEL SECURITY;
CREATE POLICY order_step_scope ON order_step
  USING (tongan_sees(unit_path) AND (tongan_side() = 'centre' OR side = 'both'))
  WITH CHECK (tongan_sees(unit_path) AND (tongan_side() = 'centre' OR side = 'both'));
GRANT SELECT, INSERT ON order_step TO tongan_app;

-- Deadlines as they were computed. A correction is a new row, never a change of an old one.
CREATE TABLE order_deadline (
  order_id uuid NOT NULL REFERENCES order_record (id),
  revision integer NOT NULL CHECK (revision > 0),
  unit_path text COLLATE "C" NOT NULL,
  cause text NOT NULL CHECK (cause IN ('issue', 'reassign', 'extension', 'suspension', 'return', 'reopen')),
  started_at timestamptz NOT NULL,
  working_days integer NOT NULL,
  at timestamptz NOT NULL,
  provisional boolean NOT NULL,
  doubts text[] NOT NULL,
  trace jsonb NOT NULL,
  pauses jsonb NOT NULL,
  calendar_version text NOT NULL,
  set_at timestamptz NOT NULL,
  set_by text NOT NULL,
  set_by_name text NOT NULL,
  PRIMARY KEY (order_id, revision)
);
ALTER TABLE order_deadline ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_deadline FORCE ROW LEVEL SECURITY;
CREATE POLICY order_deadline_scope ON order_deadline
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT ON order_deadline TO tongan_app;

-- Approved pauses of the working clock. The end that was planned and the end that came are both kept.
CREATE TABLE order_pause (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES order_record (id),
  unit_path text COLLATE "C" NOT NULL,
  from_at timestamptz NOT NULL,
  planned_until timestamptz NOT NULL,
  ended_at timestamptz,
  approved_by text NOT NULL,
  approved_by_name text NOT NULL,
  reason text NOT NULL
);
CREATE INDEX order_pause_order ON order_pause (order_id, from_at);
ALTER TABLE order_pause ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_pause FORCE ROW LEVEL SECURITY;
CREATE POLICY order_pause_scope ON order_pause USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON order_pause TO tongan_app;

-- Reminders and escalations that were sent: one row per order, deadline and stage, so that a repeated job sends nothing.
CREATE TABLE order_reminder (
  order_id uuid NOT NULL REFERENCES order_record (id),
  revision integer NOT NULL,
  stage text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('reminder', 'escalation')),
  sent_at timestamptz NOT NULL,
  PRIMARY KEY (order_id, revision, stage)
);
ALTER TABLE order_reminder ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_reminder FORCE ROW LEVEL SECURITY;
CREATE POLICY order_reminder_scope ON order_reminder
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT ON order_reminder TO tongan_app;

-- Files of an order; the bytes lie in the file store under their hash.
CREATE TABLE order_attachment (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES order_record (id),
  unit_path text COLLATE "C" NOT NULL,
  side text NOT NULL CHECK (side IN ('centre', 'both')),
  round integer NOT NULL,
  -- `evidence`: from the unit, that it did what was asked; `enclosure`: from the centre, goes out with the order.
  purpose text NOT NULL CHECK (purpose IN ('evidence', 'enclosure')),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  file_name text NOT NULL,
  media_type text NOT NULL,
  bytes bigint NOT NULL,
  added_by text NOT NULL,
  added_by_name text NOT NULL,
  added_at timestamptz NOT NULL,
  UNIQUE (order_id, sha256, round)
);
ALTER TABLE order_attachment ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_attachment FORCE ROW LEVEL SECURITY;
CREATE POLICY order_attachment_scope ON order_attachment
  USING (tongan_sees(unit_path) AND (tongan_side() = 'centre' OR side = 'both'))
  WITH CHECK (tongan_sees(unit_path) AND (tongan_side() = 'centre' OR side = 'both'));
GRANT SELECT, INSERT, UPDATE ON order_attachment TO tongan_app;

-- 发文字号: the last number given per centre, kind and year. Taken in the transaction that issues, so there are no gaps.
CREATE TABLE order_number (
  unit_path text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  year integer NOT NULL,
  last integer NOT NULL CHECK (last > 0),
  PRIMARY KEY (unit_path, kind, year)
);
ALTER TABLE order_number ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_number FORCE ROW LEVEL SECURITY;
CREATE POLICY order_number_scope ON order_number
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON order_number TO tongan_app;
