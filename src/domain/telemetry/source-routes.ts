import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { AppError, notFound } from '#platform/errors.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import type { Db } from '#platform/postgres/database.ts';
import { changeSource, createSource, renewToken } from './actions.ts';
import { healthOf, healthSeries, NO_HEALTH, rejectionsOf, sourceCounts } from './health-store.ts';
import { collectorOf } from './runtime.ts';
import { LISTENERS, SOURCE_STATES, SourceChange, SourceInput, type TelemetrySource } from './source.ts';
import { pageOfSources, sourceById } from './source-store.ts';
import { loadSources } from './sources.ts';
import { ALARM_KINDS, clockSkewMs, type Facts, judge, pausesOf, silentAfterMs, usualInHour } from './watch/judge.ts';
import { openAlarms, watchedSources } from './watch/watch-store.ts';

const Id = z.object({ id: z.uuid() });
const HOUR_MS = 3_600_000;
const SILENT_MS = 15 * 60_000;

const CONDITIONS = ['never', 'good', 'paused', ...ALARM_KINDS] as const;

const Health = z.object({
  received: z.number().describe('lines in the last hour'),
  written: z.number(),
  unparsed: z.number(),
  mistaken: z.number().describe('read as another kind than the source is set to'),
  rejected: z.number(),
  lastEventAt: z.string().nullable(),
  lastReceivedAt: z.string().nullable().describe('to the minute'),
  delayMs: z.number().nullable().describe('mean time from event to receipt'),
  usual: z.number().nullable().describe('lines that are usual in this hour of the day; null when not known yet'),
  silentAfterMs: z.number().describe('after what pause it counts as silent: its own habit'),
  pauses: z
    .object({
      usualMs: z.number().nullable().describe('99 % of them are not longer; null when too little is known'),
      regular: z.boolean().describe('they hardly differ: it sends by the clock'),
      hours: z.array(z.int()).nullable().describe('hours of the day (Asia/Shanghai) that count; null: all'),
      workingDays: z.boolean().describe('only working days count'),
    })
    .describe('how its pauses are measured'),
  skewMs: z.number().nullable().describe('how far its clock is ahead (behind: negative); null when it is right'),
});

const AlarmView = z.object({
  kind: z.enum(ALARM_KINDS),
  raisedAt: z.string(),
  seen: z.record(z.string(), z.number()),
});

const SourceView = z.object({
  id: z.uuid(),
  name: z.string(),
  unitPath: z.string(),
  kind: z.string(),
  listener: z.enum(LISTENERS),
  tokenHint: z.string(),
  sender: z.string(),
  senderKinds: z.record(z.string(), z.string()),
  state: z.enum(SOURCE_STATES),
  condition: z.enum(CONDITIONS),
  createdAt: z.string(),
  createdByName: z.string(),
  changedAt: z.string(),
  version: z.int(),
  health: Health,
  alarms: z.array(AlarmView).describe('not cleared'),
});

const Point = z.object({
  at: z.string(),
  received: z.number(),
  written: z.number(),
  unparsed: z.number(),
  mistaken: z.number().describe('read as another kind than the source is set to'),
  rejected: z.number(),
});

/** The first thing that is wrong with it stands for all. */
function conditionOf(source: TelemetrySource, facts: Facts, now: Date): (typeof CONDITIONS)[number] {
  if (source.state === 'paused') return 'paused';
  const [first] = judge(facts, now.getTime());
  if (first !== undefined) return first.kind;
  return facts.lastReceivedAtMs === null ? 'never' : 'good';
}

const iso = (at: Date | null): string | null => (at === null ? null : at.toISOString());

/** What a page of sources is shown with, read at once for all of them. */
async function viewsOf(db: Db, sources: readonly TelemetrySource[], now: Date): Promise<z.input<typeof SourceView>[]> {
  const ids = sources.map(({ id }) => id);
  if (ids.length === 0) return [];
  const health = await healthOf(db, ids, new Date(now.getTime() - HOUR_MS));
  const watched = new Map((await watchedSources(db, now, ids)).map(({ id, facts }) => [id, facts]));
  const alarms = await openAlarms(db, ids);
  return sources.flatMap((source) => {
    const facts = watched.get(source.id);
    if (facts === undefined) return [];
    const own = health.get(source.id) ?? NO_HEALTH;
    return {
      ...source,
      senderKinds: { ...source.senderKinds },
      condition: conditionOf(source, facts, now),
      createdAt: source.createdAt.toISOString(),
      changedAt: source.changedAt.toISOString(),
      health: {
        ...own,
        lastEventAt: iso(own.lastEventAt),
        lastReceivedAt: iso(own.lastReceivedAt),
        usual: usualInHour(facts, now.getTime()) ?? null,
        silentAfterMs: silentAfterMs(facts.baseline),
        pauses: pausesOf(facts.baseline),
        skewMs: clockSkewMs(facts.delayMsMin) ?? null,
      },
      alarms: alarms
        .filter(({ sourceId }) => sourceId === source.id)
        .map(({ kind, raisedAt, seen }) => ({ kind, raisedAt: raisedAt.toISOString(), seen: { ...seen } })),
    };
  });
}

