-- What differs between the ledger of two days is read from what was told between them: first which assets, from the index
-- alone, then of those in sight what kind of change it comes to. Like `asset_touched` it looks up as its owner and keeps to
-- the scope itself: under row-level security each line of the history asks for its asset.
--
-- `area` and `named`: of this unit or area on one of the days, and of this class; '' = all. `most`: of each history the
-- latest entries, this many: where there are more, one row without an asset tells after which moment everything is told.
-- It is planned anew each time: two days may be a handful of changes apart, or most of the ledger.
CREATE FUNCTION asset_differing(since timestamptz, until timestamptz, area text, named text, most integer)
RETURNS TABLE (id uuid, at timestamptz, created boolean, gone boolean, after timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE low timestamptz;
BEGIN
  SELECT max(e.at) INTO low FROM (
    (SELECT at FROM asset_change WHERE at > since AND at <= until ORDER BY at DESC OFFSET most LIMIT 1)
    UNION ALL (SELECT at FROM asset_standing_before WHERE at > since AND at <= until ORDER BY at DESC OFFSET most LIMIT 1)
    UNION ALL (SELECT at FROM asset_duty_before WHERE at > since AND at <= until ORDER BY at DESC OFFSET most LIMIT 1)
    UNION ALL SELECT since) e;
  RETURN QUERY
  WITH latest AS (
      SELECT asset_id, max(at) FILTER (WHERE NOT stood) AS told_at, max(at) FILTER (WHERE stood) AS stood_at FROM (
        SELECT asset_id, at, false AS stood FROM asset_change WHERE at > low AND at <= until
        UNION ALL SELECT asset_id, at, true FROM asset_standing_before WHERE at > low AND at <= until
        UNION ALL SELECT asset_id, at, false FROM asset_duty_before WHERE at > low AND at <= until AND was IS NOT NULL) e
      GROUP BY asset_id),
    seen AS MATERIALIZED (
      SELECT a.id, l.told_at, CASE WHEN l.stood_at > l.told_at IS NOT FALSE THEN l.stood_at END AS stood_at,
        a.created_at > since AS created, ROW(a.duty, a.is_shadow, a.is_zombie, a.is_outside, a.is_stale) AS now
      FROM latest l JOIN asset a ON a.id = l.asset_id
      WHERE tongan_sees(a.unit_path) AND (named = '' OR a.class = named)
        AND (area = '' OR starts_with(a.unit_path, area) OR EXISTS (SELECT FROM asset_standing_before b
          WHERE b.asset_id = a.id AND b.at > since AND starts_with(b.unit_path, area)))),
    -- What came to the same in the end is no change of marks or responsibility.
    weighed AS (
      SELECT s.id, s.created, s.told_at, CASE WHEN s.stood_at IS NOT NULL AND (
          SELECT b.duty IS NOT NULL AND ROW(b.duty, b.is_shadow, b.is_zombie, b.is_outside, b.is_stale)
            IS DISTINCT FROM coalesce((SELECT ROW(n.duty, n.is_shadow, n.is_zombie, n.is_outside, n.is_stale)
              FROM asset_standing_before n WHERE n.asset_id = s.id AND n.at > until ORDER BY n.at LIMIT 1), s.now)
          FROM asset_standing_before b WHERE b.asset_id = s.id AND b.at > since ORDER BY b.at LIMIT 1)
        THEN s.stood_at END AS stood_at
      FROM seen s),
    moved AS MATERIALIZED (
      SELECT asset_id, (array_agg(step ->> 'from' ORDER BY version))[1] AS was,
        (array_agg(step ->> 'to' ORDER BY version DESC))[1] AS became
      FROM (SELECT asset_id, version, jsonb_path_query_first(changes, '$[*] ? (@.field == "state")') AS step
        FROM asset_change WHERE at > low AND at <= until AND changes @> '[{"field": "state"}]') c
      GROUP BY asset_id)
  SELECT w.id, greatest(w.told_at, w.stood_at), w.created,
    coalesce(m.became IN ('retired', 'written_off') AND m.was NOT IN ('retired', 'written_off'), false),
    NULL::timestamptz
  FROM weighed w LEFT JOIN moved m ON m.asset_id = w.id
  WHERE w.told_at IS NOT NULL OR w.stood_at IS NOT NULL
  UNION ALL SELECT NULL, NULL, NULL, NULL, low WHERE low > since;
END $$;
REVOKE ALL ON FUNCTION asset_differing(timestamptz, timestamptz, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION asset_differing(timestamptz, timestamptz, text, text, integer) TO tongan_app;
