import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import { type Route, route } from '#platform/http/route.ts';
import { splitAll } from '../collect/lines.ts';
import { normaliser, UNPARSED } from '../normalise.ts';
import { ENDPOINTS, REFUSAL_REASONS, type Refusal } from '../refusals.ts';
import { listRefusals } from '../refusals-store.ts';
import { REPARSE_STATES, ReparseInput } from '../reparse/reparse.ts';
import { reparsesOf } from '../reparse/reparse-store.ts';
import { beginReparse } from '../reparse/run.ts';
import { rulesOf } from '../runtime.ts';
import { sourceById } from '../source-store.ts';
import { loadSources } from '../sources.ts';
import { coverageOf } from './coverage.ts';
import { fillingOf } from './filling.ts';
import { ALARM_KINDS } from './judge.ts';
import { openAlarms, watchedSources } from './watch-store.ts';

const Id = z.object({ id: z.uuid() });
const Title = z.object({ zh: z.string(), en: z.string() });
const RuleMet = z.object({ id: z.string(), title: Title, level: z.string() });

const HOUR_MS = 3_600_000;
const TRY_LINES_MAX = 50;
const TRY_LINE_BYTES_MAX = 65_536;

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
        rules: z
          .array(RuleMet)
          .nullable()
          .describe(
            'rules it meets by itself, without correlations; null: not asked, since the caller may not read rules',
          ),
      }),
    ),
    leftOut: z.int().describe('lines beyond the first fifty'),
    refused: z.int().describe('lines longer than 64 KiB, and JSON that ends in the middle'),
  }),
  handler: async (ctx, { body }) => {
    const normalise = normaliser(await loadSources());
    const items = splitAll(Buffer.from(body.text), TRY_LINE_BYTES_MAX);
    const lines = items.flatMap((item) => (item.kind === 'line' ? [item.bytes.toString('utf8')] : []));
    const receivedAtMs = ctx.clock.now().getTime();
    const events = lines
      .slice(0, TRY_LINES_MAX)
      .map((text) => normalise({ id: 'try', text, receivedAtMs, unitPath: '/', sourceHint: body.kind, sender: '' }));
    const rules = ctx.may('rule.read') ? await rulesOf(ctx)?.(events) : undefined;
    return {
      items: events.map(({ raw, source, timeMs, logsource, fields, problem }, index) => ({
        raw,
        source,
        parsed: source !== UNPARSED,
        time: new Date(timeMs).toISOString(),
        logsource,
        fields: Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
        ),
        problem,
        rules: rules?.[index]?.map(({ title, ...rule }) => ({ ...rule, title: { ...title } })) ?? null,
      })),
      leftOut: Math.max(0, lines.length - TRY_LINES_MAX),
      refused: items.length - lines.length,
    };
  },
});

/** Of sources with alarms; the others are counted and found in their list. */
const ALARMED_SHOWN = 50;

const alarms = route({
  method: 'GET',
  url: '/api/telemetry/alarms',
  permission: 'source.read',
  summary: `What is wrong with the sources in sight, newest first, of at most ${ALARMED_SHOWN} sources; each alarm is cleared by itself`,
  response: z.object({
    items: z.array(
      z.object({
        id: z.uuid(),
        kind: z.enum(ALARM_KINDS),
        raisedAt: z.string(),
        seen: z.record(z.string(), z.number()),
        source: z.object({ id: z.uuid(), name: z.string(), unitPath: z.string() }),
      }),
    ),
    sources: z.int().describe('all sources with alarms: GET /api/sources?alarm=any lists them'),
  }),
  handler: (ctx) =>
    ctx.read(async (db) => {
      const open = await openAlarms(db);
      const ids = [...new Set(open.map(({ sourceId }) => sourceId))];
      const shown = new Set(ids.slice(0, ALARMED_SHOWN));
      const watched = await watchedSources(db, ctx.clock.now(), [...shown]);
      const sources = new Map(watched.map((source) => [source.id, source]));
      return {
        sources: ids.length,
        items: open
          .filter(({ sourceId }) => shown.has(sourceId))
          .map(({ id, sourceId, unitPath, kind, seen, raisedAt }) => ({
            id,
            kind,
            raisedAt: raisedAt.toISOString(),
            seen: { ...seen },
            source: { id: sourceId, unitPath, name: sources.get(sourceId)?.name ?? '' },
          })),
      };
    }),
});

const RefusalView = z.object({
  endpoint: z.enum(ENDPOINTS),
  address: z.string().describe("the sender's; empty: addresses that are not remembered one by one any more"),
  reason: z.enum(REFUSAL_REASONS),
  refused: z.number().describe('requests, connections or datagrams'),
  firstAt: z.string(),
  lastAt: z.string(),
});

