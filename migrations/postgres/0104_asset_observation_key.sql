-- Observations are never deleted, so a key cannot lose the one that it leads to; checking that for every key that is
-- written took as long as writing it.
ALTER TABLE asset_observation_key DROP CONSTRAINT asset_observation_key_observation_id_fkey;
