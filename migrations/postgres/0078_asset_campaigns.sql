-- A centre asks units to confirm their lists: which assets, what each unit answered, how far each is.
CREATE TABLE asset_campaign (
  id uuid PRIMARY KEY,
  -- The area of the centre that asks.
  unit_path text COLLATE "C" NOT NULL,
  title text NOT NULL,
  instructions text NOT NULL DEFAULT '',
  state text NOT NULL CHECK (state IN ('running', 'closed')),
  -- The gap it came from, '' = whole lists.
  gap text NOT NULL DEFAULT '',
  due_on text COLLATE "C" NOT NULL,
  started_at timestamptz NOT NULL,
  started_by_name text NOT NULL,
  closed_at timestamptz
);
CREATE INDEX asset_campaign_recent ON asset_campaign (started_at DESC);
ALTER TABLE asset_campaign ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_campaign FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_campaign_scope ON asset_campaign USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_campaign TO tongan_app;

-- What one unit is asked. It holds all that the unit may read of the campaign.
CREATE TABLE asset_campaign_unit (
  campaign_id uuid NOT NULL REFERENCES asset_campaign (id),
  unit_path text COLLATE "C" NOT NULL,
  title text NOT NULL,
  instructions text NOT NULL DEFAULT '',
  due_on text COLLATE "C" NOT NULL,
  -- asked → answering → done; closed with the campaign.
  state text NOT NULL CHECK (state IN ('asked', 'answering', 'done', 'closed')),
  started_at timestamptz NOT NULL,
  assets integer NOT NULL,
  confirmed integer NOT NULL DEFAULT 0,
  rejected integer NOT NULL DEFAULT 0,
  reminders integer NOT NULL DEFAULT 0,
  reminded_at timestamptz,
  finished_at timestamptz,
  finished_by_name text NOT NULL DEFAULT '',
  PRIMARY KEY (campaign_id, unit_path)
);
CREATE INDEX asset_campaign_unit_open ON asset_campaign_unit (unit_path, due_on) WHERE state IN ('asked', 'answering');
ALTER TABLE asset_campaign_unit ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_campaign_unit FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_campaign_unit_scope ON asset_campaign_unit
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_campaign_unit TO tongan_app;

CREATE TABLE asset_campaign_item (
  campaign_id uuid NOT NULL REFERENCES asset_campaign (id),
  asset_id uuid NOT NULL REFERENCES asset (id),
  -- The unit that was asked, wherever the asset went since.
  unit_path text COLLATE "C" NOT NULL,
  answer text NOT NULL DEFAULT '' CHECK (answer IN ('', 'confirmed', 'rejected')),
  note text NOT NULL DEFAULT '',
  answered_at timestamptz,
  answered_by_name text NOT NULL DEFAULT '',
  PRIMARY KEY (campaign_id, asset_id)
);
CREATE INDEX asset_campaign_item_unit ON asset_campaign_item (campaign_id, unit_path, answer);
ALTER TABLE asset_campaign_item ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_campaign_item FORCE ROW LEVEL SECURITY;
CREATE POLICY asset_campaign_item_scope ON asset_campaign_item
  USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
GRANT SELECT, INSERT, UPDATE ON asset_campaign_item TO tongan_app;
