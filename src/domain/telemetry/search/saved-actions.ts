import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { AppError, conflict, notFound } from '#platform/errors.ts';
import { nextDue, SavedChange, SavedInput, type SavedSearch, Schedule, settledUntil } from './saved.ts';
import { insertSaved, savedById, setSchedule, updateSaved } from './saved-store.ts';
import { searchSql } from './sql.ts';

const Id = z.object({ id: z.uuid(), version: z.int() });

/** The search, if it is the caller's or shared in the own centre. @throws AppError `not_found`, `conflict` */
async function visibleSearch(tx: Tx, { id, version }: z.output<typeof Id>): Promise<SavedSearch> {
  const saved = await savedById(tx.db, id);
  const visible = saved && (saved.ownerId === tx.actor.id || (saved.shared && saved.unitPath === tx.scope.path));
  if (!visible) throw notFound('The search');
  if (saved.version !== version) {
    throw conflict('Somebody changed this search in the meantime: load it again', 'search.stale');
  }
  return saved;
}

/** The search, if the caller may change it: its owner. @throws AppError `not_found`, `forbidden`, `conflict` */
async function ownSearch(tx: Tx, input: z.output<typeof Id>): Promise<SavedSearch> {
  const saved = await visibleSearch(tx, input);
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
    countsFrom: null,
    dueAt: null,
    failures: 0,
  };
  await insertSaved(tx.db, saved);
  record(tx, saved, { change: 'saved', name: input.name, query: input.query, shared: input.shared });
  return saved;
});

export const changeSearch = action('search.manage', Id.extend({ change: SavedChange }), async (tx, input) => {
  const saved = await ownSearch(tx, input);
  const { change } = input;
  if (change.query !== undefined) searchSql(change.query);
  // What raises alerts for a centre must be seen by it.
  if (change.shared === false && saved.schedule !== null) {
    throw conflict('A search that runs by itself is shared: end its schedule first', 'search.scheduled');
  }
  // What was looked at with the old condition is not looked at with the new one: it would raise alerts for the past.
  const begins = change.query !== undefined && change.query !== saved.query && saved.lookedUntil !== null;
  const countsFrom = begins ? { countsFrom: laterOf(saved.lookedUntil, saved.countsFrom) } : {};
  await updateSaved(tx.db, saved.id, { ...change, ...countsFrom }, tx.clock.now());
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

const laterOf = (one: Date, other: Date | null): Date => (other !== null && other > one ? other : one);

/**
 * Where a schedule begins: at the moment it is switched on. One that is changed goes on where it had come to, so that nothing
 * is passed over and nothing raises an alert under both schedules.
 */
function beginning({ lookedUntil, countsFrom }: SavedSearch, schedule: Schedule, now: Date) {
  const dueAt = nextDue(schedule, now);
  if (lookedUntil === null) return { lookedUntil: settledUntil(schedule, now), countsFrom: now, dueAt };
  return { lookedUntil, countsFrom: laterOf(lookedUntil, countsFrom), dueAt };
}

/**
 * Lets a search run by itself and raise alerts from now on, or (null) ends that. It becomes shared. Only its owner begins or
 * changes it; what raises too many alerts at night is ended by whoever is there.
 */
export const scheduleSearch = action(
  'search.schedule',
  Id.extend({ schedule: Schedule.nullable() }),
  async (tx, input) => {
    const { schedule } = input;
    const saved = schedule === null ? await visibleSearch(tx, input) : await ownSearch(tx, input);
    const now = tx.clock.now();
    if (schedule !== null && saved.query === '') {
      throw conflict('A search without a condition would raise an alert for everything', 'search.empty');
    }
    if (schedule !== null && !saved.shared) await updateSaved(tx.db, saved.id, { shared: true }, now);
    await setSchedule(tx.db, saved.id, schedule && { ...schedule, ...beginning(saved, schedule, now) }, now);
    record(tx, saved, {
      change: schedule === null ? 'schedule ended' : 'scheduled',
      name: saved.name,
      query: saved.query,
      schedule,
    });
  },
);
