-- Who had an address when: an event of last March belongs to whoever had the address last March.
CREATE TABLE asset_address_holder (
  zone text NOT NULL,
  address text NOT NULL,
  asset_id uuid NOT NULL REFERENCES asset (id),
  -- The asset's.
  unit_path text COLLATE "C" NOT NULL,
  -- The first and last time it was seen there, without another holder in between.
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (zone, address, asset_id, first_at)
);
CREATE INDEX asset_address_holder_asset ON asset_address_holder (asset_id, last_at);
CREATE INDEX asset_address_holder_address ON asset_address_holder (address);
ALTER TABLE asset_address_holder ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_address_holder FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_address_holder_scope ON asset_address_holder
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
-- DELETE: two stays become one when a sighting between them comes in late; merges move them to the asset that stays.
GRANT SELECT, INSERT, UPDATE, DELETE ON asset_address_holder TO tongan_app;

-- How far each reading of the telemetry's and the ledger's own records has come.
CREATE TABLE asset_reading (
  name text PRIMARY KEY,
  until_at timestamptz NOT NULL
);
ALTER TABLE asset_reading ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_reading FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_reading_platform ON asset_reading USING (tongan_is_platform()) WITH CHECK (tongan_is_platform());
GRANT SELECT, INSERT, UPDATE ON asset_reading TO tongan_app;
