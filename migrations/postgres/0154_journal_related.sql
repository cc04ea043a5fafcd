-- Which entries name an object besides the one they are about: an import names the assets it made. The trail of an object
-- tells both. Made from what the entries hold, beside them: nothing that was hashed changes.
CREATE TABLE journal_related (
  object_type text NOT NULL,
  object_id text NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (object_type, object_id, seq)
);
ALTER TABLE journal_related ENABLE ROW LEVEL SECURITY;
ALTER TABLE journal_related FORCE ROW LEVEL SECURITY;
-- Holds identifiers and numbers only; what an entry says needs its own scope.
CREATE POLICY journal_related_read ON journal_related FOR SELECT USING (true);
CREATE POLICY journal_related_adding ON journal_related FOR INSERT WITH CHECK (true);
GRANT SELECT, INSERT ON journal_related TO tongan_app;

CREATE FUNCTION journal_note_related() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO journal_related (object_type, object_id, seq)
  SELECT DISTINCT named ->> 'type', named ->> 'id', NEW.seq FROM json_array_elements(NEW.related::json) AS named
  WHERE named ->> 'type' <> NEW.object_type OR named ->> 'id' <> NEW.object_id;
  RETURN NULL;
END $$;
CREATE TRIGGER journal_note_related AFTER INSERT ON journal_entry
  FOR EACH ROW WHEN (NEW.related LIKE '[{%') EXECUTE FUNCTION journal_note_related();

-- What the entries up to now name. One that was tampered with may hold no JSON: finding that is the work of the proof.
DO $$
DECLARE
  entry record;
BEGIN
  FOR entry IN SELECT seq, object_type, object_id, related FROM journal_entry WHERE related LIKE '[{%' LOOP
    BEGIN
      INSERT INTO journal_related (object_type, object_id, seq)
      SELECT DISTINCT named ->> 'type', named ->> 'id', entry.seq FROM json_array_elements(entry.related::json) AS named
      WHERE named ->> 'type' <> entry.object_type OR named ->> 'id' <> entry.object_id;
    EXCEPTION WHEN data_exception THEN
      NULL;
    END;
  END LOOP;
END $$;
