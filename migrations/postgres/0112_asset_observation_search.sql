-- Millions of observations: looked for by the beginning of what names them, and listed without sorting or counting them all.

-- What an observation is looked for by: its native key, the end of it, and the values of its keys.
CREATE FUNCTION asset_observation_words(native_key text, keys text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_to_tsvector(array_agg(DISTINCT left(word, 200))), ''::tsvector) FROM (
    SELECT lower(native_key) AS word UNION ALL SELECT lower(regexp_replace(native_key, '^.*/', ''))
    UNION ALL SELECT lower(substring(line FROM '^[^|]*[|][^|]*[|](.*)$')) FROM regexp_split_to_table(keys, '\n') AS line
  ) w WHERE word <> ''
$$;
GRANT EXECUTE ON FUNCTION asset_observation_words(text, text) TO tongan_app;
CREATE INDEX asset_observation_words ON asset_observation USING gin (asset_observation_words(native_key, keys));
CREATE INDEX asset_observation_unit ON asset_observation (unit_path, id);

-- Under row-level security an index on words is not used for what a person asks; this function looks up as its owner, keeps
-- to the scope itself and gives back identifiers only.
CREATE FUNCTION asset_observations_found(needle text, most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public ROWS 100 AS $$
  SELECT id FROM asset_observation
  WHERE asset_observation_words(native_key, keys) @@ (quote_literal(lower(needle)) || ':*')::tsquery
    AND tongan_sees(unit_path)
  LIMIT most
$$;
REVOKE ALL ON FUNCTION asset_observations_found(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION asset_observations_found(text, integer) TO tongan_app;
