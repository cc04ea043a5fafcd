-- The alerts of one asset, without looking through all of them.
CREATE INDEX alert_asset ON alert (asset_id, active_at DESC) WHERE asset_id IS NOT NULL;
