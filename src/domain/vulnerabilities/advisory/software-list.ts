import { sql } from 'kysely';
import { z } from 'zod';
import { offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import '../tables.ts';

export const SoftwareQuery = Paging.extend({
  asset: z.uuid(),
  text: z.string().max(200).optional().describe('a part of its name or version'),
});

export const SoftwareView = z.object({
  name: z.string(),
  version: z.string(),
  ecosystem: z.string().describe('where its versions come from: deb, rpm, npm …; empty when nobody says'),
  purl: z.string(),
  cpe: z.string(),
  target: z.string().describe('what was looked at, as the tool names it'),
  tool: z.string(),
  seenBy: z.enum(['package', 'banner']).describe('in a list of packages, or as a service says of itself'),
  seenAt: z.string(),
});

/** What an asset has installed or says that it runs, as each tool saw it last; by name. */
export async function listSoftware(db: Db, query: z.output<typeof SoftwareQuery>) {
  const matching = () => {
    const rows = db.selectFrom('vulnerability_software').where('asset_id', '=', query.asset);
    const text = query.text?.trim().toLowerCase() ?? '';
    return text === '' ? rows : rows.where(sql<boolean>`strpos(lower(name || ' ' || version), ${text}) > 0`);
  };
  const rows = await matching()
    .selectAll()
    .orderBy(sql`lower(name)`)
    .orderBy('version')
    .orderBy('target_key')
    .orderBy('tool')
    .orderBy('ecosystem')
    .limit(query.pageSize)
    .offset(offsetOf(query))
    .execute();
  const { total } = await matching().select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  const items = rows.map(
    (row): z.input<typeof SoftwareView> => ({
      name: row.name,
      version: row.version,
      ecosystem: row.ecosystem,
      purl: row.purl,
      cpe: row.cpe,
      target: row.target,
      tool: row.tool,
      seenBy: row.seen_by,
      seenAt: row.seen_at.toISOString(),
    }),
  );
  return { items, total };
}
