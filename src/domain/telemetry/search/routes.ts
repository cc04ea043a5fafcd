import { Readable } from 'node:stream';
import { z } from 'zod';
import { dayOf } from '#engine/clocks/calendar.ts';
import { COLUMNS } from '#engine/fields/dictionary.ts';
import { SEARCH_LIMITS } from '#engine/search/query.ts';
import { invalid } from '#platform/errors.ts';
import { type Route, route } from '#platform/http/route.ts';
import { answerLines } from './answer-lines.ts';
import { FACT_COLUMNS } from './columns.ts';
import { complete } from './complete.ts';
import { eventById, searchEvents } from './events.ts';
import { EXPORT_FORMATS, EXPORT_ROWS_MAX, exportEvents, MEDIA_TYPES } from './export.ts';
import { handOver } from './export-journal.ts';
import { find } from './find.ts';
import { type Overview, wholeOverview } from './overview.ts';

const RANGE_MS_MAX = 400 * 86_400_000;

const Instant = z.iso.datetime({ offset: true });
const Range = {
  query: z.string().max(SEARCH_LIMITS.length).default(''),
  from: Instant.describe('inclusive'),
  to: Instant.describe('exclusive'),
};
const Columns = z.array(z.string().max(64)).max(60).default([]);

const Looked = z.object({ from: z.string(), to: z.string() }).describe('what was looked at');
const Unfinished = z.enum(['time', 'memory']).nullable();

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
    unfinished: Unfinished.describe('a bound ended the search before the page was full; the cursor goes on from there'),
    looked: Looked,
    tookMs: z.number(),
  }),
  handler: (ctx, { body, closed }) => searchEvents(ctx, { ...body, ...rangeOf(body), cursor: body.cursor }, closed),
});

const OverviewBody = z.object({
  ...Range,
  columns: z.array(z.string().max(64)).max(12).default([]).describe('count the most frequent values of these'),
  top: z.int().min(1).max(50).default(10),
});

const OverviewAnswer = z.object({
  done: z.number().describe('share of the range looked at, 0 to 1'),
  looked: Looked,
  unfinished: Unfinished,
  total: z.number(),
  stepSeconds: z.number(),
  bars: z.array(z.object({ at: z.string(), count: z.number() })),
  facets: z.array(
    z.object({ column: z.string(), values: z.array(z.object({ value: z.string(), count: z.number() })) }),
  ),
  facetsFrom: z.string().nullable().describe('values were counted among the events from here on'),
  facetsRough: z.boolean().describe('some counts of values may be too low'),
  tookMs: z.number(),
});

const counted = route({
  method: 'POST',
  url: '/api/events/overview',
  permission: 'event.search',
  summary: 'How many events were found over time, and their most frequent values',
  body: OverviewBody,
  response: OverviewAnswer,
  handler: async (ctx, { body, closed }) => answerOf(await wholeOverview(ctx, { ...body, ...rangeOf(body) }, closed)),
});

const findAll = route({
  method: 'POST',
  url: '/api/events/find',
  permission: 'event.search',
  summary:
    'The newest events, counts and values while they are being found: one answer a line, the last one is whole, or `failed` with the reason',
  body: OverviewBody.extend({ shown: Columns, limit: z.int().min(1).max(500).default(100) }),
  response: null,
  handler: async (ctx, { body, reply, closed }) => {
    const steps = find(ctx, { ...body, ...rangeOf(body) }, closed);
    // A wrong query is told as a problem, so the first answer is awaited before anything is sent.
    const first = await steps.next();
    const unexpected = (err: unknown) => {
      if (!closed.aborted) ctx.log.error({ err }, 'a search failed on its way');
    };
    const lines = answerLines(first, steps, { requestId: ctx.requestId, unexpected });
    reply.send(Readable.from(lines), 'application/x-ndjson');
  },
});

const answerOf = (found: Overview): z.input<typeof OverviewAnswer> => ({
  ...found,
  bars: [...found.bars],
  facets: found.facets.map(({ column, values }) => ({ column, values: [...values] })),
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

const completion = route({
  method: 'POST',
  url: '/api/events/complete',
  permission: 'event.search',
  summary: 'How a query may go on at the caret: fields in use, frequent values, operators',
  body: z.object({
    before: z.string().max(SEARCH_LIMITS.length).describe('the query up to the caret'),
    within: z.string().max(SEARCH_LIMITS.length).default('').describe('conditions that hold besides'),
    from: Range.from,
    to: Range.to,
  }),
  response: z.object({
    replace: z.number().describe('characters (UTF-16) before the caret that a proposal takes the place of'),
    items: z.array(
      z.object({
        kind: z.enum(['field', 'value', 'operator']),
        text: z.string(),
        column: z.string().describe('where a field is kept; empty for one without a column'),
        used: z.boolean().describe('events of this time have the field'),
        count: z.number().describe('events looked at that have the value'),
      }),
    ),
  }),
  handler: async (ctx, { body, closed }) => {
    const { replace, items } = await complete(ctx, { ...body, ...rangeOf(body) }, closed);
    return { replace, items: [...items] };
  },
});

const save = route({
  method: 'POST',
  url: '/api/events/export',
  permission: 'event.export',
  summary: `Export events found, oldest first, at most ${EXPORT_ROWS_MAX} (headers x-tongan-events, x-tongan-left-out). The journal says of it (header x-tongan-export) how it ended; an answer that breaks off is incomplete`,
  body: z.object({
    ...Range,
    columns: Columns,
    format: z.enum(EXPORT_FORMATS),
    headings: z
      .record(z.string().max(64), z.string().max(100))
      .optional()
      .describe('of CSV: what columns are called in the first line, by their names'),
  }),
  response: null,
  ratePerMinute: 20,
  handler: async (ctx, { body, reply, closed }) => {
    const { query, from, to, columns, format, headings } = body;
    const asked = { ...rangeOf(body), query, columns, format, headings };
    const made = await exportEvents(ctx, asked, closed);
    const { id, content } = await handOver(ctx, { query, from, to, columns, format }, made, closed);
    reply.header('x-tongan-export', id);
    reply.header('x-tongan-events', String(made.events));
    reply.header('x-tongan-left-out', String(made.leftOut));
    reply.send(content, MEDIA_TYPES[format], `events-${dayOf(new Date(from))}.${format}`);
  },
});

export const searchRoutes: readonly Route[] = [search, findAll, counted, columnList, completion, one, save];
