import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import { normaliseSegment } from '../keys.ts';

/** 政务外网, 互联网, 云, 单位内网. */
const KINDS = ['government_extranet', 'internet', 'cloud', 'unit_network'] as const;

const Ranges = z
  .array(z.string().max(64))
  .min(1)
  .max(500)
  .transform((texts, check) =>
    texts.flatMap((text, index) => {
      const range = normaliseSegment(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);
      if (range === undefined) check.addIssue({ code: 'custom', path: [index], message: `"${text}" is not a range` });
      return range ?? [];
    }),
  );

const ZoneInput = z.object({
  name: z.string().trim().min(1).max(100),
  kind: z.enum(KINDS),
  addressing: z
    .enum(['static', 'dynamic'])
    .describe('static: an address goes to another machine only by a decision of a person'),
  ranges: Ranges.describe('such as 10.1.0.0/16'),
  remark: z.string().trim().max(500).default(''),
});

const ZoneView = z.object({
  id: z.uuid(),
  unitPath: z.string(),
  unit: z.string().describe('whose network it is'),
  name: z.string(),
  kind: z.enum(KINDS),
  addressing: z.enum(['static', 'dynamic']),
  ranges: z.array(z.string()),
  remark: z.string(),
  retired: z.boolean(),
  version: z.number().int(),
});

const Created = z.object({ id: z.uuid() });

/** @throws AppError `conflict` when another zone of the unit has the name */
async function refuseTaken(tx: Tx, unitPath: string, name: string, exceptId: string): Promise<void> {
  const same = await tx.db
    .selectFrom('asset_zone')
    .select('id')
    .where('unit_path', '=', unitPath)
    .where('name', '=', name)
    .where('id', '<>', exceptId)
    .executeTakeFirst();
  if (same !== undefined) throw conflict('The unit already has a zone of this name', 'asset.zone.taken');
}

/** Declares a zone of a unit of the own area. @throws AppError `invalid_input` outside it, `conflict` when the name is taken */
export const declareZone = action(
  'asset.resolve',
  ZoneInput.extend({ unitPath: z.string().max(300).optional() }),
  async (tx, { unitPath = tx.scope.path, ranges, ...zone }) => {
    const id = tx.ids.next();
    if (!unitPath.startsWith(tx.scope.path)) {
      throw invalid('Outside your area', [{ at: '/unitPath', message: 'Choose a unit of your area' }]);
    }
    await refuseTaken(tx, unitPath, zone.name, id);
    await sql`INSERT INTO asset_zone (id, unit_path, name, kind, addressing, ranges, remark, changed_at)
      VALUES (${id}, ${unitPath}, ${zone.name}, ${zone.kind}, ${zone.addressing}, ${ranges}::text[]::cidr[],
        ${zone.remark}, ${tx.clock.now().toISOString()}::timestamptz)`.execute(tx.db);
    tx.record({ object: { type: 'zone', id }, unitPath, data: { change: 'create', ...zone, ranges } });
    return { id };
  },
);

const changeZone = action(
  'asset.resolve',
  ZoneInput.extend({ id: z.uuid(), version: z.number().int(), retired: z.boolean().default(false) }),
  async (tx, { id, version, ranges, retired, ...zone }) => {
    const before = await tx.db.selectFrom('asset_zone').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
    if (before === undefined) throw notFound('The zone');
    if (before.version !== version) throw conflict('Somebody changed the zone: look at it again', 'asset.version');
    await refuseTaken(tx, before.unit_path, zone.name, id);
    const now = tx.clock.now().toISOString();
    await sql`UPDATE asset_zone SET name = ${zone.name}, kind = ${zone.kind}, addressing = ${zone.addressing},
        ranges = ${ranges}::text[]::cidr[], remark = ${zone.remark}, version = version + 1, changed_at = ${now}::timestamptz,
        retired_at = CASE WHEN ${retired} THEN coalesce(retired_at, ${now}::timestamptz) END
      WHERE id = ${id}`.execute(tx.db);
    tx.record({
      object: { type: 'zone', id },
      unitPath: before.unit_path,
      data: { change: 'change', ...zone, ranges, retired },
    });
    return { id };
  },
);

interface Row {
  id: string;
  unit_path: string;
  name: string;
  kind: (typeof KINDS)[number];
  addressing: 'static' | 'dynamic';
  ranges: string[];
  remark: string;
  retired_at: Date | null;
  version: number;
}

export const zoneRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/assets/zones',
    permission: 'asset.read',
    summary: 'Parts of the network in which an address stands for one machine',
    query: Paging,
    response: listOf(ZoneView),
    handler: (ctx, { query }) =>
      ctx.read(async (db) => {
        const { rows } = await sql<Row & { total: number }>`
          SELECT id, unit_path, name, kind, addressing, ranges::text[] AS ranges, remark, retired_at, version,
            count(*) OVER ()::int AS total
          FROM asset_zone ORDER BY unit_path, name, id LIMIT ${query.pageSize} OFFSET ${offsetOf(query)}`.execute(db);
        const names = await namesAtPaths(
          db,
          rows.map(({ unit_path }) => unit_path),
        );
        const items = rows.map(({ unit_path, retired_at, total: _, ...row }) => ({
          ...row,
          unitPath: unit_path,
          unit: names.get(unit_path)?.name ?? unit_path,
          retired: retired_at !== null,
        }));
        return { items, total: rows[0]?.total ?? 0 };
      }),
  }),
  route({
    method: 'POST',
    url: '/api/assets/zones',
    permission: 'asset.resolve',
    summary: 'Declare a zone of the own unit or area',
    body: ZoneInput.extend({ unitPath: z.string().max(300).optional() }),
    response: Created,
    handler: (ctx, { body }) => declareZone(ctx, body),
  }),
  route({
    method: 'PUT',
    url: '/api/assets/zones/:id',
    permission: 'asset.resolve',
    summary: 'Change or retire a zone; what is observed from then on lies in it',
    params: Created,
    body: ZoneInput.extend({ version: z.number().int(), retired: z.boolean().default(false) }),
    response: Created,
    handler: (ctx, { params, body }) => changeZone(ctx, { ...params, ...body }),
  }),
];
