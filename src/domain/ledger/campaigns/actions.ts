import { sql } from 'kysely';
import { z } from 'zod';
import { next } from '#engine/workflow/workflow.ts';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { GAP_IDS, gapCondition } from '../gaps/gaps.ts';
import { ASSET_CLASSES } from '../model/classes.ts';
import { type AssetMove, assetLifecycle } from '../model/lifecycle.ts';
import { moveLocked } from '../model/moves.ts';
import { confirmDuties, disputeDuties } from '../responsibility/answer.ts';
import { dayOfMoment } from '../responsibility/store.ts';
import { lockAsset } from '../store.ts';

const ASSETS_MAX = 200_000;
const ANSWERS_MAX = 500;

const Line = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'Control characters are not allowed');

export const StartCampaign = z.object({
  title: Line(100).min(2),
  instructions: z.string().trim().max(2000).default(''),
  dueOn: z.iso.date(),
  unit: z.string().max(300).optional().describe('path: only assets of this unit or area'),
  class: z.enum(ASSET_CLASSES).optional(),
  gap: z.enum(GAP_IDS).optional().describe('only assets with this gap'),
});

/** Asks the units of the area to confirm their assets in use. Each unit gets the list as it is now. */
export const startCampaign = action('asset.campaign', StartCampaign, async (tx, input) => {
  const now = tx.clock.now();
  if (input.dueOn < dayOfMoment(now)) {
    throw invalid('The day lies in the past', [{ at: '/dueOn', message: 'Today or later' }]);
  }
  const id = tx.ids.next();
  // The platform itself asks for the area it is told of; a centre only for its own.
  const unitPath = tx.actor.kind === 'system' ? (input.unit ?? tx.scope.path) : tx.scope.path;
  const { title, instructions, dueOn } = input;
  await tx.db
    .insertInto('asset_campaign')
    .values({
      id,
      unit_path: unitPath,
      title,
      instructions,
      state: 'running',
      gap: input.gap ?? '',
      due_on: dueOn,
      started_at: now,
      started_by_name: tx.actor.name,
      closed_at: null,
    })
    .execute();
  const condition = input.gap === undefined ? sql`true` : gapCondition(input.gap, now);
  // Only units can answer: what lies at the path of an area itself has nobody to be asked.
  const { rows } = await sql<{ n: number }>`
    WITH item AS (
      INSERT INTO asset_campaign_item (campaign_id, asset_id, unit_path)
      SELECT ${id}::uuid, asset.id, asset.unit_path FROM asset JOIN unit u ON u.unit_path = asset.unit_path
      WHERE asset.state NOT IN ('retired', 'written_off') AND asset.merged_into IS NULL
        AND starts_with(asset.unit_path, ${input.unit ?? ''})
        AND (${input.class ?? null}::text IS NULL OR asset.class = ${input.class ?? null}) AND ${condition}
      LIMIT ${ASSETS_MAX}
      RETURNING unit_path),
    told AS (
      INSERT INTO asset_campaign_unit (campaign_id, unit_path, title, instructions, due_on, state, started_at, assets)
      SELECT ${id}::uuid, unit_path, ${title}, ${instructions}, ${dueOn}, 'asked', ${now}, count(*) FROM item
      GROUP BY unit_path RETURNING assets)
    SELECT count(*)::int AS n FROM told`.execute(tx.db);
  const units = rows[0]?.n ?? 0;
  if (units === 0) throw conflict('No unit has an asset to confirm', 'asset.campaign.empty');
  tx.record({ object: { type: 'asset_campaign', id }, unitPath, data: { change: 'start', ...input, units } });
  tx.publish({ topic: 'asset_campaign', id, action: 'asset.campaign', unitPath, side: 'both' });
  return { id };
});

async function lockUnit(tx: Tx, campaignId: string) {
  const row = await tx.db
    .selectFrom('asset_campaign_unit')
    .selectAll()
    .where('campaign_id', '=', campaignId)
    .where('unit_path', '=', tx.scope.path)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw notFound('The campaign');
  if (row.state === 'closed') throw conflict('The campaign is closed', 'asset.campaign.closed');
  return row;
}

/** The move that an answer is, where the asset's state asks for one. */
const MOVE_OF = { confirmed: ['claim', 'confirm'], rejected: ['reject'] } as const satisfies Record<
  string,
  readonly AssetMove[]
>;

export const AnswerCampaign = z.object({
  assetIds: z.array(z.uuid()).min(1).max(ANSWERS_MAX),
  answer: z.enum(['confirmed', 'rejected']),
  note: Line(500).default('').describe('needed to reject: whose it is, or why not ours'),
});

/** A unit confirms or rejects assets of its list. A rejected one goes to the centre as disputed. */
export const answerCampaign = action('asset.claim', AnswerCampaign.extend({ id: z.uuid() }), async (tx, input) => {
  const { id, assetIds, answer, note } = input;
  if (answer === 'rejected' && note === '') {
    throw invalid('Say why', [{ at: '/note', message: 'Whose it is, or why not yours' }], 'asset.move.reason');
  }
  const unit = await lockUnit(tx, id);
  const items = await tx.db
    .updateTable('asset_campaign_item')
    .set({ answer, note, answered_at: tx.clock.now(), answered_by_name: tx.actor.name })
    .where('campaign_id', '=', id)
    .where('unit_path', '=', unit.unit_path)
    .where('asset_id', 'in', assetIds)
    .returning('asset_id')
    .execute();
  if (items.length === 0) throw notFound('The asset in this campaign');
  for (const { asset_id } of items) await settle(tx, asset_id, answer, note, id);
  await recount(tx, id, unit.unit_path);
  tx.record({
    object: { type: 'asset_campaign', id },
    unitPath: unit.unit_path,
    data: { change: 'answer', answer, note, assets: items.length },
    related: items.map(({ asset_id }) => ({ type: 'asset', id: asset_id })),
  });
  tx.publish({ topic: 'asset_campaign', id, action: 'asset.claim', unitPath: unit.unit_path, side: 'both' });
  return { answered: items.length };
});

