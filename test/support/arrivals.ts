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
  /** The same of another source. */
  storedOf(sourceId: string, word: string, count: number): Promise<string[]>;
}

export async function arrivalsOf(
  { app }: TestApp,
  source: { readonly listener: Listener; readonly sender?: string },
): Promise<Arrivals> {
  const made = await createSource(app.system, {
    name: `来源 ${source.listener} ${source.sender ?? ''}`.trim(),
    unitPath: '/450000/450100/',
    ...source,
  });
  const events = app.platform.events.reader({ path: '/', side: 'centre' });
  const find = async (sourceId: string, word: string): Promise<string[]> => {
    const rows = await events.query<{ raw: string }>(
      eventSql`SELECT raw FROM event WHERE source_id = ${sourceId} AND position(raw, ${word}) > 0 ORDER BY event_id`,
      { tag: 'test', rowsMax: 10_000 },
    );
    return rows.map(({ raw }) => raw);
  };
  const storedOf = async (sourceId: string, word: string, count: number) => {
    let texts: string[] = [];
    await until(`${count} events with "${word}"`, async () => {
      texts = await find(sourceId, word);
      return texts.length >= count;
    });
    return texts;
  };
  const { id: sourceId } = made.source;
  return {
    sourceId,
    token: made.token ?? '',
    stored: (word, count) => storedOf(sourceId, word, count),
    storedOf,
  };
}
