import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { type AppError, conflict, invalid, notFound } from '#platform/errors.ts';
import { divisionPath, levelOfDivision, loadDivisions } from './division.ts';
import { allCentres, divisionByCode, divisionVersion, insertCentre, putDivisions } from './division-store.ts';
import {
  endDuty,
  endPerson,
  insertPerson,
  insertUnit,
  type Person,
  pageOfUnits,
  personById,
  type Unit,
  unitById,
  updateUnit,
  usccTaken,
} from './store.ts';
import { PersonInput, UnitChange, UnitInput, unitPathOf } from './unit.ts';

const visibleUnit = async (tx: Tx, id: string): Promise<Unit> => {
  const unit = await unitById(tx.db, id);
  if (!unit) throw notFound('The unit');
  return unit;
};

const activeUnit = async (tx: Tx, id: string): Promise<Unit> => {
  const unit = await visibleUnit(tx, id);
  if (unit.state !== 'active') throw conflict('The unit is closed, nothing about it changes any more', 'unit.closed');
  return unit;
};

const tellOf = (tx: Tx, unit: { id: string; path: string }, change: string): void =>
  tx.publish({ topic: 'unit', id: unit.id, action: change, unitPath: unit.path, side: 'both' });

async function parentOf(tx: Tx, parentId: string | null | undefined, selfId?: string): Promise<string | null> {
  if (!parentId) return null;
  const parent = await unitById(tx.db, parentId);
  if (parent?.state !== 'active') throw invalid('The parent unit does not exist', [], 'unit.parent.unknown');
  let above: Unit | undefined = parent;
  for (let depth = 0; above !== undefined; depth += 1) {
    if (above.id === selfId || depth > 20) {
      throw invalid('A unit cannot be its own superior', [{ at: '/parentId', message: 'is below the unit itself' }]);
    }
    above = above.parentId ? await unitById(tx.db, above.parentId) : undefined;
  }
  return parent.id;
}

async function addPerson(tx: Tx, unit: Unit, input: z.output<typeof PersonInput>): Promise<Person> {
  const now = tx.clock.now();
  if (input.duty === 'first_responsible' || input.duty === 'directly_responsible') {
    await endDuty(tx.db, unit.id, input.duty, now);
  }
  const person: Person = {
    id: tx.ids.next(),
    unitId: unit.id,
    duty: input.duty,
    name: input.name,
    post: input.post,
    phone: input.phone ?? null,
    email: input.email ?? null,
    sinceAt: now,
  };
  await insertPerson(tx.db, person, unit.path);
  return person;
}

/** What the journal keeps of a person: who and which duty, no telephone or address. */
const factsOf = ({ id, duty, name, post }: Person) => ({ id, duty, name, post });

/**
 * Opens a unit.
 *
 * @throws AppError `invalid_input` unknown division or parent, `conflict` `unit.taken` when code or identifier exists
 */
export const createUnit = action('unit.manage', UnitInput, async (tx, input) => {
  const division = await divisionByCode(tx.db, input.divisionCode);
  if (!division?.path.startsWith(tx.scope.path)) {
    throw invalid(
      'The division does not exist or is outside your area',
      [{ at: '/divisionCode', message: 'choose a division of your area' }],
      'unit.division.unknown',
    );
  }
  const now = tx.clock.now();
  const unit: Unit = {
    id: tx.ids.next(),
    code: input.code,
    name: input.name,
    shortName: input.shortName,
    kind: input.kind,
    sector: input.sector,
    divisionCode: division.code,
    divisionName: division.name,
    path: unitPathOf(division.path, input.code),
    parentId: await parentOf(tx, input.parentId),
    uscc: input.uscc ?? null,
    state: 'active',
    closedReason: null,
    createdAt: now,
    changedAt: now,
    version: 1,
  };
  if (!(await insertUnit(tx.db, unit))) {
    throw conflict('A unit with this code or this unified social credit identifier exists already', 'unit.taken');
  }
  const persons: Person[] = [];
  for (const person of input.persons) persons.push(await addPerson(tx, unit, person));
  tx.record({
    object: { type: 'unit', id: unit.id },
    unitPath: unit.path,
    data: {
      change: 'created',
      code: unit.code,
      name: unit.name,
      kind: unit.kind,
      sector: unit.sector,
      uscc: unit.uscc,
      persons: persons.map(factsOf),
    },
  });
  tellOf(tx, unit, 'created');
  return unit;
});

/** Changes what may change of a unit. `version` guards against overwriting somebody else's change. */
export const changeUnit = action(
  'unit.manage',
  z.object({ id: z.uuid(), version: z.number().int().optional(), change: UnitChange }),
  async (tx, { id, version, change }) => {
    const unit = await activeUnit(tx, id);
    if (version !== undefined && version !== unit.version) throw staleUnit();
    if (change.uscc && (await usccTaken(tx.db, change.uscc, id))) {
      throw conflict('Another unit has this unified social credit identifier', 'unit.taken');
    }
    const parentId = change.parentId === undefined ? undefined : await parentOf(tx, change.parentId, id);
    if (!(await updateUnit(tx.db, id, unit.version, { ...change, parentId }, tx.clock.now()))) throw staleUnit();
    tx.record({
      object: { type: 'unit', id },
      unitPath: unit.path,
      data: { change: 'changed', before: pick(unit, change), after: change },
    });
    tellOf(tx, unit, 'changed');
    return visibleUnit(tx, id);
  },
);

