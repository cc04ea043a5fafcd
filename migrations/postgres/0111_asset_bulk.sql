-- Assets are never deleted, so nothing that names one can lose it; looking each one up for every key, stay, change, duty and
-- observation that is written took as long as writing them, and each look wrote a lock into the asset's row.
ALTER TABLE asset_key DROP CONSTRAINT asset_key_asset_id_fkey;
ALTER TABLE asset_change DROP CONSTRAINT asset_change_asset_id_fkey;
ALTER TABLE asset_duty DROP CONSTRAINT asset_duty_asset_id_fkey;
ALTER TABLE asset_address_holder DROP CONSTRAINT asset_address_holder_asset_id_fkey;
ALTER TABLE asset_observation DROP CONSTRAINT asset_observation_asset_id_fkey;
