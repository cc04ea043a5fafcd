import type { Selectable } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';
import type { ListViewTable } from './tables.ts';
import './tables.ts';

const LISTED_MAX = 200;

/** What a list of the console is narrowed to, under a name. */
export interface View {
  readonly id: string;
  readonly unitPath: string;
  readonly ownerId: string;
  readonly ownerName: string;
  /** Which list of the console: `assets`. */
  readonly list: string;
  readonly name: string;
  /** The part of the list's address after the question mark. */
  readonly search: string;
  readonly shared: boolean;
  readonly changedAt: Date;
  readonly version: number;
}

const viewOf = (row: Selectable<ListViewTable>): View => ({
  id: row.id,
  unitPath: row.unit_path,
  ownerId: row.owner_id,
  ownerName: row.owner_name,
  list: row.list,
  name: row.name,
  search: row.search,
  shared: row.shared,
  changedAt: row.changed_at,
  version: row.version,
});

/** Views this person sees: the own ones, and those shared at exactly the own unit or centre. */
const seenBy = (db: Db, ownerId: string, unitPath: string) =>
  db
    .selectFrom('list_view')
    .where('list_view.removed_at', 'is', null)
    .where((where) =>
      where.or([
        where('list_view.owner_id', '=', ownerId),
        where.and([where('list_view.shared', '=', true), where('list_view.unit_path', '=', unitPath)]),
      ]),
    );

/** The own views of a list first, then the shared ones of others, each by name; at most 200. */
export async function listViews(db: Db, list: string, ownerId: string, unitPath: string): Promise<View[]> {
  const rows = await seenBy(db, ownerId, unitPath)
    .selectAll('list_view')
    .where('list_view.list', '=', list)
    .orderBy((order) => order('list_view.owner_id', '=', ownerId), 'desc')
    .orderBy('list_view.name')
    .limit(LISTED_MAX)
    .execute();
  return rows.map(viewOf);
}

/** The view, if this person sees it. */
export async function findView(db: Db, id: string, ownerId: string, unitPath: string): Promise<View | undefined> {
  const row = await seenBy(db, ownerId, unitPath)
    .selectAll('list_view')
    .where('list_view.id', '=', id)
    .executeTakeFirst();
  return row && viewOf(row);
}

/** How many views of a list a person has, and whether one of them, another than `except`, has this name. */
export async function countOwn(
  db: Db,
  view: { readonly ownerId: string; readonly list: string; readonly name: string; readonly except: string },
): Promise<{ count: number; taken: boolean }> {
  const rows = await db
    .selectFrom('list_view')
    .select(['id', 'name'])
    .where('owner_id', '=', view.ownerId)
    .where('list', '=', view.list)
    .where('removed_at', 'is', null)
    .limit(LISTED_MAX)
    .execute();
  return { count: rows.length, taken: rows.some(({ id, name }) => name === view.name && id !== view.except) };
}

export async function insertView(db: Db, view: View): Promise<void> {
  await db
    .insertInto('list_view')
    .values({
      id: view.id,
      unit_path: view.unitPath,
      owner_id: view.ownerId,
      owner_name: view.ownerName,
      list: view.list,
      name: view.name,
      search: view.search,
      shared: view.shared,
      created_at: view.changedAt,
      changed_at: view.changedAt,
    })
    .execute();
}

export async function updateView(
  db: Db,
  id: string,
  change: {
    readonly name?: string | undefined;
    readonly search?: string | undefined;
    readonly shared?: boolean;
    readonly owner_id?: string;
    readonly owner_name?: string;
    readonly removed_at?: Date;
  },
  at: Date,
): Promise<void> {
  await db
    .updateTable('list_view')
    .set((column) => ({ ...change, changed_at: at, version: column('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

/** With which view a list begins for a person, whether or not it can still be seen. */
export async function defaultOf(db: Db, ownerId: string, list: string): Promise<string | null> {
  const row = await db
    .selectFrom('list_view_default')
    .select('view_id')
    .where('owner_id', '=', ownerId)
    .where('list', '=', list)
    .executeTakeFirst();
  return row?.view_id ?? null;
}

export async function setDefault(
  db: Db,
  choice: {
    readonly ownerId: string;
    readonly unitPath: string;
    readonly list: string;
    readonly viewId: string | null;
  },
): Promise<void> {
  await db
    .insertInto('list_view_default')
    .values({ owner_id: choice.ownerId, list: choice.list, unit_path: choice.unitPath, view_id: choice.viewId })
    .onConflict((taken) => taken.columns(['owner_id', 'list']).doUpdateSet({ view_id: choice.viewId }))
    .execute();
}
