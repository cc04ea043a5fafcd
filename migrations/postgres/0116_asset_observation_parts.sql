-- Millions of observations: found by any part of what names them, and seen again without touching an index.

-- The keys of an observation that changed are deleted by the keys that it had.
DROP INDEX asset_observation_key_observation;

-- An index on when an observation was seen last made every sighting write all indexes of its row. With none, and room on the
-- page, a sighting writes the row alone.
DROP INDEX asset_observation_open;
CREATE INDEX asset_observation_open ON asset_observation (id) WHERE link_state = 'unresolved';
ALTER TABLE asset_observation SET (fillfactor = 90);

DROP FUNCTION asset_observations_found(text, integer);

DO $migration$
BEGIN
  BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
  EXCEPTION WHEN undefined_file OR insufficient_privilege OR feature_not_supported THEN
    RAISE NOTICE 'pg_trgm is not to be had: observations are found by the beginning of what names them only';
  END;
  IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
    -- By beginnings, with the index that is there.
    CREATE FUNCTION asset_observations_found(needle text, path text, most integer) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public ROWS 100 AS $$
      SELECT id FROM asset_observation
      WHERE asset_observation_words(native_key, keys) @@ (quote_literal(lower(needle)) || ':*')::tsquery
        AND starts_with(unit_path, path) AND tongan_sees(unit_path)
      LIMIT most
    $$;
    RETURN;
  END IF;
  DROP INDEX asset_observation_words;
  DROP FUNCTION asset_observation_words(text, text);

  -- What an observation is looked for by, a line each: its native key and the values of its keys.
  CREATE FUNCTION asset_observation_text(native_key text, keys text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT lower(E'\n' || native_key || E'\n' || regexp_replace(keys, '^[^|\n]*[|][^|\n]*[|]', '', 'gn'))
  $$;
  GRANT EXECUTE ON FUNCTION asset_observation_text(text, text) TO tongan_app;
  CREATE INDEX asset_observation_parts ON asset_observation
    USING gin (asset_observation_text(native_key, keys) gin_trgm_ops);

  -- Under row-level security an index on a text is not used for what a person asks; this function looks up as its owner,
  -- keeps to the scope itself and gives back identifiers only.
  CREATE FUNCTION asset_observations_found(needle text, path text, most integer) RETURNS SETOF uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET enable_seqscan = off SET enable_indexscan = off
    ROWS 100 AS $$
  DECLARE
    -- Three letters or digits in a row, or one after a sign, are what the index is asked by.
    parts constant text := '[[:alnum:]]{3}|[^[:alnum:]][[:alnum:]]|[[:alnum:]]{2}[^[:alnum:]]';
    -- Where one in so many fits, all that fit are not looked up: the newest have enough of them.
    frequent constant integer := 20;
    wanted text := replace(replace(replace(lower(needle), '\', '\\'), '%', '\%'), '_', '\_');
    fits text;
    seen text;
    plan json;
    found_ids uuid[];
  BEGIN
    IF needle ~ parts THEN wanted := '%' || wanted || '%';
    ELSIF needle ~ '^[[:alnum:]]' THEN wanted := E'%\n' || wanted || '%';
    ELSE RETURN;
    END IF;
    fits := format('asset_observation_text(native_key, keys) LIKE %L', wanted);
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM asset_observation WHERE ' || fits INTO plan;
    seen := format('unit_path >= %L AND unit_path < %L AND tongan_sees(unit_path)', path, path || '~');
    IF (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8 * frequent >
      (SELECT reltuples FROM pg_class WHERE oid = 'asset_observation'::regclass) THEN
      PERFORM set_config('enable_indexscan', 'on', true);
      EXECUTE format('SELECT array_agg(id) FROM (SELECT id FROM (SELECT * FROM asset_observation WHERE %s
        ORDER BY id DESC LIMIT 20000) newest WHERE %s LIMIT %s) f', seen, fits, most) INTO found_ids;
      IF cardinality(found_ids) >= most THEN
        RETURN QUERY SELECT unnest(found_ids);
        RETURN;
      END IF;
      PERFORM set_config('enable_indexscan', 'off', true);
    END IF;
    RETURN QUERY EXECUTE format('SELECT id FROM asset_observation WHERE %s AND %s LIMIT %s', fits, seen, most);
  END $$;
END $migration$;
REVOKE ALL ON FUNCTION asset_observations_found(text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION asset_observations_found(text, text, integer) TO tongan_app;
