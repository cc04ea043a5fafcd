import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { notFound } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { inArea } from '../area.ts';
import type { ObservedFacts } from '../observations/observation.ts';
import { LEDGER_SOURCE } from '../observations/prepare.ts';

/**
 * What logs and scans name and the ledger has no asset for. An address or a name alone makes no asset, so no gap of assets
 * shows it: these are observations.
 */
export const UNRESOLVED = 'unresolved';

/** Accounts are left out: of each log-on there is one, and no unit enters them. */
const CLASSES = ['host', 'site', 'service', 'api'];

/** The condition on `asset_observation`. */
export const unresolvedOnes = (): RawBuilder<boolean> => sql<boolean>`link_state = 'unresolved' AND gone_at IS NULL
  AND source <> ${LEDGER_SOURCE} AND class = ANY(${CLASSES}::text[])`;

const TITLE = { zh: '所见未入台账', en: 'Seen and not in the ledger' };
const HINT = {
  zh: '日志或扫描中出现的主机、网站、服务、接口，凭地址或名称对不上台账里的任何资产',
  en: 'Machines, sites, services and interfaces in logs or scans whose address or name is of no asset of the ledger',
};

const Title = z.object({ zh: z.string(), en: z.string() });
export const UnresolvedView = z.object({
  title: Title,
  hint: Title,
  observations: z.number().int(),
  more: z.boolean().describe('there are more than were counted'),
});

const COUNTED_MAX = 10_000;

/** How many there are of a unit or area, counted up to 10,000; /api/assets/observations?unresolved=true lists them. */
export async function countUnresolved(db: Db, unit = '/'): Promise<z.input<typeof UnresolvedView>> {
  const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM (SELECT 1 FROM asset_observation
    WHERE ${inArea(unit)} AND ${unresolvedOnes()} LIMIT ${COUNTED_MAX + 1}) c`.execute(db);
  const n = rows[0]?.n ?? 0;
  return { title: TITLE, hint: HINT, observations: Math.min(n, COUNTED_MAX), more: n > COUNTED_MAX };
}

/** Observations that one order names. */
const NAMED_MAX = 40;

/** An order to a unit about these, as `gapOrder` writes it. @throws AppError `not_found` when there is none any more */
export async function unresolvedOrder(db: Db, unit: string) {
  const { observations, more } = await countUnresolved(db, unit);
  if (observations === 0) throw notFound('An observation of the unit without an asset');
  const rows = await db
    .selectFrom('asset_observation')
    .select(['source', 'native_key', 'facts', 'first_seen_at', 'last_seen_at'])
    .where(inArea(unit))
    .where(unresolvedOnes())
    .orderBy('last_seen_at', 'desc')
    .orderBy('id')
    .limit(NAMED_MAX)
    .execute();
  const count = `${observations}${more ? '以上' : ''}`;
  const named = observations > rows.length ? `，先列出最近看到的 ${rows.length} 条` : '';
  return {
    title: `关于${count}条“${TITLE.zh}”线索的核实通知`,
    body: `经核查，你单位有 ${count} 条“${TITLE.zh}”线索（${HINT.zh}）${named}，清单见监测线索。请逐条核实：属于本单位的登记入台账，补全名称、用途和责任人；不属于的说明情况。`,
    advice:
      '1. 在平台“资产观测”中打开“所见未入台账”，对属于本单位的点“登记为资产”。\n2. 不属于本单位的，在回执中逐条说明。',
    evidence: rows.map((row) => {
      const { name, hostNames = [], addresses = [], designation } = row.facts as ObservedFacts;
      const keys = [designation ?? '', ...hostNames, ...addresses].filter((text) => text !== '');
      return {
        at: row.last_seen_at.toISOString(),
        title: name || keys[0] || row.native_key,
        text: [`来源 ${row.source}`, ...new Set(keys), `首次看到 ${row.first_seen_at.toISOString()}`]
          .slice(0, 6)
          .join('；'),
      };
    }),
  };
}
