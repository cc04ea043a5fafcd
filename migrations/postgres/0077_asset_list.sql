-- Lists of a million assets: counts kept as assets change, and a search that uses an index although rows are filtered.

-- How many assets each unit has of each sort. Facets add these up instead of counting assets.
CREATE TABLE asset_tally (
  unit_path text COLLATE "C" NOT NULL,
  class text NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  -- 0 = not graded.
  protection_level smallint NOT NULL,
  importance text NOT NULL,
  critical boolean NOT NULL,
  duty text NOT NULL,
  assets integer NOT NULL,
  PRIMARY KEY (unit_path, class, kind, state, protection_level, importance, critical, duty)
);
ALTER TABLE asset_tally ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_tally FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_tally_scope ON asset_tally USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_tally TO tongan_app;

ALTER TABLE asset NO FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_tally NO FORCE ROW LEVEL SECURITY;
INSERT INTO asset_tally
SELECT unit_path, class, kind, state, coalesce(protection_level, 0), importance, critical_infrastructure, duty, count(*)
FROM asset WHERE merged_into IS NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
ALTER TABLE asset FORCE ROW LEVEL SECURITY;
ALTER TABLE asset_tally FORCE ROW LEVEL SECURITY;

-- One statement on assets is one change of the tally. Rows are taken in one order, so that two never wait for each other.
CREATE FUNCTION asset_tally_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO asset_tally AS t
  SELECT unit_path, class, kind, state, coalesce(protection_level, 0), importance, critical_infrastructure, duty, count(*)
  FROM added WHERE merged_into IS NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
  ON CONFLICT (unit_path, class, kind, state, protection_level, importance, critical, duty)
  DO UPDATE SET assets = t.assets + excluded.assets;
  RETURN NULL;
END $$;
CREATE FUNCTION asset_tally_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO asset_tally AS t
  SELECT unit_path, class, kind, state, level, importance, critical, duty, sum(n)::integer FROM (
    SELECT unit_path, class, kind, state, coalesce(protection_level, 0) AS level, importance,
      critical_infrastructure AS critical, duty, 1 AS n FROM added WHERE merged_into IS NULL
    UNION ALL
    SELECT unit_path, class, kind, state, coalesce(protection_level, 0), importance,
      critical_infrastructure, duty, -1 FROM removed WHERE merged_into IS NULL) c
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
  ON CONFLICT (unit_path, class, kind, state, protection_level, importance, critical, duty)
  DO UPDATE SET assets = t.assets + excluded.assets;
  RETURN NULL;
END $$;
CREATE TRIGGER asset_tally_insert AFTER INSERT ON asset REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION asset_tally_added();
CREATE TRIGGER asset_tally_update AFTER UPDATE ON asset REFERENCING NEW TABLE AS added OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION asset_tally_changed();

CREATE INDEX asset_terms ON asset USING gin (terms);
CREATE INDEX asset_code_text ON asset (code COLLATE "C") WHERE code <> '';
CREATE INDEX asset_filing_text ON asset (filing_number COLLATE "C") WHERE filing_number <> '';
CREATE INDEX asset_person ON asset (responsible_person) WHERE responsible_person <> '';
CREATE INDEX asset_key_text ON asset_key (value COLLATE "C");
CREATE INDEX asset_class_changed ON asset (class, changed_at DESC, id DESC);
CREATE INDEX asset_unit_changed ON asset (unit_path, changed_at DESC, id DESC);
CREATE INDEX asset_name ON asset (name, id);
CREATE INDEX asset_shadow ON asset (unit_path) WHERE is_shadow;
CREATE INDEX asset_zombie ON asset (unit_path) WHERE is_zombie;
CREATE INDEX asset_outside ON asset (unit_path) WHERE is_outside;
CREATE INDEX asset_stale ON asset (unit_path) WHERE is_stale;
CREATE INDEX asset_unsettled ON asset (state, changed_at DESC) WHERE state IN ('discovered', 'to_claim', 'changed');
CREATE INDEX asset_unheld ON asset (duty, changed_at DESC) WHERE duty IN ('none', 'disputed', 'expired');

-- Names that hold all the pairs of characters. Under row-level security an index on an array is not used for what a
-- person asks, because the operator might tell of hidden rows; this function looks up as its owner, keeps to the scope
-- itself and gives back identifiers only.
CREATE FUNCTION asset_named(wanted text[], path text, most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT id FROM asset
  WHERE terms @> wanted AND tongan_sees(unit_path) AND starts_with(unit_path, path) LIMIT most
$$;
REVOKE ALL ON FUNCTION asset_named(text[], text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION asset_named(text[], text, integer) TO tongan_app;
