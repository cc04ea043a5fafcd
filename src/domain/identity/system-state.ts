import { statfs } from 'node:fs/promises';
import { sql } from 'kysely';
import { z } from 'zod';
import { settings } from '#platform/config.ts';
import type { Ctx } from '#platform/context.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { type Route, route } from '#platform/http/route.ts';
import { installation } from './store.ts';

/** What an administrator sees of the running platform: how long, how full, and with which settings. */

const StoreKind = z.enum(['embedded', 'server']);

const SystemState = z.object({
  installation: z.string().nullable(),
  environment: z.string(),
  node: z.string(),
  uptimeSeconds: z.number(),
  memoryBytes: z.number(),
  disk: z.object({ freeBytes: z.number(), totalBytes: z.number() }).describe('of the data folder'),
  records: z.object({ kind: StoreKind, bytes: z.number() }),
  events: z.object({
    kind: StoreKind,
    count: z.number().nullable().describe('null when the store did not answer'),
    oldestAt: z.string().nullable(),
  }),
  settings: z.array(
    z.object({ name: z.string(), variable: z.string(), description: z.string(), value: z.string().nullable() }),
  ),
});

/** Settings that may hold a secret are named, never shown. */
const SECRET_SETTINGS = /password|url|key/i;

function valueAt(source: unknown, path: readonly string[]): unknown {
  let value = source;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === part)?.[1];
  }
  return value;
}

function shownSetting(ctx: Ctx, path: readonly string[]): string | null {
  const value = valueAt(ctx.config, path);
  if (value === undefined) return null;
  if (SECRET_SETTINGS.test(path.join('.'))) return '••••••';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

async function recordBytes(ctx: Ctx): Promise<number> {
  const { rows } = await ctx.read((db) =>
    sql<{ bytes: number }>`SELECT pg_database_size(current_database()) AS bytes`.execute(db),
  );
  return Number(rows[0]?.bytes ?? 0);
}

/** The page must say how the rest is, even when the event store does not answer. */
async function eventTotals(ctx: Ctx): Promise<{ count: number | null; oldestAt: string | null }> {
  try {
    const limits = { tag: 'system.events', timeoutMs: 5_000 };
    const [row] = await ctx
      .asSystem()
      .events.query<{ count: number | string; oldest: number | string }>(
        eventSql`SELECT count() AS count, toUnixTimestamp64Milli(min(time)) AS oldest FROM event`,
        limits,
      );
    const count = Number(row?.count ?? 0);
    return { count, oldestAt: count > 0 ? new Date(Number(row?.oldest)).toISOString() : null };
  } catch (cause) {
    ctx.log.warn({ err: cause }, 'the event store did not say how much it holds');
    return { count: null, oldestAt: null };
  }
}

async function diskOf(folder: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

export const systemRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/system',
    permission: 'system.read',
    summary: 'How the platform runs: time, memory, sizes and settings',
    response: SystemState,
    handler: async (ctx) => ({
      installation: (await ctx.read((db) => installation(db)))?.name ?? null,
      environment: ctx.config.environment,
      node: process.version,
      uptimeSeconds: Math.round(process.uptime()),
      memoryBytes: process.memoryUsage.rss(),
      disk: await diskOf(ctx.config.dataDir),
      records: {
        kind: ctx.config.postgres.url ? ('server' as const) : ('embedded' as const),
        bytes: await recordBytes(ctx),
      },
      events: {
        kind: ctx.config.clickhouse.url ? ('server' as const) : ('embedded' as const),
        ...(await eventTotals(ctx)),
      },
      settings: settings().map(({ path, variable, description }) => ({
        name: path.join('.'),
        variable,
        description,
        value: shownSetting(ctx, path),
      })),
    }),
  }),
];
