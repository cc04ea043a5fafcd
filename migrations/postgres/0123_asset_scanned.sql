-- When a report of a scanner looked at an asset last: what no report looks at is a gap of the ledger.
ALTER TABLE asset ADD COLUMN last_scanned_at timestamptz;

ALTER TABLE asset NO FORCE ROW LEVEL SECURITY;
ALTER TABLE vulnerability_coverage NO FORCE ROW LEVEL SECURITY;
UPDATE asset a SET last_scanned_at = c.at
FROM (SELECT asset_id, max(scanned_at) AS at FROM vulnerability_coverage WHERE applied AND asset_id IS NOT NULL GROUP BY 1) c
WHERE c.asset_id = a.id;
ALTER TABLE asset FORCE ROW LEVEL SECURITY;
ALTER TABLE vulnerability_coverage FORCE ROW LEVEL SECURITY;
