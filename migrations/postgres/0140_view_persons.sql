-- A view of a list is written by its owner alone, and read by others only once it is shared: the store checks both itself, since a
-- session knows the person it works for. Taking a shared view over makes it one's own in the same statement.

CREATE FUNCTION tongan_is_person(owner_id text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN owner_id = nullif(current_setting('tongan.person', true), '');
GRANT EXECUTE ON FUNCTION tongan_is_person(text) TO tongan_app;

DROP POLICY list_view_scope ON list_view;
CREATE POLICY list_view_scope ON list_view
  USING (tongan_is_platform()
    OR (unit_path = current_setting('tongan.scope', true) AND (shared OR tongan_is_person(owner_id))))
  WITH CHECK (tongan_is_platform()
    OR (unit_path = current_setting('tongan.scope', true) AND tongan_is_person(owner_id)));

DROP POLICY list_view_default_scope ON list_view_default;
CREATE POLICY list_view_default_scope ON list_view_default
  USING (tongan_is_platform() OR (unit_path = current_setting('tongan.scope', true) AND tongan_is_person(owner_id)))
  WITH CHECK (tongan_is_platform() OR (unit_path = current_setting('tongan.scope', true) AND tongan_is_person(owner_id)));
