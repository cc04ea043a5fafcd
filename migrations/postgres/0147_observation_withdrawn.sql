-- Observations that only a report made that was taken back: they are of no asset and nothing is told by them.
ALTER TABLE asset_observation DROP CONSTRAINT asset_observation_link_state_check;
ALTER TABLE asset_observation ADD CONSTRAINT asset_observation_link_state_check
  CHECK (link_state IN ('linked', 'presumed', 'unresolved', 'withdrawn'));

ALTER TABLE vulnerability_import
  -- Observations that were withdrawn with it, assets that they alone had made, and such assets that stay because somebody decided about them.
  ADD COLUMN undone_observations integer NOT NULL DEFAULT 0,
  ADD COLUMN undone_assets integer NOT NULL DEFAULT 0,
  ADD COLUMN kept_assets integer NOT NULL DEFAULT 0;
-- Which reports saw a target.
CREATE INDEX vulnerability_coverage_names ON vulnerability_coverage USING gin (names);
