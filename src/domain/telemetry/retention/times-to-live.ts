import type { EventStore } from '#platform/eventstore/open.ts';
import { eventSql, rawSql } from '#platform/eventstore/sql.ts';

const MONTH_DAYS = 31;
/** Roll-ups and the column that says how old a row is. Months of fields go once all their days are over. */
const ROLL_UPS = { event_count: 'hour', entity_sighting: 'day', field_use: `month + toIntervalDay(${MONTH_DAYS})` };

/**
 * Roll-ups go by the store's own time to live, as long after their events' time as events without a rule. Events do not:
 * the store knows of no hold.
 */
export async function setTimesToLive(store: Pick<EventStore, 'maintain'>, days: number): Promise<void> {
  const events = await store.maintain(eventSql`SHOW CREATE TABLE event`);
  if (/\bTTL\b/.test(events)) await store.maintain(eventSql`ALTER TABLE event REMOVE TTL`);
  for (const [table, column] of Object.entries(ROLL_UPS)) {
    const shown = await store.maintain(eventSql`SHOW CREATE TABLE ${rawSql(table)}`);
    if (shown.includes(`TTL ${column} + toIntervalDay(${days})`)) continue;
    const ttl = rawSql(`${column} + toIntervalDay(${days})`);
    await store.maintain(
      eventSql`ALTER TABLE ${rawSql(table)} MODIFY TTL ${ttl} SETTINGS materialize_ttl_after_modify = 0`,
    );
  }
}
