-- Services and certificates that sources see on a machine: known by the record they are on, and gone once a report proves it.

-- The native key of the same source's record of the machine (or service) that it was seen on; '' = it stands by itself.
ALTER TABLE asset_observation ADD COLUMN on_key text COLLATE "C" NOT NULL DEFAULT '';
-- When a report that looked did not see it any more. It is seen again when this is null again; nothing is deleted.
ALTER TABLE asset_observation ADD COLUMN gone_at timestamptz;
CREATE INDEX asset_observation_on ON asset_observation (source, on_key, reported_path) WHERE on_key <> '';
CREATE INDEX asset_observation_gone ON asset_observation (asset_id) WHERE gone_at IS NOT NULL;

-- What the internet reaches is asked for among a million assets.
CREATE INDEX asset_exposed ON asset (unit_path) WHERE attributes ->> 'exposure' = 'internet';