const viewOfRefusal = ({ firstAt, lastAt, ...refusal }: Refusal): z.input<typeof RefusalView> => ({
  ...refusal,
  firstAt: firstAt.toISOString(),
  lastAt: lastAt.toISOString(),
});

const REFUSALS_SHOWN = 200;

const refusals = route({
  method: 'GET',
  url: '/api/sources/refusals',
  permission: 'source.read',
  summary: 'Who delivered in vain: refused before it was known whose it is, over all processes, most recent first',
  query: z.object({
    hours: z.coerce.number().int().min(1).max(840).default(24).describe('last refused within so many hours'),
  }),
  response: z.object({
    items: z.array(RefusalView),
    others: z.array(RefusalView).describe('the same of addresses that were too many to be remembered, in one'),
    leftOut: z.int().describe(`entries beyond the first ${REFUSALS_SHOWN}`),
  }),
  handler: async (ctx, { query }) => {
    const since = new Date(ctx.clock.now().getTime() - query.hours * HOUR_MS);
    const found = await ctx.read((db) => listRefusals(db, since, REFUSALS_SHOWN));
    return {
      items: found.refusals.map(viewOfRefusal),
      others: found.others.map(viewOfRefusal),
      leftOut: found.total - found.refusals.length,
    };
  },
});

const Kind = z.enum(['cloud', 'network', 'endpoint', 'application', 'data']);

const coverage = route({
  method: 'GET',
  url: '/api/telemetry/coverage',
  permission: 'source.read',
  summary: 'Which units and kinds of assets send nothing: the last day, units without any events first',
  response: z.object({
    items: z.array(
      z.object({
        unit: z.object({ id: z.uuid(), name: z.string(), path: z.string() }),
        sources: z.object({ active: z.int(), delivering: z.int() }),
        events: z.number(),
        kinds: z.array(z.object({ kind: Kind, assets: z.int(), events: z.number() })),
        state: z
          .enum(['dark', 'gaps', 'covered'])
          .describe('dark: nothing came; gaps: a kind of asset it has sends nothing; covered: every kind it has sends'),
      }),
    ),
    totals: z.object({ units: z.int(), dark: z.int(), gaps: z.int(), covered: z.int() }),
    leftOut: z.int().describe('units beyond the first two thousand'),
  }),
  handler: (ctx) => coverageOf(ctx),
});

const Run = z.object({
  id: z.uuid(),
  from: z.string(),
  to: z.string(),
  wasKind: z.string(),
  asKind: z.string(),
  state: z.enum(REPARSE_STATES),
  total: z.number(),
  done: z.number(),
  changed: z.number(),
  unparsed: z.number(),
  fault: z.string(),
  askedByName: z.string(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
});

async function needSource(ctx: Ctx, id: string): Promise<void> {
  if ((await ctx.read((db) => sourceById(db, id))) === undefined) throw notFound('The source');
}

const reading = route({
  method: 'GET',
  url: '/api/sources/:id/reading',
  permission: 'source.read',
  summary:
    'How the lines of a source were read in the last day: kinds by sender, fields never filled, repeats; runs of reading again',
  params: Id,
  response: z.object({
    kinds: z.array(z.object({ kind: z.string(), sender: z.string(), events: z.number(), problems: z.number() })),
    looked: z.number().describe('events that were looked at for the fields'),
    fields: z
      .array(z.object({ kind: z.string(), never: z.array(z.string()), filled: z.int() }))
      .describe('by kind: fields it can fill and how many of them came'),
    repeats: z.number().describe('events of the last hour whose text came before in it'),
    runs: z.array(Run),
  }),
  handler: async (ctx, { params }) => {
    await needSource(ctx, params.id);
    const runs = await ctx.read((db) => reparsesOf(db, params.id));
    return {
      ...(await fillingOf(ctx, params.id)),
      runs: runs.map(({ from, to, createdAt, finishedAt, ...run }) => ({
        ...run,
        from: from.toISOString(),
        to: to.toISOString(),
        createdAt: createdAt.toISOString(),
        finishedAt: finishedAt === null ? null : finishedAt.toISOString(),
      })),
    };
  },
});

const reparse = route({
  method: 'POST',
  url: '/api/sources/:id/reparse',
  permission: 'source.manage',
  summary:
    'Read the stored texts of a source again, with another kind or with better sources; goes on in the background',
  params: Id,
  body: ReparseInput,
  response: Id,
  handler: (ctx, { params, body }) => beginReparse(ctx, params.id, body),
});

export const watchRoutes: readonly Route[] = [alarms, coverage, reading, refusals, reparse, tryLines];
