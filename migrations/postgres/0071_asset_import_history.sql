-- The rows of sheets that made or changed an asset: its history besides the journal's entries about single changes.
CREATE INDEX asset_import_row_asset ON asset_import_row (asset_id) WHERE asset_id IS NOT NULL AND applied;
