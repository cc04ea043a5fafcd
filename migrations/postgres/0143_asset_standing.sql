-- What an asset's marks, responsibility and relations were on a day. Facts have their history in asset_change; what rules,
-- decisions, merges and people change besides is kept here as it was before each change. What held at a moment is the first
-- row after that moment, or what holds now where there is none: nothing is written until something changes.

-- The platform's own time, which its triggers write: set with the scope of each transaction.
CREATE FUNCTION tongan_now() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(nullif(current_setting('tongan.now', true), '')::timestamptz, now());
GRANT EXECUTE ON FUNCTION tongan_now() TO tongan_app;

CREATE TABLE asset_standing_before (
  asset_id uuid NOT NULL REFERENCES asset (id),
  -- When it changed; of several changes at one moment what was before the first.
  at timestamptz NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  -- Null, like the marks: not known, because it was before this was kept.
  duty text,
  is_shadow boolean,
  is_zombie boolean,
  is_outside boolean,
  is_stale boolean,
  PRIMARY KEY (asset_id, at)
);
CREATE INDEX asset_standing_before_at ON asset_standing_before (at);

CREATE TABLE asset_duty_before (
  duty_id uuid NOT NULL REFERENCES asset_duty (id),
  at timestamptz NOT NULL,
  asset_id uuid NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  -- The row of asset_duty; null: who it was is known, what was known of him is not.
  was jsonb,
  PRIMARY KEY (duty_id, at)
);
CREATE INDEX asset_duty_before_asset ON asset_duty_before (asset_id, at);
CREATE INDEX asset_duty_before_at ON asset_duty_before (at);

CREATE TABLE asset_relation_before (
  relation_id uuid NOT NULL REFERENCES asset_relation (id),
  at timestamptz NOT NULL,
  from_id uuid NOT NULL,
  to_id uuid NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  -- The row of asset_relation.
  was jsonb NOT NULL,
  PRIMARY KEY (relation_id, at)
);
CREATE INDEX asset_relation_before_from ON asset_relation_before (from_id, at);
CREATE INDEX asset_relation_before_to ON asset_relation_before (to_id, at);

ALTER TABLE asset_standing_before ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_duty_before ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_relation_before ENABLE ROW LEVEL SECURITY;
-- Whoever sees an asset sees its past, whosever it was then.
CREATE POLICY asset_standing_before_scope ON asset_standing_before FOR SELECT
  USING (tongan_sees(unit_path) OR EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_standing_before.asset_id));
CREATE POLICY asset_duty_before_scope ON asset_duty_before FOR SELECT
  USING (tongan_sees(unit_path) OR EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_duty_before.asset_id));
CREATE POLICY asset_relation_before_scope ON asset_relation_before FOR SELECT
  USING (tongan_sees(unit_path) OR EXISTS (SELECT 1 FROM asset a WHERE a.id IN (from_id, to_id)));
CREATE POLICY asset_change_of_asset ON asset_change FOR SELECT
  USING (EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_change.asset_id));
CREATE POLICY asset_duty_of_asset ON asset_duty FOR SELECT
  USING (EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_duty.asset_id));
-- Only the triggers below write these tables: the application has no right to.
CREATE POLICY asset_standing_before_keep ON asset_standing_before FOR INSERT WITH CHECK (true);
CREATE POLICY asset_duty_before_keep ON asset_duty_before FOR INSERT WITH CHECK (true);
CREATE POLICY asset_relation_before_keep ON asset_relation_before FOR INSERT WITH CHECK (true);
GRANT SELECT ON asset_standing_before, asset_duty_before, asset_relation_before TO tongan_app;

CREATE FUNCTION asset_standing_keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  INSERT INTO asset_standing_before (asset_id, at, unit_path, duty, is_shadow, is_zombie, is_outside, is_stale)
  VALUES (OLD.id, tongan_now(), OLD.unit_path, OLD.duty, OLD.is_shadow, OLD.is_zombie, OLD.is_outside, OLD.is_stale)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE FUNCTION asset_duty_keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  INSERT INTO asset_duty_before (duty_id, at, asset_id, unit_path, was)
  VALUES (OLD.id, tongan_now(), OLD.asset_id, OLD.unit_path, to_jsonb(OLD)) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE FUNCTION asset_relation_keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  INSERT INTO asset_relation_before (relation_id, at, from_id, to_id, unit_path, was)
  VALUES (OLD.id, tongan_now(), OLD.from_id, OLD.to_id, OLD.unit_path, to_jsonb(OLD)) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION asset_standing_keep(), asset_duty_keep(), asset_relation_keep() FROM PUBLIC;