const hourAgo = (ctx: Ctx): Date => new Date(ctx.clock.now().getTime() - HOUR_MS);

async function sourceView(ctx: Ctx, id: string): Promise<z.input<typeof SourceView>> {
  return ctx.read(async (db) => {
    const source = await sourceById(db, id);
    const [view] = source === undefined ? [] : await viewsOf(db, [source], ctx.clock.now());
    if (view === undefined) throw notFound('The source');
    return view;
  });
}

const list = route({
  method: 'GET',
  url: '/api/sources',
  permission: 'source.read',
  summary: 'Sources of events with what they delivered in the last hour',
  query: Paging.extend({
    search: z.string().trim().max(100).optional(),
    listener: z.enum(LISTENERS).optional(),
    state: z.enum(SOURCE_STATES).optional(),
    unitPath: z.string().max(200).optional(),
    alarm: z
      .enum(['any', ...ALARM_KINDS])
      .optional()
      .describe('only sources with such an alarm'),
  }),
  response: listOf(SourceView),
  handler: (ctx, { query }) =>
    ctx.read(async (db) => {
      const { items, total } = await pageOfSources(db, query, { offset: offsetOf(query), limit: query.pageSize });
      return { items: await viewsOf(db, items, ctx.clock.now()), total };
    }),
});

const Sample = z.object({ id: z.string(), receivedAt: z.string(), problem: z.string(), raw: z.string() });

/**
 * Texts of the last week that a source could not read, newest first. How a source is must be told also while the event
 * store does not answer: then, above all, somebody wants to know.
 */
async function unparsedSamples(ctx: Ctx, id: string): Promise<z.input<typeof Sample>[] | null> {
  const since = new Date(ctx.clock.now().getTime() - 7 * 24 * HOUR_MS);
  try {
    return await ctx.events.query<z.input<typeof Sample>>(
      eventSql`SELECT event_id AS id, received_at AS receivedAt, problem, substring(raw, 1, 2000) AS raw FROM event
        WHERE source_id = ${id} AND received_at >= ${since} AND problem != '' ORDER BY received_at DESC LIMIT ${20}`,
      { tag: 'sources.samples', rowsMax: 20, timeoutMs: 5000 },
    );
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'unavailable')) throw error;
    ctx.log.warn({ err: error, sourceId: id }, 'the event store did not say what a source could not read');
    return null;
  }
}

const detail = route({
  method: 'GET',
  url: '/api/sources/:id',
  permission: 'source.read',
  summary: 'One source: health, its last day in steps of ten minutes, texts that could not be read',
  params: Id,
  response: SourceView.extend({
    series: z.array(Point),
    rejections: z.array(z.object({ reason: z.string(), lines: z.number() })),
    samples: z.array(Sample).nullable().describe('null: the event store did not answer'),
  }),
  handler: async (ctx, { params }) => {
    const view = await sourceView(ctx, params.id);
    const since = new Date(ctx.clock.now().getTime() - 24 * HOUR_MS);
    const facts = await ctx.read(async (db) => ({
      series: await healthSeries(db, { sourceId: params.id, since, stepMinutes: 10 }),
      rejections: await rejectionsOf(db, params.id, since),
    }));
    const series = facts.series.map((point) => ({ ...point, at: point.at.toISOString() }));
    return { ...view, series, rejections: facts.rejections, samples: await unparsedSamples(ctx, params.id) };
  },
});

const WithToken = SourceView.extend({ token: z.string().nullable().describe('shown this once') });

const create = route({
  method: 'POST',
  url: '/api/sources',
  permission: 'source.manage',
  summary: 'Open a source; the token is in the answer and nowhere else',
  body: SourceInput,
  response: WithToken,
  handler: async (ctx, { body }) => {
    const { source, token } = await createSource(ctx, body);
    return { ...(await sourceView(ctx, source.id)), token };
  },
});

