-- A scheduled search raises alerts for what was received from the moment on at which it was switched on, or was last changed in
-- what it looks for: runs look back for what reached the store late, but not beyond this. Null where it began before this column.
ALTER TABLE telemetry_search ADD COLUMN counts_from timestamptz;
