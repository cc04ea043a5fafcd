import { z } from 'zod';
import { notFound } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import { AssetQuery, listAssets } from '../list.ts';
import { definitionOf } from '../model/classes.ts';
import type { Asked } from '../query.ts';
import { GAP_IDS, gapTitle } from './gaps.ts';
import { UNRESOLVED, unresolvedOrder } from './unresolved.ts';

/** Assets that one order names. */
const NAMED_MAX = 40;

export const GapOrderQuery = z.object({
  gap: z.enum([...GAP_IDS, UNRESOLVED]),
  unit: z.string().max(300).describe('path of the unit that is written to'),
});

export const GapOrder = z.object({
  title: z.string(),
  body: z.string(),
  advice: z.string(),
  evidence: z.array(z.object({ at: z.string(), title: z.string(), text: z.string() })),
});

/**
 * An order about a gap of a unit's ledger as the platform would write it, with the assets that have it. In Chinese, as
 * every order is; the person changes what they like.
 *
 * @throws AppError `not_found` when no asset of the unit has the gap any more
 */
export async function gapOrder(
  db: Db,
  { gap, unit }: z.output<typeof GapOrderQuery>,
  asked: Asked,
): Promise<z.input<typeof GapOrder>> {
  if (gap === UNRESOLVED) return unresolvedOrder(db, unit);
  const query = AssetQuery.parse({ gap, unit, pageSize: NAMED_MAX, sort: 'name', order: 'asc' });
  const { items, total } = await listAssets(db, query, asked);
  if (items.length === 0) throw notFound('An asset of the unit with this gap');
  const { title, hint, request } = gapTitle(gap);
  const named = total > items.length ? `，先列出其中 ${items.length} 项` : '';
  return {
    title: `关于${total}项资产“${title.zh}”问题的整改通知`,
    body: `经核查资产台账，你单位有 ${total} 项资产存在“${title.zh}”问题（${hint.zh}）${named}，清单见监测线索。${request.zh}`,
    advice: '1. 在平台“我的资产”中打开清单所列资产，核实后补正登记。\n2. 不属于本单位的资产，写明理由退回中心。',
    evidence: items.map((asset) => ({
      at: asset.lastSeenAt,
      title: asset.name,
      text: [definitionOf(asset.class).title.zh, ...asset.hosts, ...asset.addresses, ...asset.domains]
        .slice(0, 6)
        .join('；'),
    })),
  };
}
