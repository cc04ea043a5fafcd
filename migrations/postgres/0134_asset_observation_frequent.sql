-- What a large part of millions of observations have is found among some of them, not by looking all of them up.
DO $migration$
BEGIN
  -- Without pg_trgm observations are found by their beginnings, which needs none of this.
  IF to_regprocedure('asset_observation_text(text, text)') IS NULL THEN RETURN; END IF;

  -- Compiling such short statements takes longer than running them.
  CREATE OR REPLACE FUNCTION asset_observations_found(needle text, path text, most integer) RETURNS SETOF uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET enable_seqscan = off SET enable_indexscan = off
    SET enable_bitmapscan = on SET jit = off ROWS 100 AS $$
  DECLARE
    -- Three letters or digits in a row, or one after a sign, are what the index is asked by.
    parts constant text := '[[:alnum:]]{3}|[^[:alnum:]][[:alnum:]]|[[:alnum:]]{2}[^[:alnum:]]';
    -- Where one in so many fits, not all that fit are looked up.
    frequent constant integer := 20;
    -- A scope of no more is looked through as it is; of a larger one the newest first, then a part of all in percent.
    few constant integer := 40000;
    newest constant integer := 5000;
    part constant integer := 15;
    escaped constant text := replace(replace(replace(lower(needle), '\', '\\'), '%', '\%'), '_', '\_');
    wanted text := '%' || escaped || '%';
    fits text;
    each text;
    seen text;
    plan json;
    held integer;
    found_ids uuid[];
    more_ids uuid[];
  BEGIN
    IF needle !~ parts THEN
      IF needle !~ '^[[:alnum:]]' THEN RETURN; END IF;
      wanted := E'%\n' || escaped || '%';
    END IF;
    fits := format('asset_observation_text(native_key, keys) LIKE %L', wanted);
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM asset_observation WHERE ' || fits INTO plan;
    seen := format('unit_path >= %L AND unit_path < %L AND tongan_sees(unit_path)', path, path || '~');
    IF (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8 * frequent >
      (SELECT reltuples FROM pg_class WHERE oid = 'asset_observation'::regclass) THEN
      PERFORM set_config('enable_indexscan', 'on', true), set_config('enable_bitmapscan', 'off', true);
      EXECUTE format('SELECT count(*) FROM (SELECT FROM asset_observation WHERE %s LIMIT %s) f', seen, few + 1) INTO held;
      -- Asked of each row: whatever fits holds the needle as it stands, which is told in a fourth of the time.
      each := format('(native_key || E''\n'' || keys) ILIKE %L AND %s', '%' || escaped || '%', fits);
      IF held <= few THEN
        RETURN QUERY EXECUTE format('SELECT id FROM asset_observation WHERE %s AND %s LIMIT %s', seen, each, most);
        RETURN;
      END IF;
      -- Without a range of units, so that the newest are read in their order.
      EXECUTE format('SELECT array_agg(id) FROM (SELECT id FROM (SELECT * FROM asset_observation WHERE starts_with(unit_path, %L)
        AND tongan_sees(unit_path) ORDER BY id DESC LIMIT %s) newest WHERE %s LIMIT %s) f', path, newest, each, most) INTO found_ids;
      IF coalesce(cardinality(found_ids), 0) < most THEN
        -- Pages all over the table, the same ones each time: so the pages of a list go together.
        EXECUTE format('SELECT array_agg(id) FROM (SELECT id FROM asset_observation TABLESAMPLE SYSTEM (%s) REPEATABLE (1)
          WHERE %s AND %s LIMIT %s) f', part, seen, each, most) INTO more_ids;
        found_ids := ARRAY(SELECT DISTINCT unnest(found_ids || more_ids) LIMIT most);
      END IF;
      IF cardinality(found_ids) >= most THEN
        RETURN QUERY SELECT unnest(found_ids);
        RETURN;
      END IF;
      PERFORM set_config('enable_indexscan', 'off', true), set_config('enable_bitmapscan', 'on', true);
    END IF;
    RETURN QUERY EXECUTE format('SELECT id FROM asset_observation WHERE %s AND %s LIMIT %s', fits, seen, most);
  END $$;
END $migration$;
