-- The role that all work runs as. It owns nothing and cannot log in: row-level security therefore always holds for it.
-- A role belongs to the whole server: another database of it may have made it already, or be making it just now.
DO $$
BEGIN
  CREATE ROLE tongan_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

GRANT USAGE ON SCHEMA public TO tongan_app;

-- True when the caller's scope contains the path. Nothing set means nothing seen: a pooled connection
-- reverts a transaction-local setting to the empty string, hence NULLIF.
CREATE FUNCTION tongan_sees(unit_path text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN starts_with(
  unit_path,
  CASE current_setting('tongan.scope', true) WHEN '' THEN NULL ELSE current_setting('tongan.scope', true) END
);

-- 'centre' sees its whole area, 'unit' only what was addressed to it.
CREATE FUNCTION tongan_side() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(nullif(current_setting('tongan.side', true), ''), 'unit');

-- The platform's own work (sign-in, jobs, detection) runs with the whole tree as its scope.
CREATE FUNCTION tongan_is_platform() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN current_setting('tongan.scope', true) = '/';

GRANT EXECUTE ON FUNCTION tongan_sees(text), tongan_side(), tongan_is_platform() TO tongan_app;
