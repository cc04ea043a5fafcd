import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { AppError, conflict, notFound } from '#platform/errors.ts';
import { countOwn, findView, insertView, setDefault, updateView, type View } from './store.ts';

/** Own views of one list: more would be no menu any more. */
const OWN_MAX = 50;

/** Which list of the console. */
export const ListName = z.string().regex(/^[a-z][a-z-]{0,39}$/);

const Name = z.string().trim().min(1).max(60);
const Search = z
  .string()
  .max(2000)
  .regex(/^[^\s#?]*$/, 'A view is the part of an address after the question mark')
  .describe("the part of the list's address after the question mark");

export const ViewInput = z.object({ list: ListName, name: Name, search: Search });
export const ViewChange = z.object({ name: Name.optional(), search: Search.optional() });

const Id = z.object({ id: z.uuid(), version: z.int() });

async function seenView(tx: Tx, id: string): Promise<View> {
  const view = await findView(tx.db, id, tx.actor.id, tx.scope.path);
  if (!view) throw notFound('The view');
  return view;
}

/** The view, if the caller may change it: its owner. @throws AppError `not_found`, `forbidden`, `conflict` */
async function ownView(tx: Tx, { id, version }: z.output<typeof Id>): Promise<View> {
  const view = await seenView(tx, id);
  if (view.ownerId !== tx.actor.id) {
    throw new AppError('forbidden', { public: 'Only who saved a view may change it', reason: 'view.owner' });
  }
  return unchanged(view, version);
}

/** @throws AppError `conflict` */
function unchanged(view: View, version: number): View {
  if (view.version !== version) {
    throw conflict('This view was changed in the meantime: load it again', 'view.stale');
  }
  return view;
}

/** @throws AppError `conflict` when the person has another view of this name, or no room for one more */
async function roomFor(tx: Tx, list: string, name: string, except = ''): Promise<void> {
  const { count, taken } = await countOwn(tx.db, { ownerId: tx.actor.id, list, name, except });
  if (taken) throw conflict(`There is a view named ${name} already: choose another name`, 'view.taken');
  if (except === '' && count >= OWN_MAX) {
    throw conflict(`A list has at most ${OWN_MAX} own views: delete one first`, 'view.many');
  }
}

const record = (tx: Tx, { id, unitPath }: Pick<View, 'id' | 'unitPath'>, data: Record<string, unknown>): void =>
  tx.record({ object: { type: 'view', id }, unitPath, data });

/** Keeps a view of a list under a name, for its owner alone. @throws AppError `conflict` */
export const saveView = action('view.manage', ViewInput, async (tx, input) => {
  await roomFor(tx, input.list, input.name);
  const view: View = {
    ...input,
    id: tx.ids.next(),
    unitPath: tx.scope.path,
    ownerId: tx.actor.id,
    ownerName: tx.actor.name,
    shared: false,
    changedAt: tx.clock.now(),
    version: 1,
  };
  await insertView(tx.db, view);
  record(tx, view, { change: 'saved', ...input });
  return view;
});

/** Gives an own view another name, or lets it show something else. @throws AppError `not_found`, `forbidden`, `conflict` */
export const changeView = action('view.manage', Id.extend({ change: ViewChange }), async (tx, input) => {
  const view = await ownView(tx, input);
  const { change } = input;
  if (change.name !== undefined) await roomFor(tx, view.list, change.name, view.id);
  await updateView(tx.db, view.id, change, tx.clock.now());
  record(tx, view, { change: 'changed', before: { name: view.name, search: view.search }, after: change });
});

/**
 * Makes a view that a colleague shared one's own, for when they have left or do other work: it stays shared under the new
 * owner's name, who may change it from now on. @throws AppError `not_found`, `conflict`
 */
export const takeView = action('view.take', Id, async (tx, input) => {
  const view = await colleaguesView(tx, input);
  await roomFor(tx, view.list, view.name);
  await updateView(tx.db, view.id, { owner_id: tx.actor.id, owner_name: tx.actor.name }, tx.clock.now());
  recordTaken(tx, view, 'taken over');
});

/** Takes a view that a colleague shared out of all menus. @throws AppError `not_found`, `conflict` */
export const discardView = action('view.take', Id, async (tx, input) => {
  const view = await colleaguesView(tx, input);
  const now = tx.clock.now();
  // The store lets nobody write in another's name.
  const taken = { owner_id: tx.actor.id, owner_name: tx.actor.name, removed_at: now };
  await updateView(tx.db, view.id, taken, now);
  recordTaken(tx, view, 'removed');
});

/** A view of somebody else at the own unit or centre: seen at all only because it is shared. */
async function colleaguesView(tx: Tx, { id, version }: z.output<typeof Id>): Promise<View> {
  const view = await seenView(tx, id);
  if (view.ownerId === tx.actor.id) throw conflict('This view is your own', 'view.mine');
  return unchanged(view, version);
}

const recordTaken = (tx: Tx, view: View, change: string): void =>
  record(tx, view, { change, list: view.list, name: view.name, ownerId: view.ownerId, ownerName: view.ownerName });

/** Takes an own view out of all menus; who began with it begins with everything again. */
export const removeView = action('view.manage', Id, async (tx, input) => {
  const view = await ownView(tx, input);
  const now = tx.clock.now();
  await updateView(tx.db, view.id, { removed_at: now }, now);
  record(tx, view, { change: 'removed', list: view.list, name: view.name });
});

/** Shows an own view to everybody of the own unit or centre, or ends that. */
export const shareView = action('view.share', Id.extend({ shared: z.boolean() }), async (tx, input) => {
  const view = await ownView(tx, input);
  await updateView(tx.db, view.id, { shared: input.shared }, tx.clock.now());
  record(tx, view, { change: input.shared ? 'shared' : 'no longer shared', list: view.list, name: view.name });
});

/** Chooses with which view a list begins for the caller; null: with everything. @throws AppError `not_found` */
export const chooseDefault = action(
  'view.manage',
  z.object({ list: ListName, viewId: z.uuid().nullable() }),
  async (tx, { list, viewId }) => {
    const view = viewId === null ? null : await seenView(tx, viewId);
    if (view !== null && view.list !== list) throw notFound('The view');
    await setDefault(tx.db, { ownerId: tx.actor.id, unitPath: tx.scope.path, list, viewId });
    record(
      tx,
      { id: viewId ?? list, unitPath: tx.scope.path },
      { change: 'begins with', list, name: view?.name ?? null },
    );
  },
);
