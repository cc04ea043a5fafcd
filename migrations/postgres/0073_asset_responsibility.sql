-- Who answers for an asset, by role and period. The names in the asset are those of the rows that hold now.
CREATE TABLE asset_duty (
  id uuid PRIMARY KEY,
  asset_id uuid NOT NULL REFERENCES asset (id),
  unit_path text COLLATE "C" NOT NULL,
  -- 主管, 运行, 使用.
  role text NOT NULL CHECK (role IN ('supervised', 'operated', 'used')),
  holder_id uuid,
  holder_name text NOT NULL,
  person text NOT NULL DEFAULT '',
  -- Days, `2026-03-01`; until is null while it is open.
  from_on text COLLATE "C" NOT NULL,
  until_on text COLLATE "C",
  -- The document it rests on.
  basis text NOT NULL DEFAULT '',
  state text NOT NULL CHECK (state IN ('presumed', 'to_claim', 'confirmed', 'disputed', 'expired')),
  note text NOT NULL DEFAULT '',
  decided_by_name text NOT NULL DEFAULT '',
  decided_at timestamptz,
  created_at timestamptz NOT NULL,
  -- Another row took its place; it stays for the record.
  ended_at timestamptz
);
CREATE UNIQUE INDEX asset_duty_now ON asset_duty (asset_id, role) WHERE ended_at IS NULL;
CREATE INDEX asset_duty_asset ON asset_duty (asset_id);
CREATE INDEX asset_duty_person ON asset_duty (person) WHERE ended_at IS NULL AND person <> '';
ALTER TABLE asset_duty ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_duty FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_duty_scope ON asset_duty USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_duty TO tongan_app;

-- What was declared before stands as presumed until somebody confirms it.
ALTER TABLE asset NO FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_duty NO FORCE ROW LEVEL SECURITY;
INSERT INTO asset_duty (id, asset_id, unit_path, role, holder_id, holder_name, person, from_on, state, created_at)
SELECT gen_random_uuid(), a.id, a.unit_path, r.role, r.holder_id, r.holder_name, a.responsible_person,
  to_char(a.created_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD'), 'presumed', a.created_at
FROM asset a CROSS JOIN LATERAL (VALUES ('supervised', a.supervised_by, a.supervised_by_name),
  ('operated', a.operated_by, a.operated_by_name), ('used', a.used_by, a.used_by_name)) AS r(role, holder_id, holder_name)
WHERE r.holder_name <> '';
UPDATE asset SET duty = 'presumed' WHERE supervised_by_name <> '' OR operated_by_name <> '' OR used_by_name <> '';
ALTER TABLE asset FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_duty FORCE ROW LEVEL SECURITY;
