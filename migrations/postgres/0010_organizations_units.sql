-- 行政区划 (GB/T 2260). Public facts: everybody signed in may read all of them, whatever the scope.
CREATE TABLE division (
  code text PRIMARY KEY CHECK (code ~ '^[0-9]{6}$'),
  name text NOT NULL,
  name_en text,
  level text NOT NULL CHECK (level IN ('region', 'city', 'county')),
  parent_code text REFERENCES division (code),
  path text COLLATE "C" NOT NULL UNIQUE,
  standard_version text NOT NULL,
  -- A division that a newer version of the standard no longer has stays, because units and history refer to it.
  abolished boolean NOT NULL DEFAULT false
);
ALTER TABLE division ENABLE ROW LEVEL SECURITY;
ALTER TABLE division FORCE ROW LEVEL SECURITY;
CREATE POLICY division_reading ON division FOR SELECT USING (true);
CREATE POLICY division_seeding ON division FOR ALL USING (tongan_is_platform()) WITH CHECK (tongan_is_platform());
GRANT SELECT, INSERT, UPDATE ON division TO tongan_app;

-- 一体安全运营中心: the level and division this platform, and centres below it, work for.
CREATE TABLE centre (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  level text NOT NULL CHECK (level IN ('region', 'city', 'county')),
  division_code text NOT NULL UNIQUE REFERENCES division (code),
  unit_path text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL
);
ALTER TABLE centre ENABLE ROW LEVEL SECURITY;
ALTER TABLE centre FORCE ROW LEVEL SECURITY;
CREATE POLICY centre_scope ON centre USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON centre TO tongan_app;

-- 单位. Its path never changes: a unit that moves is closed and opened anew, so that old records keep their owner.
CREATE TABLE unit (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  short_name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('authority', 'operator', 'member', 'contractor', 'supervisor')),
  sector text NOT NULL,
  division_code text NOT NULL REFERENCES division (code),
  unit_path text COLLATE "C" NOT NULL UNIQUE,
  -- 主管部门 in the tree of administration; it gives no right to see this unit's records.
  parent_id uuid REFERENCES unit (id),
  uscc text UNIQUE,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
  closed_reason text,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1
);
CREATE INDEX unit_division ON unit (division_code, name);
CREATE INDEX unit_parent ON unit (parent_id);
ALTER TABLE unit ENABLE ROW LEVEL SECURITY;
ALTER TABLE unit FORCE ROW LEVEL SECURITY;
CREATE POLICY unit_scope ON unit USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON unit TO tongan_app;

-- 第一责任人, 直接责任人 and others who answer for a unit. A person who leaves gets an end, never a deletion.
CREATE TABLE unit_person (
  id uuid PRIMARY KEY,
  unit_id uuid NOT NULL REFERENCES unit (id),
  unit_path text COLLATE "C" NOT NULL,
  duty text NOT NULL CHECK (duty IN ('first_responsible', 'directly_responsible', 'security_officer', 'contact')),
  name text NOT NULL,
  post text NOT NULL,
  phone text,
  email text,
  since_at timestamptz NOT NULL,
  until_at timestamptz
);
-- One first and one directly responsible person at a time.
CREATE UNIQUE INDEX unit_person_responsible ON unit_person (unit_id, duty)
  WHERE until_at IS NULL AND duty IN ('first_responsible', 'directly_responsible');
CREATE INDEX unit_person_unit ON unit_person (unit_id);
ALTER TABLE unit_person ENABLE ROW LEVEL SECURITY;
ALTER TABLE unit_person FORCE ROW LEVEL SECURITY;
CREATE POLICY unit_person_scope ON unit_person USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON unit_person TO tongan_app;
