import { createSource } from '#domain/telemetry/index.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import type { TestApp } from './app.ts';
import { until } from './senders.ts';

type Listener = Parameters<typeof createSource>[1]['listener'];

/** A source that senders deliver to in a test, and what arrived in the event store. */
export interface Arrivals {
  readonly sourceId: string;
  readonly token: string;
  /** Waits until `count` texts that contain a word are stored, and gives all of them, in the order of arrival. */
  stored(word: string, count: number): Promise<string[]>;
}

export async function arrivalsOf(
  { app }: TestApp,
  source: { readonly listener: Listener; readonly sender?: string },
): Promise<Arrivals> {
  const made = await createSource(app.system, {
    name: `来源 ${source.listener}`,
    unitPath: '/450000/450100/',
    ...source,
  });
  const sourceId = made.source.id;
  const events = app.platform.events.reader({ path: '/', side: 'centre' });
  const find = async (word: string): Promise<string[]> => {
    const rows = await events.query<{ raw: string }>(
      eventSql`SELECT raw FROM event WHERE source_id = ${sourceId} AND position(raw, ${word}) > 0 ORDER BY event_id`,
      { tag: 'test', rowsMax: 10_000 },
    );
    return rows.map(({ raw }) => raw);
  };
  return {
    sourceId,
    token: made.token ?? '',
    async stored(word, count) {
      let texts: string[] = [];
      await until(`${count} events with "${word}" (there are ${texts.length})`, async () => {
        texts = await find(word);
        return texts.length >= count;
      });
      return texts;
    },
  };
}
