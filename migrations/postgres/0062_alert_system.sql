-- The information system that the ledger named for the event that raised the alert; null and '' when it named none.
ALTER TABLE alert ADD COLUMN system_id uuid;
ALTER TABLE alert ADD COLUMN system_name text NOT NULL DEFAULT '';
CREATE INDEX alert_system ON alert (system_id, active_at DESC) WHERE system_id IS NOT NULL;
