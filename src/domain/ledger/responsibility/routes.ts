import { z } from 'zod';
import { notFound } from '#platform/errors.ts';
import { type Route, route } from '#platform/http/route.ts';
import { findAsset } from '../store.ts';
import { DecideDuty, decideDuty, Handover, handOver, SetDuty, setDuty } from './actions.ts';
import { responsibilityOf } from './inherit.ts';
import { listPersons } from './persons.ts';
import { dutiesOf } from './store.ts';
import { DutyView, dutyView, SystemView } from './view.ts';

const Id = z.object({ id: z.uuid() });
const Changed = z.object({ id: z.uuid() });

export const responsibilityRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/assets/:id/duties',
    permission: 'asset.read',
    summary: 'Who answers for the asset now, own or inherited, and who did before; the systems that it belongs to',
    params: Id,
    response: z.object({
      items: z.array(DutyView),
      past: z.array(DutyView),
      systems: z
        .array(SystemView)
        .describe(
          'information systems that it belongs to, the main one first: critical infrastructure, then importance, then 等保 level, then the earlier entered',
        ),
    }),
    handler: (ctx, { params }) =>
      ctx.read(async (db) => {
        if ((await findAsset(db, params.id)) === undefined) throw notFound('The asset');
        const all = (await dutiesOf(db, [params.id], true)).get(params.id) ?? [];
        const { duties, systems } = await responsibilityOf(db, params.id);
        return {
          items: duties.map(dutyView),
          past: all.filter(({ ended }) => ended).map((duty) => dutyView({ ...duty, from: null, main: true })),
          systems: [...systems],
        };
      }),
  }),
  route({
    method: 'PUT',
    url: '/api/assets/:id/duties',
    permission: 'asset.manage',
    summary: 'Say who answers for the asset in a role, since when and on what basis',
    params: Id,
    body: SetDuty,
    response: Changed,
    handler: (ctx, { params, body }) => setDuty(ctx, { ...params, ...body }),
  }),
  route({
    method: 'POST',
    url: '/api/assets/duties/:id/decide',
    permission: 'asset.claim',
    summary: 'Confirm a responsibility, or dispute it',
    params: Id,
    body: DecideDuty,
    response: Changed,
    handler: (ctx, { params, body }) => decideDuty(ctx, { ...params, ...body }),
  }),
  route({
    method: 'GET',
    url: '/api/assets/persons',
    permission: 'asset.handover',
    summary: 'Persons named for assets in use or for one of their roles, those with the most first',
    query: z.object({ unit: z.string().max(300).optional().describe('path: persons of this unit or area') }),
    response: z.object({
      items: z.array(
        z.object({
          person: z.string(),
          assets: z.number().int(),
          units: z
            .number()
            .int()
            .describe('whose assets these are; in several units it may be several people of one name'),
        }),
      ),
    }),
    handler: (ctx, { query: { unit = '' } }) => ctx.read(async (db) => ({ items: await listPersons(db, unit) })),
  }),
  route({
    method: 'POST',
    url: '/api/assets/handover',
    permission: 'asset.handover',
    summary: 'Give what one person held to another',
    body: Handover,
    response: z.object({ handed: z.number().int() }),
    handler: (ctx, { body }) => handOver(ctx, body),
  }),
];
