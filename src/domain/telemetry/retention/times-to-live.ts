import type { Config } from '#platform/config.ts';
import type { EventStore } from '#platform/eventstore/open.ts';
import { eventSql, rawSql } from '#platform/eventstore/sql.ts';

const MONTH_DAYS = 31;
/** Roll-ups and the column that says how old a row is. Months of fields go once all their days are over. */
const ROLL_UPS = { event_count: 'hour', entity_sighting: 'day', field_use: `month + toIntervalDay(${MONTH_DAYS})` };

/** How old events are compressed: a higher level costs many times the work for hardly a smaller part. */
const COLD_CODEC = 'ZSTD(12)';

/**
 * Roll-ups go by the store's own time to live, as long after their events' time as events without a rule. Events do not:
 * the store knows of no hold. For them it only says when they have become cold and are compressed more strongly.
 */
export async function setTimesToLive(
  store: Pick<EventStore, 'maintain'>,
  { eventDays, coldAfterDays }: Config['retention'],
): Promise<void> {
  await setCold(store, coldAfterDays);
  for (const [table, column] of Object.entries(ROLL_UPS)) {
    const shown = await store.maintain(eventSql`SHOW CREATE TABLE ${rawSql(table)}`);
    if (shown.includes(`TTL ${column} + toIntervalDay(${eventDays})`)) continue;
    const ttl = rawSql(`${column} + toIntervalDay(${eventDays})`);
    await store.maintain(
      eventSql`ALTER TABLE ${rawSql(table)} MODIFY TTL ${ttl} SETTINGS materialize_ttl_after_modify = 0`,
    );
  }
}

/**
 * Whatever time to live events have, it becomes this one, or none. By when they came in: old logs that are brought in are being looked
 * into now, and each batch of them would be compressed anew at once, alone, and again with every merge.
 */
async function setCold(store: Pick<EventStore, 'maintain'>, coldAfterDays: number): Promise<void> {
  const ttl = `toDateTime(received_at) + toIntervalDay(${coldAfterDays}) RECOMPRESS CODEC(${COLD_CODEC})`;
  const shown = await store.maintain(eventSql`SHOW CREATE TABLE event`);
  if (coldAfterDays > 0) {
    if (!shown.includes(`TTL ${ttl}\n`)) await store.maintain(eventSql`ALTER TABLE event MODIFY TTL ${rawSql(ttl)}`);
  } else if (/\bTTL\b/.test(shown)) await store.maintain(eventSql`ALTER TABLE event REMOVE TTL`);
}
