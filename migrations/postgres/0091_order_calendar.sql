-- Days on which one unit works or does not work other than everybody (the topmost layer of the working calendar).
-- It concerns deadlines that are computed afterwards; those that were given stay.
CREATE TABLE order_calendar_day (
  unit_path text COLLATE "C" NOT NULL,
  day text NOT NULL CHECK (day ~ '^\d{4}-\d{2}-\d{2}$'),
  kind text NOT NULL CHECK (kind IN ('off', 'work', 'none')),
  name text NOT NULL,
  reason text NOT NULL,
  -- Raised with every change of this day; part of the calendar version that deadlines remember.
  revision integer NOT NULL,
  set_by text NOT NULL,
  set_by_name text NOT NULL,
  set_at timestamptz NOT NULL,
  PRIMARY KEY (unit_path, day)
);
ALTER TABLE order_calendar_day ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_calendar_day FORCE ROW LEVEL SECURITY;
CREATE POLICY order_calendar_day_scope ON order_calendar_day
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, UPDATE ON order_calendar_day TO tongan_app;
