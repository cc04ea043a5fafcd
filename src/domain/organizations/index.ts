/**
 * Who there is: divisions (GB/T 2260), centres, units and the persons who answer for them. Every other slice takes a
 * unit's path from here, which is what limits who sees a record.
 *
 * Deliberately absent: accounts and rights (identity), what a unit owns (ledger), and any way to delete a unit or to
 * move it to another path. Old records keep their owner.
 */
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import type { Service, Slice } from '#platform/slice.ts';
import { seedDivisions } from './actions.ts';
import { allDivisions, type Division } from './division-store.ts';
import { organizationRoutes } from './routes.ts';
import {
  fillInitials,
  type Page,
  pageOfUnits,
  type Unit,
  type UnitFilter,
  unitAtPath,
  unitById,
  unitCalled,
} from './store.ts';

export { createCentre, createUnit, listCentres, seedDivisions } from './actions.ts';
export { namesAtPaths, type PlaceName } from './names.ts';
export type { Unit } from './store.ts';

/** The active unit whose code, identifier, name or short name is exactly `text`; undefined when not exactly one is. */
export const findUnit = (ctx: Ctx, text: string): Promise<Unit | undefined> =>
  ctx.read((db) => unitCalled(db, text.trim()));

/** @throws AppError `not_found` also when the unit is outside the caller's scope */
export async function getUnit(ctx: Ctx, id: string): Promise<Unit> {
  const unit = await ctx.read((db) => unitById(db, id));
  if (!unit) throw notFound('The unit');
  return unit;
}

/** The unit at exactly this path. Undefined for the path of a division, and for what the caller cannot see. */
export const unitByPath = (ctx: Ctx, path: string): Promise<Unit | undefined> => ctx.read((db) => unitAtPath(db, path));

export const listUnits = (ctx: Ctx, filter: UnitFilter, page: Page): Promise<{ items: Unit[]; total: number }> =>
  ctx.read((db) => pageOfUnits(db, filter, page));

/** All divisions, parents before children. */
export const listDivisions = (ctx: Ctx): Promise<Division[]> => ctx.read((db) => allDivisions(db));

/** Divisions that came with an update, and by what units are found, are in the record before anybody asks. */
const divisionsAtStart: Service = {
  name: 'organizations.divisions',
  role: 'api',
  async start(system) {
    await seedDivisions(system);
    await system.transaction((tx) => fillInitials(tx.db));
    return { stop: () => Promise.resolve() };
  },
};

export const organizationsSlice: Slice = {
  name: 'organizations',
  routes: organizationRoutes,
  services: [divisionsAtStart],
};
