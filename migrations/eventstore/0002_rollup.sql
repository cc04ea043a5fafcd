-- Kept up on each insert, so that overviews and "seen since" need no scan. A row written by a new reading of stored text
-- (revision > 0) was counted when it first came.
CREATE TABLE IF NOT EXISTS event_count (
  hour DateTime('UTC') CODEC(Delta, ZSTD(3)),
  unit_path LowCardinality(String),
  source LowCardinality(String),
  product LowCardinality(String),
  category LowCardinality(String),
  service LowCardinality(String),
  event_code LowCardinality(String),
  host LowCardinality(String),
  events UInt64 CODEC(T64, ZSTD(3)),
  problems UInt64 CODEC(T64, ZSTD(3))
)
ENGINE = SummingMergeTree((events, problems))
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, unit_path, source, product, category, service, event_code, host)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, auto_statistics_types = '';

CREATE MATERIALIZED VIEW IF NOT EXISTS event_count_insert TO event_count AS
SELECT toStartOfHour(time) AS hour, unit_path, source, product, category, service, event_code, host,
  count() AS events, countIf(problem != '') AS problems
FROM event
WHERE revision = 0
GROUP BY hour, unit_path, source, product, category, service, event_code, host;

CREATE TABLE IF NOT EXISTS entity_sighting (
  kind LowCardinality(String),
  value String CODEC(ZSTD(3)),
  unit_path LowCardinality(String),
  day Date CODEC(Delta, ZSTD(3)),
  first_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(3)),
  last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(3)),
  events SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(3))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (kind, value, unit_path, day)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, auto_statistics_types = '';

CREATE MATERIALIZED VIEW IF NOT EXISTS entity_sighting_insert TO entity_sighting AS
SELECT kind, value, unit_path, toDate(time) AS day, min(time) AS first_at, max(time) AS last_at, count() AS events
FROM event
ARRAY JOIN
  ['host', 'user', 'user', 'user', 'address', 'address', 'domain', 'hash'] AS kind,
  [toString(host), toString(user_name), toString(target_user), toString(subject_user), source_ip, destination_ip,
   dns_question, lower(extract(hashes, 'SHA256=([0-9A-Fa-f]{64})'))] AS value
WHERE revision = 0 AND value != ''
GROUP BY kind, value, unit_path, day;
