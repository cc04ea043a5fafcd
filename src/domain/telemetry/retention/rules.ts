import { z } from 'zod';
import type { EventSql } from '#platform/eventstore/reader.ts';
import { eventSql, joinSql } from '#platform/eventstore/sql.ts';

export const REASON_CHARS_MIN = 2;
/** Why somebody decides something that cannot be undone. */
export const Reason = z.string().trim().min(REASON_CHARS_MIN).max(500);

/** How long the events of a unit and everything below it are kept. */
export interface RetentionRule {
  readonly id: string;
  readonly unitPath: string;
  /** Kind of source as events name it; '' for all. */
  readonly kind: string;
  /** Days after receipt. */
  readonly days: number;
  /** Why it is less than the legal minimum; '' when it is not. */
  readonly overrideReason: string;
  readonly setByName: string;
  readonly setAt: Date;
}

/** Events that must not be deleted, whatever the rules say (保全). */
export interface Hold {
  readonly id: string;
  readonly unitPath: string;
  readonly kind: string;
  /** Time of the events, from inclusive, to exclusive. */
  readonly from: Date | null;
  readonly to: Date | null;
  readonly incident: string;
  readonly reason: string;
  readonly placedById: string;
  readonly placedByName: string;
  readonly placedAt: Date;
  readonly until: Date | null;
  readonly releasedByName: string | null;
  readonly releasedAt: Date | null;
  readonly releaseReason: string | null;
}

const DAY_MS = 86_400_000;

/** A hold that binds at this moment. */
export const binds = ({ until, releasedAt }: Pick<Hold, 'until' | 'releasedAt'>, now: Date): boolean =>
  releasedAt === null && (until === null || until > now);

type About = Pick<RetentionRule, 'unitPath' | 'kind'>;

/** The events, or what is counted of them by the hour, of a unit and kind. */
export const aboutSql = ({ unitPath, kind }: About): EventSql =>
  kind === ''
    ? eventSql`startsWith(unit_path, ${unitPath})`
    : eventSql`(startsWith(unit_path, ${unitPath}) AND source = ${kind})`;

/** The rule of the nearest unit decides; among those of one unit, the one for the kind. */
const nearestFirst = (rules: readonly RetentionRule[]): RetentionRule[] =>
  rules.toSorted(
    (left, right) =>
      right.unitPath.length - left.unitPath.length || Number(left.kind === '') - Number(right.kind === ''),
  );

/**
 * The events whose time is over, as a condition over table `event`.
 *
 * @param defaultDays for events without a rule
 */
export function expiredSql(rules: readonly RetentionRule[], defaultDays: number, now: Date): EventSql {
  const before = (days: number): EventSql => eventSql`received_at < ${new Date(now.getTime() - days * DAY_MS)}`;
  const branches = nearestFirst(rules).flatMap((rule) => [aboutSql(rule), before(rule.days)]);
  return branches.length === 0
    ? before(defaultDays)
    : eventSql`multiIf(${joinSql([...branches, before(defaultDays)], ', ', '0')})`;
}

/** The events that some hold keeps, as a condition over table `event`. */
export function heldSql(holds: readonly Hold[]): EventSql {
  const conditions = holds.map(
    (hold) => eventSql`(${aboutSql(hold)}
      AND ${hold.from === null ? eventSql`1` : eventSql`time >= ${hold.from}`}
      AND ${hold.to === null ? eventSql`1` : eventSql`time < ${hold.to}`})`,
  );
  return eventSql`(${joinSql(conditions, ' OR ', '0')})`;
}
