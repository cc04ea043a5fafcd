import type { Config } from '#platform/config.ts';
import type { EventStore } from '#platform/eventstore/open.ts';
import { eventSql, rawSql } from '#platform/eventstore/sql.ts';
import { ROLL_UPS } from './roll-ups.ts';

/** How old events are compressed: a higher level costs many times the work for hardly a smaller part. */
const COLD_CODEC = 'ZSTD(12)';

const HAS_TTL = /\bTTL\b/;

/**
 * The store's own time to live only says when events have become cold and are compressed more strongly: it knows of no hold. Neither does
 * it delete from roll-ups, which would be gone before the events that they are about where those are held or came in late:
 * `forgetRollUps` does.
 */
export async function setTimesToLive(
  store: Pick<EventStore, 'maintain'>,
  { coldAfterDays }: Config['retention'],
): Promise<void> {
  await setCold(store, coldAfterDays);
  for (const table of Object.keys(ROLL_UPS)) {
    const shown = await store.maintain(eventSql`SHOW CREATE TABLE ${rawSql(table)}`);
    if (HAS_TTL.test(shown)) await store.maintain(eventSql`ALTER TABLE ${rawSql(table)} REMOVE TTL`);
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
  } else if (HAS_TTL.test(shown)) await store.maintain(eventSql`ALTER TABLE event REMOVE TTL`);
}
