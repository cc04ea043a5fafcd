import type { EventStore } from '#platform/eventstore/open.ts';
import { eventSql, rawSql } from '#platform/eventstore/sql.ts';

/**
 * Events go this many days after their receipt (网络安全法 art. 23: at least six months; the configuration refuses less in
 * production). Counting from receipt keeps an old recording that is imported today like anything else.
 */
export async function setRetention(store: Pick<EventStore, 'maintain'>, days: number): Promise<void> {
  const shown = await store.maintain(eventSql`SHOW CREATE TABLE event`);
  if (shown.includes(`toIntervalDay(${days})`)) return;
  const ttl = rawSql(`toDateTime(received_at) + toIntervalDay(${days})`);
  await store.maintain(eventSql`ALTER TABLE event MODIFY TTL ${ttl} SETTINGS materialize_ttl_after_modify = 0`);
}
