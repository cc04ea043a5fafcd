-- Columns of what the ledger knows, in use by month, unit and source like those of 0003.
CREATE MATERIALIZED VIEW IF NOT EXISTS field_use_asset_insert TO field_use AS
SELECT month, unit_path, source, 'column' AS kind, name
FROM (
  SELECT toStartOfMonth(time) AS month, unit_path, source,
    arrayFilter((name, isUsed) -> isUsed, [
      'asset_id', 'asset_name', 'asset_unit', 'system_id', 'system_name', 'supervised_by', 'operated_by', 'used_by'
    ], [
      max(asset_id != ''), max(asset_name != ''), max(asset_unit != ''), max(system_id != ''), max(system_name != ''),
      max(supervised_by != ''), max(operated_by != ''), max(used_by != '')
    ]) AS columns
  FROM event
  GROUP BY month, unit_path, source
)
ARRAY JOIN columns AS name;
