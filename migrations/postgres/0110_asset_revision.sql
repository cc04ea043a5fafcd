-- What is told to events of the ledger is kept in memory: these numbers say that it has to be read again. They rise before
-- the change is committed, so whoever follows them reads once more a while later.
CREATE SEQUENCE asset_revision;
-- The same for who was seen at which address, which changes all the time and is followed more slowly.
CREATE SEQUENCE asset_stay_revision;
GRANT USAGE, SELECT ON SEQUENCE asset_revision, asset_stay_revision TO tongan_app;

CREATE FUNCTION asset_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM nextval('asset_revision');
  RETURN NULL;
END $$;
CREATE FUNCTION asset_stay_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM nextval('asset_stay_revision');
  RETURN NULL;
END $$;
CREATE TRIGGER asset_revised_by_asset AFTER INSERT OR UPDATE OF name, unit_path, state, merged_into, supervised_by_name,
  operated_by_name, used_by_name ON asset FOR EACH STATEMENT EXECUTE FUNCTION asset_revised();
CREATE TRIGGER asset_revised_by_key AFTER INSERT OR DELETE ON asset_key
  FOR EACH STATEMENT EXECUTE FUNCTION asset_revised();
CREATE TRIGGER asset_revised_by_relation AFTER INSERT OR UPDATE ON asset_relation
  FOR EACH STATEMENT EXECUTE FUNCTION asset_revised();
CREATE TRIGGER asset_revised_by_zone AFTER INSERT OR UPDATE ON asset_zone
  FOR EACH STATEMENT EXECUTE FUNCTION asset_revised();
CREATE TRIGGER asset_stay_revised AFTER INSERT OR DELETE ON asset_address_holder
  FOR EACH STATEMENT EXECUTE FUNCTION asset_stay_revised();
-- The first number that a sequence gives does not show as a change of it.
SELECT nextval('asset_revision'), nextval('asset_stay_revision');
