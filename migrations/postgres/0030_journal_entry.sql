-- The journal: one entry for every change, written in the transaction that makes it. The entries are the leaves of a
-- Merkle tree (RFC 6962). The application may add, never change or remove; what the owner of the database does past
-- that is found by recomputing the tree against the signed checkpoints.
CREATE TABLE journal_entry (
  -- Without gaps, from 0: the index of the leaf.
  seq bigint PRIMARY KEY CHECK (seq >= 0),
  -- Milliseconds, as hashed.
  at timestamptz(3) NOT NULL,
  actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'token', 'system')),
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  action text NOT NULL,
  object_type text NOT NULL,
  object_id text NOT NULL,
  -- 1, 2, 3 … for each object: shows that no entry about it is missing.
  object_counter bigint NOT NULL CHECK (object_counter > 0),
  unit_path text COLLATE "C" NOT NULL,
  -- 'centre' keeps the entry from units.
  side text NOT NULL CHECK (side IN ('centre', 'both')),
  -- Canonical JSON (RFC 8785), kept as text because the bytes were hashed.
  data text NOT NULL,
  related text NOT NULL,
  request_id text NOT NULL,
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
  UNIQUE (object_type, object_id, object_counter)
);
CREATE INDEX journal_entry_time ON journal_entry (at);
CREATE INDEX journal_entry_actor ON journal_entry (actor_id, seq);
CREATE INDEX journal_entry_action ON journal_entry (action, seq);
CREATE INDEX journal_entry_unit ON journal_entry (unit_path, seq);
ALTER TABLE journal_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE journal_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY journal_entry_scope ON journal_entry FOR SELECT
  USING (tongan_sees(unit_path) AND (side = 'both' OR tongan_side() = 'centre'));
-- The journal does not limit what may happen, it notes what did: the objects' own policies were in force already.
CREATE POLICY journal_entry_adding ON journal_entry FOR INSERT WITH CHECK (true);
GRANT SELECT, INSERT ON journal_entry TO tongan_app;

-- Where the tree ends: one row, locked by every append, which makes the sequence free of gaps.
CREATE TABLE journal_head (
  id smallint PRIMARY KEY CHECK (id = 1),
  size bigint NOT NULL CHECK (size >= 0),
  -- Hashes of the complete subtrees along the right edge, largest first, 32 bytes each.
  frontier bytea NOT NULL
);
INSERT INTO journal_head VALUES (1, 0, '');
ALTER TABLE journal_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE journal_head FORCE ROW LEVEL SECURITY;
-- Holds a number and hashes, nothing of any unit: an append in the narrowest scope must reach it.
CREATE POLICY journal_head_all ON journal_head USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE ON journal_head TO tongan_app;

-- How many entries each object has. An object's entries may lie in scopes the writer cannot see (an order that moved
-- to another unit), so the counter is kept beside them.
CREATE TABLE journal_object (
  object_type text NOT NULL,
  object_id text NOT NULL,
  counter bigint NOT NULL CHECK (counter > 0),
  PRIMARY KEY (object_type, object_id)
);
ALTER TABLE journal_object ENABLE ROW LEVEL SECURITY;
ALTER TABLE journal_object FORCE ROW LEVEL SECURITY;
-- Holds identifiers and counts only, and no endpoint reads it: an append in the narrowest scope must reach it.
CREATE POLICY journal_object_all ON journal_object USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON journal_object TO tongan_app;

-- Complete subtrees: leaves are level 0. Makes proofs cost O(log n), and lets an export of a limited scope give the
-- hashes of what it withholds.
CREATE TABLE journal_node (
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 53),
  index bigint NOT NULL CHECK (index >= 0),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (level, index)
);
ALTER TABLE journal_node ENABLE ROW LEVEL SECURITY;
ALTER TABLE journal_node FORCE ROW LEVEL SECURITY;
-- Hashes tell nothing of what was hashed; every proof needs those of other units' entries.
CREATE POLICY journal_node_read ON journal_node FOR SELECT USING (true);
CREATE POLICY journal_node_adding ON journal_node FOR INSERT WITH CHECK (true);
GRANT SELECT, INSERT ON journal_node TO tongan_app;

-- Signed heads of the tree (C2SP tlog-checkpoint), as signed.
CREATE TABLE journal_checkpoint (
  size bigint PRIMARY KEY CHECK (size > 0),
  signed_at timestamptz NOT NULL,
  text text NOT NULL,
  -- Public key in the form name+keyid+base64, for processes that have no access to the key's folder.
  verifier_key text NOT NULL
);
ALTER TABLE journal_checkpoint ENABLE ROW LEVEL SECURITY;
ALTER TABLE journal_checkpoint FORCE ROW LEVEL SECURITY;
-- A checkpoint is made to be handed out; only the platform itself adds one.
CREATE POLICY journal_checkpoint_read ON journal_checkpoint FOR SELECT USING (true);
CREATE POLICY journal_checkpoint_adding ON journal_checkpoint FOR INSERT WITH CHECK (tongan_is_platform());
GRANT SELECT, INSERT ON journal_checkpoint TO tongan_app;