-- A row that is new at this moment was nothing before. The conditions are looked at row by row without a call, so that
-- writing a sighting costs nothing.
CREATE TRIGGER asset_standing_keep AFTER UPDATE OF unit_path, duty, is_shadow, is_zombie, is_outside, is_stale ON asset
  FOR EACH ROW WHEN ((OLD.unit_path, OLD.duty, OLD.is_shadow, OLD.is_zombie, OLD.is_outside, OLD.is_stale)
    IS DISTINCT FROM (NEW.unit_path, NEW.duty, NEW.is_shadow, NEW.is_zombie, NEW.is_outside, NEW.is_stale)
    AND OLD.created_at < tongan_now())
  EXECUTE FUNCTION asset_standing_keep();
CREATE TRIGGER asset_duty_keep AFTER UPDATE ON asset_duty
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.* AND OLD.created_at < tongan_now())
  EXECUTE FUNCTION asset_duty_keep();
CREATE TRIGGER asset_relation_keep AFTER UPDATE ON asset_relation
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.* AND OLD.created_at < tongan_now())
  EXECUTE FUNCTION asset_relation_keep();

-- What is known of the time before this. Merges kept what they took over as it was; a decision that was taken left nothing
-- of what was before it, and of marks nothing was kept.
ALTER TABLE asset NO FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_change NO FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_duty NO FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_relation NO FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_identity_change NO FORCE ROW LEVEL SECURITY;
INSERT INTO asset_standing_before (asset_id, at, unit_path) SELECT id, now(), unit_path FROM asset;
INSERT INTO asset_relation_before (relation_id, at, from_id, to_id, unit_path, was)
SELECT r.id, c.made_at, (w ->> 'from_id')::uuid, (w ->> 'to_id')::uuid, w ->> 'unit_path', w
FROM asset_identity_change c CROSS JOIN LATERAL jsonb_array_elements(c.before -> 'carried' -> 'relations') w
  JOIN asset_relation r ON r.id = (w ->> 'id')::uuid
WHERE c.kind = 'merge' ON CONFLICT DO NOTHING;
INSERT INTO asset_duty_before (duty_id, at, asset_id, unit_path, was)
SELECT d.id, c.made_at, (w ->> 'asset_id')::uuid, w ->> 'unit_path', w
FROM asset_identity_change c CROSS JOIN LATERAL jsonb_array_elements(c.before -> 'carried' -> 'duties') w
  JOIN asset_duty d ON d.id = (w ->> 'id')::uuid
WHERE c.kind = 'merge' ON CONFLICT DO NOTHING;
INSERT INTO asset_duty_before (duty_id, at, asset_id, unit_path)
SELECT id, at, asset_id, unit_path FROM (
  SELECT id, decided_at AS at, asset_id, unit_path, created_at FROM asset_duty
  UNION ALL SELECT d.id, (b.was ->> 'decided_at')::timestamptz, b.asset_id, b.unit_path, d.created_at
    FROM asset_duty_before b JOIN asset_duty d ON d.id = b.duty_id
  UNION ALL SELECT d.id, c.at, d.asset_id, d.unit_path, d.created_at FROM asset_duty d
    JOIN asset_change c ON c.asset_id = d.asset_id AND c.via = 'assigned' AND (d.ended_at IS NULL OR d.ended_at >= c.at)
  UNION ALL SELECT d.id, c.undone_at, d.asset_id, d.unit_path, d.created_at FROM asset_duty d
    JOIN asset_identity_change c ON d.asset_id IN (c.kept_id, c.other_id)
    WHERE c.undone_at IS NOT NULL AND (d.ended_at IS NULL OR d.ended_at >= c.undone_at)
  UNION ALL SELECT id, now(), asset_id, unit_path, created_at FROM asset_duty WHERE state = 'expired') m
WHERE at > created_at ON CONFLICT DO NOTHING;
ALTER TABLE asset FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_change FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_duty FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_relation FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_identity_change FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_standing_before FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_duty_before FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_relation_before FORCE ROW LEVEL SECURITY;
