-- What correlations remember: a snapshot, and the hits of the batches since. Both change in the transaction of the batch, so
-- that a restart finds exactly what was committed. One row more per batch instead of one per group that changed.
CREATE TABLE detection_correlation_snapshot (
  partition integer NOT NULL,
  part integer NOT NULL,
  -- The last batch that is in it.
  sequence bigint NOT NULL,
  groups bytea NOT NULL,
  PRIMARY KEY (partition, part)
);
ALTER TABLE detection_correlation_snapshot ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_correlation_snapshot FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_correlation_snapshot_platform ON detection_correlation_snapshot
  USING (tongan_is_platform()) WITH CHECK (tongan_is_platform());
GRANT SELECT, INSERT, DELETE ON detection_correlation_snapshot TO tongan_app;

CREATE TABLE detection_correlation_batch (
  partition integer NOT NULL,
  -- Without gaps: a process that lost the partition to another one cannot write the next.
  sequence bigint NOT NULL,
  hits bytea NOT NULL,
  PRIMARY KEY (partition, sequence)
);
ALTER TABLE detection_correlation_batch ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_correlation_batch FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_correlation_batch_platform ON detection_correlation_batch
  USING (tongan_is_platform()) WITH CHECK (tongan_is_platform());
GRANT SELECT, INSERT, DELETE ON detection_correlation_batch TO tongan_app;

-- Events, rules and alerts that detection failed on: set aside so that everything else goes on, and kept to be seen.
CREATE TABLE detection_fault (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL,
  batch_id text NOT NULL,
  stage text NOT NULL CHECK (stage IN ('match', 'correlate', 'raise')),
  -- '' when it is not known which rule failed.
  rule_id text NOT NULL,
  unit_path text COLLATE "C" NOT NULL,
  event_id text NOT NULL,
  event_at timestamptz NOT NULL,
  error text NOT NULL,
  -- The event as it was evaluated, bounded.
  event jsonb NOT NULL
);
CREATE INDEX detection_fault_recent ON detection_fault (at DESC, id);
ALTER TABLE detection_fault ENABLE ROW LEVEL SECURITY;
ALTER TABLE detection_fault FORCE ROW LEVEL SECURITY;
CREATE POLICY detection_fault_scope ON detection_fault
  USING (tongan_sees(unit_path) AND tongan_side() = 'centre')
  WITH CHECK (tongan_sees(unit_path) AND tongan_side() = 'centre');
GRANT SELECT, INSERT, DELETE ON detection_fault TO tongan_app;
