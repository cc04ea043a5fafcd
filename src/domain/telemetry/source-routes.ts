import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { changeSource, createSource, renewToken } from './actions.ts';
import { splitAll } from './collect/lines.ts';
import { healthOf, healthSeries, NO_HEALTH, rejectionsOf, type SourceHealth, sourceCounts } from './health-store.ts';
import { normaliser, UNPARSED } from './normalise.ts';
import { collectorOf } from './runtime.ts';
import { LISTENERS, SOURCE_STATES, SourceChange, SourceInput, type TelemetrySource } from './source.ts';
import { pageOfSources, sourceById } from './source-store.ts';
import { loadSources } from './sources.ts';

const Id = z.object({ id: z.uuid() });
const HOUR_MS = 3_600_000;
const SILENT_MS = 15 * 60_000;
/** Beyond this part of unparsed lines a source needs somebody's eye. */
const UNPARSED_SHARE = 0.1;

const CONDITIONS = ['never', 'silent', 'unparsed', 'rejecting', 'good', 'paused'] as const;

const Health = z.object({
  received: z.number().describe('lines in the last hour'),
  written: z.number(),
  unparsed: z.number(),
  rejected: z.number(),
  lastEventAt: z.string().nullable(),
  lastReceivedAt: z.string().nullable().describe('to the minute'),
  delayMs: z.number().nullable().describe('mean time from event to receipt'),
});

const SourceView = z.object({
  id: z.uuid(),
  name: z.string(),
  unitPath: z.string(),
  kind: z.string(),
  listener: z.enum(LISTENERS),
  tokenHint: z.string(),
  sender: z.string(),
  state: z.enum(SOURCE_STATES),
  condition: z.enum(CONDITIONS),
  createdAt: z.string(),
  createdByName: z.string(),
  changedAt: z.string(),
  version: z.int(),
  health: Health,
});

const Point = z.object({
  at: z.string(),
  received: z.number(),
  written: z.number(),
  unparsed: z.number(),
  rejected: z.number(),
});

function conditionOf(source: TelemetrySource, health: SourceHealth, now: Date): (typeof CONDITIONS)[number] {
  if (source.state === 'paused') return 'paused';
  if (health.lastReceivedAt === null) return health.rejected > 0 ? 'rejecting' : 'never';
  if (source.listener !== 'import' && now.getTime() - health.lastReceivedAt.getTime() > SILENT_MS) return 'silent';
  if (health.rejected > 0) return 'rejecting';
  return health.unparsed > health.written * UNPARSED_SHARE ? 'unparsed' : 'good';
}

const iso = (at: Date | null): string | null => (at === null ? null : at.toISOString());

const viewOf = (source: TelemetrySource, health: SourceHealth, now: Date): z.input<typeof SourceView> => ({
  ...source,
  condition: conditionOf(source, health, now),
  createdAt: source.createdAt.toISOString(),
  changedAt: source.changedAt.toISOString(),
  health: { ...health, lastEventAt: iso(health.lastEventAt), lastReceivedAt: iso(health.lastReceivedAt) },
});

const hourAgo = (ctx: Ctx): Date => new Date(ctx.clock.now().getTime() - HOUR_MS);

async function sourceView(ctx: Ctx, id: string): Promise<z.input<typeof SourceView>> {
  return ctx.read(async (db) => {
    const source = await sourceById(db, id);
    if (source === undefined) throw notFound('The source');
    const health = await healthOf(db, [id], hourAgo(ctx));
    return viewOf(source, health.get(id) ?? NO_HEALTH, ctx.clock.now());
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
  }),
  response: listOf(SourceView),
  handler: (ctx, { query }) =>
    ctx.read(async (db) => {
      const { items, total } = await pageOfSources(db, query, { offset: offsetOf(query), limit: query.pageSize });
      const health = await healthOf(
        db,
        items.map(({ id }) => id),
        hourAgo(ctx),
      );
      const now = ctx.clock.now();
      return { items: items.map((source) => viewOf(source, health.get(source.id) ?? NO_HEALTH, now)), total };
    }),
});

const Sample = z.object({ id: z.string(), receivedAt: z.string(), problem: z.string(), raw: z.string() });

/** Texts of the last week that a source could not read, newest first. */
async function unparsedSamples(ctx: Ctx, id: string): Promise<z.input<typeof Sample>[]> {
  const since = new Date(ctx.clock.now().getTime() - 7 * 24 * HOUR_MS);
  return ctx.events.query<z.input<typeof Sample>>(
    eventSql`SELECT event_id AS id, received_at AS receivedAt, problem, substring(raw, 1, 2000) AS raw FROM event
      WHERE source_id = ${id} AND received_at >= ${since} AND problem != '' ORDER BY received_at DESC LIMIT ${20}`,
    { tag: 'sources.samples', rowsMax: 20, timeoutMs: 5000 },
  );
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
    samples: z.array(Sample),
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
    unknownSenders: z
      .array(z.object({ address: z.string(), count: z.int(), lastAt: z.string() }))
      .describe('syslog senders that no source names; what they send is not kept'),
  }),
  handler: async (ctx) => {
    const collector = collectorOf(ctx);
    const syslog = collector?.listeners?.syslog;
    const netflow = collector?.listeners?.netflow;
    const unknown = ctx.may('source.manage') ? (collector?.health.unknownSenders() ?? []) : [];
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
      unknownSenders: unknown.map(({ address, count, lastAt }) => ({ address, count, lastAt: lastAt.toISOString() })),
    };
  },
});

const TRY_LINES_MAX = 50;

const tryLines = route({
  method: 'POST',
  url: '/api/sources/try',
  permission: 'source.read',
  summary: 'What the platform would make of some lines; nothing is kept',
  body: z.object({ text: z.string().min(1).max(200_000), kind: z.string().max(100).default('') }),
  response: z.object({
    items: z.array(
      z.object({
        raw: z.string(),
        source: z.string(),
        parsed: z.boolean(),
        time: z.string(),
        logsource: z.object({ product: z.string(), category: z.string(), service: z.string() }),
        fields: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
        problem: z.string(),
      }),
    ),
    leftOut: z.int().describe('lines beyond the first fifty'),
  }),
  handler: async (ctx, { body }) => {
    const normalise = normaliser(await loadSources());
    const items = splitAll(Buffer.from(body.text), 65_536);
    const lines = items.flatMap((item) => (item.kind === 'line' ? [item.bytes.toString('utf8')] : []));
    const receivedAtMs = ctx.clock.now().getTime();
    return {
      items: lines.slice(0, TRY_LINES_MAX).map((text) => {
        const line = { id: 'try', text, receivedAtMs, unitPath: '/', sourceHint: body.kind, sender: '' };
        const { source, timeMs, logsource, fields, problem } = normalise(line);
        return {
          raw: text,
          source,
          parsed: source !== UNPARSED,
          time: new Date(timeMs).toISOString(),
          logsource,
          fields: Object.fromEntries(
            Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
          ),
          problem,
        };
      }),
      leftOut: Math.max(0, lines.length - TRY_LINES_MAX),
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

export const sourceRoutes: readonly Route[] = [list, kinds, detail, create, change, token, tryLines, totals];
