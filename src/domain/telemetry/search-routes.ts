import { Readable } from 'node:stream';
import { z } from 'zod';
import { COLUMNS } from '#engine/fields/dictionary.ts';
import { SEARCH_LIMITS } from '#engine/search/query.ts';
import { invalid } from '#platform/errors.ts';
import { type Route, route } from '#platform/http/route.ts';
import { recordExport } from './actions.ts';
import { EXPORT_ROWS_MAX, exportEvents } from './export.ts';
import { eventById, FACT_COLUMNS, facets, histogram, searchEvents } from './search.ts';

const RANGE_MS_MAX = 400 * 86_400_000;

const Instant = z.iso.datetime({ offset: true });
const Range = {
  query: z.string().max(SEARCH_LIMITS.length).default(''),
  from: Instant.describe('inclusive'),
  to: Instant.describe('exclusive'),
};
const Columns = z.array(z.string().max(64)).max(60).default([]);

/** @throws AppError `invalid_input` for an empty or endless range */
function rangeOf({ from, to }: { from: string; to: string }): { from: Date; to: Date } {
  const range = { from: new Date(from), to: new Date(to) };
  const ms = range.to.getTime() - range.from.getTime();
  if (ms > 0 && ms <= RANGE_MS_MAX) return range;
  const message = ms > 0 ? 'at most 400 days at once' : 'must be after the beginning';
  throw invalid(`The range of time: ${message}`, [{ at: '/to', message }], 'search.range');
}

const search = route({
  method: 'POST',
  url: '/api/events/search',
  permission: 'event.search',
  summary: 'Search events; newest first, page by page with a cursor',
  body: z.object({
    ...Range,
    columns: Columns,
    order: z.enum(['asc', 'desc']).default('desc'),
    limit: z.int().min(1).max(500).default(100),
    cursor: z.string().max(400).optional(),
  }),
  response: z.object({
    items: z.array(z.record(z.string(), z.string())).describe('event_id, time, text and the chosen columns'),
    cursor: z.string().nullable().describe('for the next page; null at the end'),
    tookMs: z.number(),
  }),
  handler: (ctx, { body, closed }) => searchEvents(ctx, { ...body, ...rangeOf(body), cursor: body.cursor }, closed),
});

const bars = route({
  method: 'POST',
  url: '/api/events/histogram',
  permission: 'event.search',
  summary: 'How many events were found over time',
  body: z.object(Range),
  response: z.object({
    items: z.array(z.object({ at: z.string(), count: z.number() })),
    stepSeconds: z.number(),
    total: z.number(),
    tookMs: z.number(),
  }),
  handler: (ctx, { body, closed }) => histogram(ctx, { query: body.query, ...rangeOf(body) }, closed),
});

const top = route({
  method: 'POST',
  url: '/api/events/facets',
  permission: 'event.search',
  summary: 'The most frequent values of some columns among the events found',
  body: z.object({
    ...Range,
    columns: z.array(z.string().max(64)).min(1).max(12),
    top: z.int().min(1).max(50).default(10),
  }),
  response: z.object({
    items: z.array(
      z.object({ column: z.string(), values: z.array(z.object({ value: z.string(), count: z.number() })) }),
    ),
  }),
  handler: async (ctx, { body, closed }) => ({
    items: await facets(ctx, { query: body.query, ...rangeOf(body), columns: body.columns, top: body.top }, closed),
  }),
});

const Texts = z.union([z.string(), z.array(z.string())]);

const one = route({
  method: 'GET',
  url: '/api/events/:id',
  permission: 'event.search',
  summary: 'One event: its fields under the names of its source, its columns, its original text',
  params: z.object({ id: z.string().min(1).max(200) }),
  response: z.object({
    id: z.string(),
    time: z.string(),
    receivedAt: z.string(),
    source: z.string(),
    sourceId: z.string(),
    logsource: z.object({ product: z.string(), category: z.string(), service: z.string() }),
    unitPath: z.string(),
    fields: z.record(z.string(), Texts),
    columns: z.record(z.string(), z.string()),
    raw: z.string(),
    problem: z.string(),
  }),
  handler: async (ctx, { params }) => {
    const { event, columns, sourceId } = await eventById(ctx, params.id);
    const { id, timeMs, receivedAtMs, source, logsource, unitPath, raw, problem } = event;
    const fields = Object.fromEntries(
      Object.entries(event.fields).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
    );
    const time = new Date(timeMs).toISOString();
    const receivedAt = new Date(receivedAtMs).toISOString();
    return { id, time, receivedAt, source, sourceId, logsource, unitPath, fields, columns, raw, problem };
  },
});

const columnList = route({
  method: 'GET',
  url: '/api/events/columns',
  permission: 'event.search',
  summary: 'Columns that can be searched, shown and counted',
  response: z.object({
    items: z.array(z.object({ column: z.string(), ecs: z.string(), type: z.string(), meaning: z.string() })),
  }),
  handler: async () => ({
    items: [
      ...FACT_COLUMNS.map((column) => ({
        column,
        ecs: '',
        type: 'string',
        meaning: 'What the platform knows of the event',
      })),
      ...COLUMNS.map(({ column, ecs, type, meaning }) => ({ column, ecs, type, meaning })),
    ],
  }),
});

const save = route({
  method: 'POST',
  url: '/api/events/export',
  permission: 'event.export',
  summary: `Export events found, oldest first, at most ${EXPORT_ROWS_MAX}; recorded in the journal`,
  body: z.object({ ...Range, columns: Columns, format: z.enum(['ndjson', 'csv']) }),
  response: null,
  ratePerMinute: 20,
  handler: async (ctx, { body, reply, closed }) => {
    const range = rangeOf(body);
    const lines = exportEvents(
      ctx,
      { ...range, query: body.query, columns: body.columns, format: body.format },
      closed,
    );
    await recordExport(ctx, {
      query: body.query,
      from: body.from,
      to: body.to,
      columns: body.columns,
      format: body.format,
    });
    const type = body.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson';
    reply.send(Readable.from(lines), type, `events-${body.from.slice(0, 10)}.${body.format}`);
  },
});

export const searchRoutes: readonly Route[] = [search, bars, top, columnList, one, save];