const staleUnit = (): AppError =>
  conflict('Somebody changed this unit in the meantime: load it again and repeat your change', 'unit.stale');

function pick(unit: Unit, change: object): Record<string, unknown> {
  const names = new Set(Object.keys(change));
  return Object.fromEntries(Object.entries(unit).filter(([name]) => names.has(name)));
}

/** Closes a unit that is dissolved or leaves the platform. It stays readable; no new work reaches it. */
export const closeUnit = action(
  'unit.manage',
  z.object({ id: z.uuid(), reason: z.string().trim().min(4).max(500) }),
  async (tx, { id, reason }) => {
    const unit = await activeUnit(tx, id);
    const children = await pageOfUnits(tx.db, { parentId: id, state: 'active' }, { offset: 0, limit: 1 });
    if (children.total > 0) {
      throw conflict(
        `${children.total} active unit(s) stand below it: give them another superior first`,
        'unit.children',
      );
    }
    await updateUnit(tx.db, id, unit.version, { state: 'closed', closedReason: reason }, tx.clock.now());
    tx.record({ object: { type: 'unit', id }, unitPath: unit.path, data: { change: 'closed', reason } });
    tellOf(tx, unit, 'closed');
    return visibleUnit(tx, id);
  },
);

/** Puts a person in office. A new first or directly responsible person takes over from the one before. */
export const appointPerson = action(
  'unit.manage',
  z.object({ unitId: z.uuid(), person: PersonInput }),
  async (tx, { unitId, person: input }) => {
    const unit = await activeUnit(tx, unitId);
    const person = await addPerson(tx, unit, input);
    tx.record({
      object: { type: 'unit', id: unit.id },
      unitPath: unit.path,
      data: { change: 'person appointed', person: factsOf(person) },
    });
    tellOf(tx, unit, 'changed');
    return person;
  },
);

/** Ends a person's time in office. */
export const dismissPerson = action(
  'unit.manage',
  z.object({ unitId: z.uuid(), personId: z.uuid() }),
  async (tx, { unitId, personId }) => {
    const unit = await visibleUnit(tx, unitId);
    const person = await personById(tx.db, unitId, personId);
    if (!person || !(await endPerson(tx.db, unitId, personId, tx.clock.now()))) throw notFound('The person');
    tx.record({
      object: { type: 'unit', id: unit.id },
      unitPath: unit.path,
      data: { change: 'person dismissed', person: factsOf(person) },
    });
    tellOf(tx, unit, 'changed');
  },
);

/** Shows a person's telephone and address in full. Who asked and why is in the journal. */
export const revealPerson = action(
  'unit.reveal',
  z.object({ unitId: z.uuid(), personId: z.uuid(), reason: z.string().trim().min(4).max(200) }),
  async (tx, { unitId, personId, reason }) => {
    const unit = await visibleUnit(tx, unitId);
    const person = await personById(tx.db, unitId, personId);
    if (!person) throw notFound('The person');
    tx.record({
      object: { type: 'unit', id: unit.id },
      unitPath: unit.path,
      data: { change: 'person revealed', person: factsOf(person), reason },
    });
    return { phone: person.phone, email: person.email };
  },
);

/** Opens the centre this platform, or one below it, works as. Its level is that of its division. */
export const createCentre = action(
  'installation.setup',
  z.object({ name: z.string().trim().min(2).max(100), divisionCode: z.string().regex(/^\d{6}$/) }),
  async (tx, { name, divisionCode }) => {
    const division = await divisionByCode(tx.db, divisionCode);
    if (!division) throw invalid('The division does not exist', [{ at: '/divisionCode', message: 'is unknown' }]);
    const centre = {
      id: tx.ids.next(),
      name,
      level: levelOfDivision(divisionCode),
      divisionCode,
      divisionName: division.name,
      path: divisionPath(divisionCode),
    };
    if (!(await insertCentre(tx.db, centre, tx.clock.now()))) {
      throw conflict('This division has its centre already', 'centre.taken');
    }
    tx.record({
      object: { type: 'centre', id: centre.id },
      unitPath: centre.path,
      data: { change: 'created', name, level: centre.level, divisionCode },
    });
    tx.publish({ topic: 'centre', id: centre.id, action: 'created', unitPath: centre.path, side: 'both' });
    return centre;
  },
);

const putDivisionStandard = action(
  'installation.setup',
  z.object({ folder: z.string().optional() }),
  async (tx, { folder }) => {
    const standard = await loadDivisions(folder);
    await putDivisions(tx.db, standard);
    // Of interest to all below the region whose divisions they are.
    const root = standard.divisions[0]?.code ?? '';
    tx.record({
      object: { type: 'division-standard', id: standard.version },
      unitPath: divisionPath(root),
      data: { standard: standard.standard, version: standard.version, divisions: standard.divisions.length },
    });
  },
);

/**
 * Brings the newest version of the divisions into the record; does nothing when it is there. For start-up.
 *
 * @param system the platform's own context
 */
export async function seedDivisions(system: Ctx, folder?: string): Promise<void> {
  const standard = await loadDivisions(folder);
  const present = await system.read((db) => divisionVersion(db));
  if (present !== undefined && present >= standard.version) return;
  await putDivisionStandard(system, folder === undefined ? {} : { folder });
}

export const listCentres = (ctx: Ctx) => ctx.read((db) => allCentres(db));
