import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { initialsOf } from '#platform/initials.ts';
import {
  appointPerson,
  changeUnit,
  closeUnit,
  createUnit,
  dismissPerson,
  listCentres,
  revealPerson,
} from './actions.ts';
import { allDivisions, type Division, unitsPerDivision } from './division-store.ts';
import { type Person, pageOfUnits, personsOf, type Unit, unitById } from './store.ts';
import {
  CENTRE_LEVELS,
  DUTIES,
  maskEmail,
  maskPhone,
  PersonInput,
  SECTORS,
  UNIT_KINDS,
  UnitChange,
  UnitInput,
} from './unit.ts';

const UnitId = z.object({ id: z.uuid() });
const PersonId = z.object({ id: z.uuid(), personId: z.uuid() });

const PersonView = z.object({
  id: z.uuid(),
  duty: z.enum(DUTIES),
  name: z.string(),
  post: z.string(),
  phone: z.string().nullable(),
  email: z.string().nullable(),
  masked: z.boolean().describe('true when telephone and address are shown in part only'),
  sinceAt: z.string(),
});

const UnitView = z.object({
  id: z.uuid(),
  code: z.string(),
  name: z.string(),
  shortName: z.string(),
  kind: z.enum(UNIT_KINDS),
  sector: z.string(),
  division: z.object({ code: z.string(), name: z.string() }),
  path: z.string(),
  parentId: z.uuid().nullable(),
  uscc: z.string().nullable(),
  state: z.enum(['active', 'closed']),
  closedReason: z.string().nullable(),
  createdAt: z.string(),
  changedAt: z.string(),
  version: z.number().int(),
  firstResponsible: PersonView.nullable(),
  directlyResponsible: PersonView.nullable(),
});

const UnitDetail = UnitView.extend({
  parent: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  persons: z.array(PersonView),
});

const UnitQuery = Paging.extend({
  search: z
    .string()
    .trim()
    .max(100)
    .optional()
    .describe('part of a name, of the initials of its pinyin, of code or identifier'),
  division: z
    .string()
    .regex(/^\d{6}$/)
    .optional()
    .describe('units in this division and below'),
  kind: z.enum(UNIT_KINDS).optional(),
  sector: z.enum(SECTORS).optional(),
  parentId: z.uuid().optional(),
  state: z.enum(['active', 'closed']).optional(),
  sort: z.enum(['name', 'code', 'division', 'changedAt']).optional(),
  order: z.enum(['asc', 'desc']).optional(),
});

const DivisionView = z.object({
  code: z.string(),
  name: z.string(),
  nameEn: z.string().nullable(),
  level: z.enum(CENTRE_LEVELS),
  parentCode: z.string().nullable(),
  path: z.string(),
  initials: z.string().describe('first letters of the pinyin of its name, by which it is found'),
  units: z.number().int().describe('active units directly in it that the caller sees'),
});

/** Whoever keeps the register and the unit's own people see contact data in full; others see it masked. */
const seesContacts = (ctx: Ctx, unit: Unit): boolean => ctx.may('unit.manage') || ctx.scope.path === unit.path;

function personView(ctx: Ctx, unit: Unit, person: Person): z.input<typeof PersonView> {
  const open = seesContacts(ctx, unit);
  const { id, duty, name, post, phone, email } = person;
  return {
    id,
    duty,
    name,
    post,
    phone: phone && !open ? maskPhone(phone) : phone,
    email: email && !open ? maskEmail(email) : email,
    masked: !open && (phone !== null || email !== null),
    sinceAt: person.sinceAt.toISOString(),
  };
}

function unitView(ctx: Ctx, unit: Unit, persons: readonly Person[]): z.input<typeof UnitView> {
  const { divisionCode, divisionName, createdAt, changedAt, ...rest } = unit;
  const holder = (duty: Person['duty']) => {
    const person = persons.find((candidate) => candidate.duty === duty && candidate.unitId === unit.id);
    return person ? personView(ctx, unit, person) : null;
  };
  return {
    ...rest,
    division: { code: divisionCode, name: divisionName },
    createdAt: createdAt.toISOString(),
    changedAt: changedAt.toISOString(),
    firstResponsible: holder('first_responsible'),
    directlyResponsible: holder('directly_responsible'),
  };
}

async function unitDetail(ctx: Ctx, id: string): Promise<z.input<typeof UnitDetail>> {
  return ctx.read(async (db) => {
    const unit = await unitById(db, id);
    if (!unit) throw notFound('The unit');
    const persons = await personsOf(db, [unit.id]);
    const parent = unit.parentId ? await unitById(db, unit.parentId) : undefined;
    return {
      ...unitView(ctx, unit, persons),
      parent: parent ? { id: parent.id, name: parent.name } : null,
      persons: persons.map((person) => personView(ctx, unit, person)),
    };
  });
}

