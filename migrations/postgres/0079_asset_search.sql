-- The search by name compares the whole text itself: a join back to the assets read all of them.
DROP FUNCTION asset_named(text[], text, integer);
CREATE FUNCTION asset_found(wanted text[], needle text, path text, most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public ROWS 100 AS $$
  SELECT id FROM asset
  WHERE terms @> wanted
    AND (position(needle IN lower(replace(name, ' ', ''))) > 0 OR position(needle IN initials) > 0)
    AND tongan_sees(unit_path) AND starts_with(unit_path, path)
  LIMIT most
$$;
REVOKE ALL ON FUNCTION asset_found(text[], text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION asset_found(text[], text, text, integer) TO tongan_app;
