import { z } from 'zod';
import { LEGAL_LOG_DAYS_MIN } from '#platform/config.ts';
import type { Ctx } from '#platform/context.ts';
import { type Route, route } from '#platform/http/route.ts';
import { endRetentionRule, HoldInput, placeHold, RuleInput, releaseHold, setRetentionRule } from './actions.ts';
import { confirmClock, doubtedClock } from './clock.ts';
import { countCovered } from './cover.ts';
import { binds, type Hold, Reason, type RetentionRule } from './rules.ts';
import { listHolds, listRules } from './store.ts';

const RuleView = RuleInput.extend({
  id: z.string(),
  belowLegalMinimum: z.boolean(),
  setByName: z.string(),
  setAt: z.string(),
});

const HoldView = HoldInput.extend({
  id: z.string(),
  binding: z.boolean().describe('events it is about are not deleted'),
  own: z.boolean().describe('the caller placed it, so another person must release it'),
  placedByName: z.string(),
  placedAt: z.string(),
  releasedByName: z.string().nullable(),
  releasedAt: z.string().nullable(),
  releaseReason: z.string().nullable(),
});

const ruleView = ({ id, unitPath, kind, days, overrideReason, setByName, setAt }: RetentionRule) => ({
  id,
  unitPath,
  kind,
  days,
  overrideReason,
  belowLegalMinimum: days < LEGAL_LOG_DAYS_MIN,
  setByName,
  setAt: setAt.toISOString(),
});

const holdView = (ctx: Ctx, hold: Hold): z.input<typeof HoldView> => ({
  id: hold.id,
  unitPath: hold.unitPath,
  kind: hold.kind,
  from: hold.from?.toISOString() ?? null,
  to: hold.to?.toISOString() ?? null,
  incident: hold.incident,
  reason: hold.reason,
  until: hold.until?.toISOString() ?? null,
  binding: binds(hold, ctx.clock.now()),
  own: hold.placedById === ctx.actor.id,
  placedByName: hold.placedByName,
  placedAt: hold.placedAt.toISOString(),
  releasedByName: hold.releasedByName,
  releasedAt: hold.releasedAt?.toISOString() ?? null,
  releaseReason: hold.releaseReason,
});

const show = route({
  method: 'GET',
  url: '/api/retention',
  permission: 'retention.read',
  summary: 'How long events are kept, and what is held from deletion; at most 200 of each',
  response: z.object({
    defaultDays: z.int().describe('for events without a rule'),
    legalDaysMin: z.int(),
    rules: z.array(RuleView),
    holds: z.array(HoldView),
    doubtedClock: z
      .object({ clockAt: z.string(), trustedAt: z.string().describe('what deletion takes for now') })
      .nullable()
      .describe('the clock is so far ahead of the last deletion that nothing is deleted by it before it is confirmed'),
  }),
  handler: async (ctx) => {
    const now = ctx.clock.now();
    const [rules, holds, doubted] = await ctx.read(
      async (db) => [await listRules(db), await listHolds(db), await doubtedClock(db, now)] as const,
    );
    return {
      doubtedClock: doubted
        ? { clockAt: doubted.clockAt.toISOString(), trustedAt: doubted.trustedAt.toISOString() }
        : null,
      defaultDays: ctx.config.retention.eventDays,
      legalDaysMin: LEGAL_LOG_DAYS_MIN,
      rules: rules.map(ruleView),
      holds: holds.map((hold) => holdView(ctx, hold)),
    };
  },
});

const set = route({
  method: 'PUT',
  url: '/api/retention/rules',
  permission: 'retention.manage',
  summary: 'Set how long events of a unit and kind are kept; less than the legal minimum needs a reason',
  body: RuleInput,
  response: RuleView,
  handler: async (ctx, { body }) => ruleView(await setRetentionRule(ctx, body)),
});

const end = route({
  method: 'POST',
  url: '/api/retention/rules/end',
  permission: 'retention.manage',
  summary: 'End the rule of a unit and kind',
  body: RuleInput.pick({ unitPath: true, kind: true }),
  response: z.object({}),
  handler: async (ctx, { body }) => {
    await endRetentionRule(ctx, body);
    return {};
  },
});

const place = route({
  method: 'POST',
  url: '/api/retention/holds',
  permission: 'hold.place',
  summary: 'Hold events from deletion',
  body: HoldInput,
  response: HoldView.extend({
    events: z.int().nullable().describe('events it is about now, counted by the hour; null: not counted in time'),
  }),
  handler: async (ctx, { body }) => {
    const hold = await placeHold(ctx, body);
    return { ...holdView(ctx, hold), events: await countCovered(ctx, hold) };
  },
});

const release = route({
  method: 'POST',
  url: '/api/retention/holds/:id/release',
  permission: 'hold.release',
  summary: 'Release a hold; by another person than the one who placed it',
  params: z.object({ id: z.uuid() }),
  body: z.object({ reason: z.string() }),
  response: z.object({}),
  handler: async (ctx, { params, body }) => {
    await releaseHold(ctx, { id: params.id, reason: body.reason });
    return {};
  },
});

const confirm = route({
  method: 'POST',
  url: '/api/retention/clock',
  permission: 'retention.manage',
  summary: 'Confirm that the clock is right although deletion doubts it: the platform was off for so long',
  body: z.object({ reason: Reason }),
  response: z.object({}),
  handler: async (ctx, { body }) => {
    await confirmClock(ctx, body);
    return {};
  },
});

export const retentionRoutes: readonly Route[] = [show, set, end, place, release, confirm];