export const organizationRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/divisions',
    permission: 'signed-in',
    summary: 'Administrative divisions with the number of units in each',
    response: z.object({ items: z.array(DivisionView) }),
    handler: (ctx) =>
      ctx.read(async (db) => {
        const counts = await unitsPerDivision(db);
        const divisions = await allDivisions(db);
        const viewOf = (division: Division) => ({
          ...division,
          initials: initialsOf(division.name),
          units: counts.get(division.code) ?? 0,
        });
        return { items: divisions.map(viewOf) };
      }),
  }),
  route({
    method: 'GET',
    url: '/api/centres',
    permission: 'unit.read',
    summary: 'Security operation centres',
    response: z.object({
      items: z.array(
        z.object({
          id: z.uuid(),
          name: z.string(),
          level: z.enum(CENTRE_LEVELS),
          divisionCode: z.string(),
          divisionName: z.string(),
          path: z.string(),
        }),
      ),
    }),
    handler: async (ctx) => ({ items: await listCentres(ctx) }),
  }),
  route({
    method: 'GET',
    url: '/api/units',
    permission: 'unit.read',
    summary: 'Units, by text, division, kind and sector',
    query: UnitQuery,
    response: listOf(UnitView),
    handler: (ctx, { query }) =>
      ctx.read(async (db) => {
        const page = { offset: offsetOf(query), limit: query.pageSize, sort: query.sort, order: query.order };
        const { items, total } = await pageOfUnits(db, query, page);
        const persons = await personsOf(
          db,
          items.map((unit) => unit.id),
        );
        return { items: items.map((unit) => unitView(ctx, unit, persons)), total };
      }),
  }),
  route({
    method: 'GET',
    url: '/api/units/:id',
    permission: 'unit.read',
    summary: 'One unit with the persons who answer for it',
    params: UnitId,
    response: UnitDetail,
    handler: (ctx, { params }) => unitDetail(ctx, params.id),
  }),
  route({
    method: 'POST',
    url: '/api/units',
    permission: 'unit.manage',
    summary: 'Open a unit',
    body: UnitInput,
    response: UnitDetail,
    handler: async (ctx, { body }) => {
      const unit = await createUnit(ctx, body);
      return unitDetail(ctx, unit.id);
    },
  }),
  route({
    method: 'PATCH',
    url: '/api/units/:id',
    permission: 'unit.manage',
    summary: 'Change a unit',
    params: UnitId,
    body: z.object({ version: z.number().int().optional(), change: UnitChange }),
    response: UnitDetail,
    handler: async (ctx, { params, body }) => {
      await changeUnit(ctx, { id: params.id, ...body });
      return unitDetail(ctx, params.id);
    },
  }),
  route({
    method: 'POST',
    url: '/api/units/:id/close',
    permission: 'unit.manage',
    summary: 'Close a unit that is dissolved or leaves the platform',
    params: UnitId,
    body: z.object({ reason: z.string().trim().min(4).max(500) }),
    response: UnitDetail,
    handler: async (ctx, { params, body }) => {
      await closeUnit(ctx, { id: params.id, reason: body.reason });
      return unitDetail(ctx, params.id);
    },
  }),
  route({
    method: 'POST',
    url: '/api/units/:id/persons',
    permission: 'unit.manage',
    summary: 'Put a person in office; a responsible person takes over from the one before',
    params: UnitId,
    body: PersonInput,
    response: UnitDetail,
    handler: async (ctx, { params, body }) => {
      await appointPerson(ctx, { unitId: params.id, person: body });
      return unitDetail(ctx, params.id);
    },
  }),
  route({
    method: 'DELETE',
    url: '/api/units/:id/persons/:personId',
    permission: 'unit.manage',
    summary: "End a person's time in office",
    params: PersonId,
    response: UnitDetail,
    handler: async (ctx, { params }) => {
      await dismissPerson(ctx, { unitId: params.id, personId: params.personId });
      return unitDetail(ctx, params.id);
    },
  }),
  route({
    method: 'POST',
    url: '/api/units/:id/persons/:personId/reveal',
    permission: 'unit.reveal',
    summary: "Show a person's telephone and address in full, with a reason that is recorded",
    params: PersonId,
    body: z.object({ reason: z.string().trim().min(4).max(200) }),
    response: z.object({ phone: z.string().nullable(), email: z.string().nullable() }),
    handler: (ctx, { params, body }) =>
      revealPerson(ctx, { unitId: params.id, personId: params.personId, reason: body.reason }),
  }),
];