const change = route({
  method: 'PATCH',
  url: '/api/sources/:id',
  permission: 'source.manage',
  summary: 'Change name, kind, sender or state of a source',
  params: Id,
  body: z.object({ version: z.int().optional(), change: SourceChange }),
  response: SourceView,
  handler: async (ctx, { params, body }) => {
    await changeSource(ctx, { id: params.id, ...body });
    return sourceView(ctx, params.id);
  },
});

const token = route({
  method: 'POST',
  url: '/api/sources/:id/token',
  permission: 'source.manage',
  summary: 'Give a source a new token; the old one stops at once',
  params: Id,
  response: z.object({ token: z.string().describe('shown this once') }),
  handler: (ctx, { params }) => renewToken(ctx, params.id),
});

const Title = z.object({ zh: z.string(), en: z.string() });

const kinds = route({
  method: 'GET',
  url: '/api/sources/kinds',
  permission: 'source.read',
  summary: 'Kinds of sources the platform can read, and where it listens',
  response: z.object({
    items: z.array(
      z.object({ id: z.string(), title: Title, vendor: z.string(), product: z.string(), formats: z.array(z.string()) }),
    ),
    listeners: z
      .object({
        udp: z.int(),
        tcp: z.int(),
        tls: z.int().nullable(),
        netflow: z.int().nullable(),
        flowOptionsIgnored: z.int().describe('records of exporters about themselves, passed over since the start'),
      })
      .nullable()
      .describe('ports of the listeners of this process: syslog, NetFlow'),
  }),
  handler: async (ctx) => {
    const collector = collectorOf(ctx);
    const syslog = collector?.listeners?.syslog;
    const netflow = collector?.listeners?.netflow;
    return {
      items: [...(await loadSources()).values()].map(({ id, title, vendor, product, formats }) => ({
        id,
        title,
        vendor,
        product,
        formats: [...formats],
      })),
      listeners: syslog
        ? {
            udp: syslog.udp,
            tcp: syslog.tcp,
            tls: syslog.tls ?? null,
            netflow: netflow?.port ?? null,
            flowOptionsIgnored: netflow?.optionsIgnored ?? 0,
          }
        : null,
    };
  },
});

const totals = route({
  method: 'GET',
  url: '/api/telemetry/totals',
  permission: 'overview.read',
  summary: 'How much arrives: counters and the last hour by minute, of the sources in sight',
  response: z.object({
    lastHour: z.object({ received: z.number(), written: z.number(), unparsed: z.number(), rejected: z.number() }),
    today: z.object({ written: z.number() }).describe('since midnight in Asia/Shanghai'),
    perMinute: z.array(Point),
    sources: z.object({ total: z.number(), active: z.number(), delivering: z.number() }),
    queue: z.object({ backlogBytes: z.number(), bytesMax: z.number() }).nullable(),
  }),
  handler: async (ctx) => {
    const now = ctx.clock.now();
    const silentSince = new Date(now.getTime() - SILENT_MS);
    const facts = await ctx.read(async (db) => ({
      minutes: await healthSeries(db, { since: hourAgo(ctx), stepMinutes: 1 }),
      day: await healthSeries(db, { since: midnightInShanghai(now), stepMinutes: 1440 }),
      sources: await sourceCounts(db, silentSince),
    }));
    const lastHour = { received: 0, written: 0, unparsed: 0, rejected: 0 };
    for (const { received, written, unparsed, rejected } of facts.minutes) {
      lastHour.received += received;
      lastHour.written += written;
      lastHour.unparsed += unparsed;
      lastHour.rejected += rejected;
    }
    const queue = collectorOf(ctx)?.queue.stats();
    return {
      lastHour,
      today: { written: facts.day.reduce((sum, { written }) => sum + written, 0) },
      perMinute: facts.minutes.map((point) => ({ ...point, at: point.at.toISOString() })),
      sources: facts.sources,
      queue: queue ? { backlogBytes: queue.backlogBytes, bytesMax: queue.bytesMax } : null,
    };
  },
});

const SHANGHAI_OFFSET_MS = 8 * HOUR_MS;

function midnightInShanghai(now: Date): Date {
  const dayMs = 24 * HOUR_MS;
  return new Date(Math.floor((now.getTime() + SHANGHAI_OFFSET_MS) / dayMs) * dayMs - SHANGHAI_OFFSET_MS);
}

export const sourceRoutes: readonly Route[] = [list, kinds, detail, create, change, token, totals];
