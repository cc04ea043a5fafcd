-- The ledger of a day is read from the ledger as it is now and from what was touched since that day.

-- What came since a day is counted, and since when there is a ledger.
CREATE INDEX asset_created ON asset (created_at);

-- Names that hold a text as it is written. As `asset_found` does, it looks up as its owner and keeps to the scope itself.
CREATE FUNCTION asset_named(wanted text[], written text, path text, most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public ROWS 100 AS $$
  SELECT id FROM asset
  WHERE terms @> wanted AND position(written IN lower(name)) > 0
    AND tongan_sees(unit_path) AND starts_with(unit_path, path)
  LIMIT most
$$;
REVOKE ALL ON FUNCTION asset_named(text[], text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION asset_named(text[], text, text, integer) TO tongan_app;

-- Assets that were there at a moment and of which a version or what they were besides was kept since, found the same way:
-- under row-level security each line of the history asks for its asset.
CREATE FUNCTION asset_touched(since timestamptz, most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT a.id FROM (
      SELECT asset_id FROM asset_change WHERE at > since AND version > 1
      UNION SELECT asset_id FROM asset_standing_before WHERE at > since) h
    JOIN asset a ON a.id = h.asset_id
  WHERE a.created_at <= since AND tongan_sees(a.unit_path)
  LIMIT most
$$;
REVOKE ALL ON FUNCTION asset_touched(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION asset_touched(timestamptz, integer) TO tongan_app;

-- Most look at what they see by its unit: that is asked first, of every row of the history.
DROP POLICY asset_change_of_asset ON asset_change;
ALTER POLICY asset_change_scope ON asset_change
  USING (tongan_sees(unit_path) OR EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_change.asset_id))
  WITH CHECK (tongan_sees(unit_path));
