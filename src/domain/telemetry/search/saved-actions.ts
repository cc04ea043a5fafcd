import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { AppError, conflict, notFound } from '#platform/errors.ts';
import { nextDue, SavedInput, type SavedSearch, Schedule, settledUntil } from './saved.ts';
import { insertSaved, savedById, setSchedule, updateSaved } from './saved-store.ts';
import { searchSql } from './sql.ts';

const Id = z.object({ id: z.uuid(), version: z.int() });

/** The search, if the caller may change it: its owner. @throws AppError `not_found`, `forbidden`, `conflict` */
async function ownSearch(tx: Tx, { id, version }: z.output<typeof Id>): Promise<SavedSearch> {
  const saved = await savedById(tx.db, id);
  const visible = saved && (saved.ownerId === tx.actor.id || (saved.shared && saved.unitPath === tx.scope.path));
  if (!visible) throw notFound('The search');
  if (saved.version !== version) {
    throw conflict('Somebody changed this search in the meantime: load it again', 'search.stale');
  }
  if (saved.ownerId === tx.actor.id) return saved;
  throw new AppError('forbidden', { public: 'Only who saved a search may change it', reason: 'search.owner' });
}

const record = (tx: Tx, { id, unitPath }: Pick<SavedSearch, 'id' | 'unitPath'>, data: Record<string, unknown>): void =>
  tx.record({ object: { type: 'search', id }, unitPath, data });

/** Keeps a search under a name. @throws AppError `invalid_input` for the query */
export const saveSearch = action('search.manage', SavedInput, async (tx, input) => {
  searchSql(input.query);
  const now = tx.clock.now();
  const saved: SavedSearch = {
    ...input,
    id: tx.ids.next(),
    unitPath: tx.scope.path,
    ownerId: tx.actor.id,
    ownerName: tx.actor.name,
    createdAt: now,
    changedAt: now,
    version: 1,
    schedule: null,
    lookedUntil: null,
    dueAt: null,
    failures: 0,
  };
  await insertSaved(tx.db, saved);
  record(tx, saved, { change: 'saved', name: input.name, query: input.query, shared: input.shared });
  return saved;
});

export const changeSearch = action('search.manage', Id.extend({ change: SavedInput.partial() }), async (tx, input) => {
  const saved = await ownSearch(tx, input);
  const { change } = input;
  if (change.query !== undefined) searchSql(change.query);
  // What raises alerts for a centre must be seen by it.
  if (change.shared === false && saved.schedule !== null) {
    throw conflict('A search that runs by itself is shared: end its schedule first', 'search.scheduled');
  }
  await updateSaved(tx.db, saved.id, change, tx.clock.now());
  const before = { name: saved.name, query: saved.query, shared: saved.shared };
  record(tx, saved, { change: 'changed', before, after: change });
});

/** Takes a search out of the lists, and ends its schedule. */
export const removeSearch = action('search.manage', Id, async (tx, input) => {
  const saved = await ownSearch(tx, input);
  const now = tx.clock.now();
  if (saved.schedule !== null) await setSchedule(tx.db, saved.id, null, now);
  await updateSaved(tx.db, saved.id, { removedAt: now }, now);
  record(tx, saved, { change: 'removed', name: saved.name });
});

/** Lets a search run by itself and raise alerts from now on, or (null) ends that. It becomes shared. */
export const scheduleSearch = action(
  'search.schedule',
  Id.extend({ schedule: Schedule.nullable() }),
  async (tx, input) => {
    const saved = await ownSearch(tx, input);
    const { schedule } = input;
    const now = tx.clock.now();
    if (schedule !== null && saved.query === '') {
      throw conflict('A search without a condition would raise an alert for everything', 'search.empty');
    }
    if (schedule !== null && !saved.shared) await updateSaved(tx.db, saved.id, { shared: true }, now);
    const begun = schedule && { ...schedule, lookedUntil: settledUntil(schedule, now), dueAt: nextDue(schedule, now) };
    await setSchedule(tx.db, saved.id, begun, now);
    record(tx, saved, {
      change: schedule === null ? 'schedule ended' : 'scheduled',
      name: saved.name,
      query: saved.query,
      schedule,
    });
  },
);
