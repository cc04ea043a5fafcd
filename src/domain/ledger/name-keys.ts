import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Ctx } from '#platform/context.ts';
import { nameKeyOf } from '#platform/name-order.ts';
import type { Service } from '#platform/slice.ts';

/** Assets of one transaction: nobody waits long for one of them. */
const BATCH = 1000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/** After each there is room for what people do. */
const PAUSE_MS = 50;

interface Filled {
  readonly count: number;
  /** The last of them; undefined where there was none. */
  readonly last: string | undefined;
}

/** Gives assets that were there before it was kept the key by which their names are put in order. */
function fillSome(system: Ctx, after: string): Promise<Filled> {
  return system.transaction(async ({ db }) => {
    const rows = await db
      .selectFrom('asset')
      .select(['id', 'name'])
      .where('name_key', '=', '')
      .where('id', '>', after)
      .orderBy('id')
      .limit(BATCH)
      .execute();
    // Whoever renames one meanwhile writes its key as well.
    await sql`UPDATE asset a SET name_key = q.key
      FROM unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ name }) => name)}::text[],
        ${rows.map(({ name }) => nameKeyOf(name))}::text[]) AS q (id, name, key)
      WHERE a.id = q.id AND a.name = q.name`.execute(db);
    return { count: rows.length, last: rows.at(-1)?.id };
  });
}

/**
 * The same of all of them, some at a time. It is derived from the name, so that it makes no version and no entry.
 *
 * @param system the platform's
 * @returns how many were given one
 */
export async function fillNameKeys(system: Ctx, signal?: AbortSignal): Promise<number> {
  let filled = 0;
  for (let after: string | undefined = FIRST_ID; after !== undefined && signal?.aborted !== true; ) {
    const { count, last } = await fillSome(system, after);
    filled += count;
    after = last;
    await delay(PAUSE_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
  return filled;
}

/** After an update the names that were there before get their keys beside the work, which begins without waiting for it. */
export const namesAtStart: Service = {
  name: 'ledger.name-keys',
  role: 'work',
  start(system) {
    const stopping = new AbortController();
    const filling = fillNameKeys(system, stopping.signal).catch((error: unknown) => {
      system.log.warn({ err: error }, 'names could not be put in order; the next start goes on with it');
    });
    return Promise.resolve({
      async stop() {
        stopping.abort();
        await filling;
      },
    });
  },
};
