-- Counted on with every part of observations that is taken in: whoever looked before something was written and finds the
-- number unchanged under the lock knows that what was not there is still not there.
CREATE TABLE asset_resolution (
  -- The table has one row.
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  revision bigint NOT NULL
);
INSERT INTO asset_resolution (revision) VALUES (0);
ALTER TABLE asset_resolution ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_resolution FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_resolution_platform ON asset_resolution USING (tongan_is_platform()) WITH CHECK (tongan_is_platform());
GRANT SELECT, UPDATE ON asset_resolution TO tongan_app;