async function settle(
  tx: Tx,
  assetId: string,
  answer: 'confirmed' | 'rejected',
  note: string,
  campaignId: string,
): Promise<void> {
  const asset = await lockAsset(tx.db, assetId);
  if (asset === undefined) return;
  const move = MOVE_OF[answer].find((name) => next(assetLifecycle, asset.facts.state, name).ok);
  if (move !== undefined) {
    await moveLocked(tx, asset, { move, reason: note, unitPath: '' }, { via: 'campaign', reference: campaignId });
  }
  if (answer === 'confirmed') await confirmDuties(tx, assetId, note);
  else await disputeDuties(tx, asset, note);
}

const recount = async (tx: Tx, campaignId: string, unitPath: string): Promise<void> => {
  await sql`UPDATE asset_campaign_unit u SET state = 'answering', confirmed = c.confirmed, rejected = c.rejected
    FROM (SELECT count(*) FILTER (WHERE answer = 'confirmed')::int AS confirmed,
        count(*) FILTER (WHERE answer = 'rejected')::int AS rejected
      FROM asset_campaign_item WHERE campaign_id = ${campaignId} AND unit_path = ${unitPath}) c
    WHERE u.campaign_id = ${campaignId} AND u.unit_path = ${unitPath}`.execute(tx.db);
};

/** A unit says that its list is complete. @throws AppError `conflict` while assets are unanswered */
export const finishCampaign = action('asset.claim', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const unit = await lockUnit(tx, id);
  const open = unit.assets - unit.confirmed - unit.rejected;
  if (open > 0) throw conflict(`${open} assets are not answered yet`, 'asset.campaign.open');
  await tx.db
    .updateTable('asset_campaign_unit')
    .set({ state: 'done', finished_at: tx.clock.now(), finished_by_name: tx.actor.name })
    .where('campaign_id', '=', id)
    .where('unit_path', '=', unit.unit_path)
    .execute();
  tx.record({
    object: { type: 'asset_campaign', id },
    unitPath: unit.unit_path,
    data: { change: 'finish', confirmed: unit.confirmed, rejected: unit.rejected },
  });
  tx.publish({ topic: 'asset_campaign', id, action: 'asset.claim', unitPath: unit.unit_path, side: 'both' });
  return { id };
});

const OPEN = ['asked', 'answering'] as const;

/** Reminds the units that have not answered. */
export const remindCampaign = action('asset.campaign', z.object({ id: z.uuid() }), async (tx, { id }) => {
  // Locked, because a centre below the one that asked may see the campaign, and change nothing of it.
  const campaign = await tx.db
    .selectFrom('asset_campaign')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (campaign === undefined) throw notFound('The campaign');
  if (campaign.state === 'closed') throw conflict('The campaign is closed', 'asset.campaign.closed');
  const told = await tx.db
    .updateTable('asset_campaign_unit')
    .set((column) => ({ reminders: column('reminders', '+', 1), reminded_at: tx.clock.now() }))
    .where('campaign_id', '=', id)
    .where('state', 'in', OPEN)
    .returning('unit_path')
    .execute();
  tx.record({
    object: { type: 'asset_campaign', id },
    unitPath: campaign.unit_path,
    data: { change: 'remind', title: campaign.title, units: told.map(({ unit_path }) => unit_path) },
  });
  tx.publish({
    topic: 'asset_campaign',
    id,
    action: 'asset.campaign',
    unitPath: campaign.unit_path,
    side: 'both',
  });
  return { units: told.length };
});

/** Ends a campaign; what is unanswered stays so, and shows in its figures. */
export const closeCampaign = action('asset.campaign', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const row = await tx.db
    .updateTable('asset_campaign')
    .set({ state: 'closed', closed_at: tx.clock.now() })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .returning(['unit_path', 'title'])
    .executeTakeFirst();
  if (row === undefined) throw conflict('The campaign is not running', 'asset.campaign.closed');
  await tx.db
    .updateTable('asset_campaign_unit')
    .set({ state: 'closed' })
    .where('campaign_id', '=', id)
    .where('state', 'in', OPEN)
    .execute();
  tx.record({
    object: { type: 'asset_campaign', id },
    unitPath: row.unit_path,
    data: { change: 'close', title: row.title },
  });
  tx.publish({ topic: 'asset_campaign', id, action: 'asset.campaign', unitPath: row.unit_path, side: 'both' });
  return { id };
});

const REMIND_BEFORE_DAYS = 3;
const DAY_MS = 86_400_000;

/** Reminds by itself: three days before the day and each day after it, once a day. @param system the platform's own context */
export async function remindDue(system: Ctx): Promise<void> {
  const soon = dayOfMoment(new Date(system.clock.now().getTime() + REMIND_BEFORE_DAYS * DAY_MS));
  const due = await system.read((db) =>
    db.selectFrom('asset_campaign').select('id').where('state', '=', 'running').where('due_on', '<=', soon).execute(),
  );
  for (const { id } of due) await remindCampaign(system, { id });
}
