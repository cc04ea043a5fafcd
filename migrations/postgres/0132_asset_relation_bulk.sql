-- Relations that a change of many assets made or ended, so that it can be taken back.
ALTER TABLE asset_relation ADD COLUMN made_with uuid;
ALTER TABLE asset_relation ADD COLUMN ended_with uuid;
CREATE INDEX asset_relation_made_with ON asset_relation (made_with) WHERE made_with IS NOT NULL;
CREATE INDEX asset_relation_ended_with ON asset_relation (ended_with) WHERE ended_with IS NOT NULL;
