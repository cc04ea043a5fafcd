import { z } from 'zod';
import { type Route, route } from '#platform/http/route.ts';
import { StandingView, standing } from './standing.ts';
import { TimelineQuery, TimelineView, timeline } from './timeline.ts';

const Id = z.object({ id: z.uuid() });

export const dossierRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/assets/:id/timeline',
    permission: 'asset.read',
    summary:
      'The life of an asset, the newest first: changes, merges, observations, responsibility, vulnerabilities, alerts, incidents, orders, events by day',
    params: Id,
    query: TimelineQuery,
    response: TimelineView,
    handler: (ctx, { params, query, closed }) => timeline(ctx, params.id, query, closed),
  }),
  route({
    method: 'GET',
    url: '/api/assets/:id/standing',
    permission: 'asset.read',
    summary: 'What is open about an asset now: vulnerabilities, orders, alerts of the last thirty days',
    params: Id,
    response: StandingView,
    handler: (ctx, { params }) => standing(ctx, params.id),
  }),
];
