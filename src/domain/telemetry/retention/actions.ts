import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { action } from '#platform/action.ts';
import { LEGAL_LOG_DAYS_MIN } from '#platform/config.ts';
import type { Tx } from '#platform/context.ts';
import { AppError, conflict, invalid, notFound } from '#platform/errors.ts';
import { checkKind } from '../actions.ts';
import { UNPARSED } from '../normalise.ts';
import { binds, type Hold, REASON_CHARS_MIN, Reason, type RetentionRule } from './rules.ts';
import {
  endRule,
  holdById,
  insertHold,
  insertRule,
  LISTED_MAX,
  listRules,
  releaseRow,
  unreleasedHolds,
} from './store.ts';

const UnitPath = z
  .string()
  .max(500)
  .regex(/^\/(?:[^/]+\/)*$/, 'the path of a unit, for example /450000/450100/');
const Kind = z.string().max(100).default('').describe('kind of source as events name it; empty: all');

export const RuleInput = z.object({
  unitPath: UnitPath,
  kind: Kind,
  days: z.int().min(1).max(3650).describe('after receipt'),
  overrideReason: z.string().trim().max(500).default('').describe('why less than the legal minimum is kept'),
});

export const HoldInput = z.object({
  unitPath: UnitPath,
  kind: Kind,
  from: z.iso.datetime({ offset: true }).nullable().default(null).describe('time of the events, inclusive'),
  to: z.iso.datetime({ offset: true }).nullable().default(null).describe('exclusive'),
  incident: z.string().trim().max(80).default('').describe('number of the incident it is for'),
  reason: Reason,
  until: z.iso
    .datetime({ offset: true })
    .nullable()
    .default(null)
    .describe('ends by itself; null: by its release only'),
});

/** What stands above all divisions. */
const EVERYWHERE = '/';

/** @throws AppError `invalid_input` for a unit that is outside the caller's area or nowhere: it would decide about nothing */
async function ownArea(tx: Tx, unitPath: string): Promise<void> {
  const isKnown = unitPath === EVERYWHERE || (await namesAtPaths(tx.db, [unitPath])).has(unitPath);
  if (isKnown && unitPath.startsWith(tx.scope.path)) return;
  const fault = { at: '/unitPath', message: 'choose a unit of your area' };
  throw invalid('The unit does not exist or is outside your area', [fault], 'retention.unit');
}

/** @throws AppError `invalid_input` for a kind that no event names */
const knownKind = (kind: string): Promise<void> => (kind === UNPARSED ? Promise.resolve() : checkKind(kind));

const full = (what: string) => conflict(`There are ${LISTED_MAX} ${what} already: end one first`, 'retention.full');

/**
 * Sets how long events of a unit and kind are kept, in place of the rule before.
 *
 * @throws AppError `invalid_input` for less than the legal minimum (网络安全法: logs at least six months) without a reason
 */
export const setRetentionRule = action('retention.manage', RuleInput, async (tx, input) => {
  await ownArea(tx, input.unitPath);
  await knownKind(input.kind);
  const isShort = input.days < LEGAL_LOG_DAYS_MIN;
  if (isShort && input.overrideReason.length < REASON_CHARS_MIN) {
    const message = `under the legal minimum of ${LEGAL_LOG_DAYS_MIN} days: say on what ground, or choose more days`;
    throw invalid(message, [{ at: '/overrideReason', message, reason: 'retention.legal' }], 'retention.legal');
  }
  const now = tx.clock.now();
  const before = await endRule(tx.db, input, now);
  if (before === undefined && (await listRules(tx.db)).length >= LISTED_MAX) throw full('rules');
  const rule: RetentionRule = {
    ...input,
    overrideReason: isShort ? input.overrideReason : '',
    id: tx.ids.next(),
    setByName: tx.actor.name,
    setAt: now,
  };
  await insertRule(tx.db, rule, tx.actor.id);
  const { unitPath, kind, days, overrideReason } = rule;
  if (isShort) tx.log.warn({ unitPath, kind, days, overrideReason }, 'events are kept for less than the legal minimum');
  tx.record({
    object: { type: 'retention', id: rule.id },
    unitPath,
    data: { change: 'set', kind, days, before: before ?? null, belowLegalMinimum: isShort, overrideReason },
  });
  return rule;
});

/** Takes a rule away: from then on the next rule above it, or the setting, decides. */
export const endRetentionRule = action(
  'retention.manage',
  z.object({ unitPath: UnitPath, kind: Kind }),
  async (tx, input) => {
    const days = await endRule(tx.db, input, tx.clock.now());
    if (days === undefined) throw notFound('The rule');
    const { unitPath, kind } = input;
    tx.record({ object: { type: 'retention', id: tx.ids.next() }, unitPath, data: { change: 'ended', kind, days } });
  },
);

/** Keeps events from deletion from the next day's run on, whatever the rules say. */
export const placeHold = action('hold.place', HoldInput, async (tx, input) => {
  await ownArea(tx, input.unitPath);
  await knownKind(input.kind);
  const now = tx.clock.now();
  const date = (text: string | null): Date | null => (text === null ? null : new Date(text));
  const [from, to, until] = [date(input.from), date(input.to), date(input.until)];
  const wrong = (at: string, message: string) => invalid(message, [{ at, message }], 'hold.range');
  if (from && to && to <= from) throw wrong('/to', 'the end must be after the beginning');
  if (until && until <= now) throw wrong('/until', 'a hold ends in the future');
  if ((await unreleasedHolds(tx.db)).filter((hold) => binds(hold, now)).length >= LISTED_MAX) throw full('holds');
  const hold: Hold = {
    ...input,
    id: tx.ids.next(),
    from,
    to,
    until,
    placedById: tx.actor.id,
    placedByName: tx.actor.name,
    placedAt: now,
    releasedByName: null,
    releasedAt: null,
    releaseReason: null,
  };
  await insertHold(tx.db, hold);
  tx.record({ object: { type: 'hold', id: hold.id }, unitPath: hold.unitPath, data: { change: 'placed', ...input } });
  return hold;
});

/** Releases a hold. @throws AppError `forbidden` for the person who placed it: somebody else must agree */
export const releaseHold = action('hold.release', z.object({ id: z.uuid(), reason: Reason }), async (tx, input) => {
  const hold = await holdById(tx.db, input.id);
  if (hold === undefined) throw notFound('The hold');
  if (!binds(hold, tx.clock.now())) throw conflict('This hold has ended already', 'hold.ended');
  if (hold.placedById === tx.actor.id) {
    const sentence = 'A hold is released by another person than the one who placed it';
    throw new AppError('forbidden', { public: sentence, reason: 'hold.own' });
  }
  const at = tx.clock.now();
  await releaseRow(tx.db, hold.id, { id: tx.actor.id, name: tx.actor.name, at, reason: input.reason });
  tx.record({
    object: { type: 'hold', id: hold.id },
    unitPath: hold.unitPath,
    data: { change: 'released', placedBy: hold.placedByName, reason: input.reason },
  });
});

/** Writes into the journal what a run deleted. */
export const recordDeletion = action(
  'retention.run',
  z.object({
    events: z.int(),
    held: z.int(),
    days: z.array(z.string()),
    defaultDays: z.int(),
    rules: z.array(z.uuid()),
  }),
  async (tx, input) => {
    tx.record({
      object: { type: 'retention', id: tx.ids.next() },
      unitPath: tx.scope.path,
      data: { change: 'events deleted', ...input },
    });
  },
);
