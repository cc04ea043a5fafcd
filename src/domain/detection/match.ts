import type { Match } from '#engine/condition/evaluate.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import type { Matcher } from '#engine/sigma/matcher.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import { errorText } from './error-text.ts';

/** A rule that was true of an event of the batch. */
interface WorkerHit {
  readonly ruleId: string;
  /** Position in the batch. */
  readonly event: number;
  readonly matched: readonly Match[];
}

/** A rule that could not be evaluated, or a whole event. */
interface MatchFailure {
  /** '' when no rule could be asked of the event. */
  readonly ruleId: string;
  /** Position in the batch. */
  readonly event: number;
  readonly error: string;
}

/** What the rules say of a batch of events. */
export interface Matched {
  readonly hits: readonly WorkerHit[];
  readonly failures: readonly MatchFailure[];
  /** By rule: events of which its condition was evaluated, because nothing cheaper had ruled it out. */
  readonly candidates: ReadonlyMap<string, number>;
}

/** What the rules say of one event. */
export interface Asked {
  readonly hits: readonly Omit<WorkerHit, 'event'>[];
  readonly failures: readonly Omit<MatchFailure, 'event'>[];
}

/**
 * Asks the rules of an event. What breaks a rule, or all of them, is noted.
 * @param told the rules that are true of it, when its line has told them
 */
export function askRules(matcher: Matcher, event: SecurityEvent, told?: readonly SigmaRule[]): Asked {
  const failures: Omit<MatchFailure, 'event'>[] = [];
  const fail = (ruleId: string, error: unknown): void => void failures.push({ ruleId, error: errorText(error) });
  // A hit counts although what made it true cannot be told.
  const matchedOf = (hit: { readonly ruleId: string; readonly matched: readonly Match[] }): readonly Match[] => {
    try {
      return hit.matched;
    } catch (error) {
      fail(hit.ruleId, error);
      return [];
    }
  };
  const hits: Omit<WorkerHit, 'event'>[] = [];
  try {
    for (const hit of matcher.match(event, fail, told)) hits.push({ ruleId: hit.ruleId, matched: matchedOf(hit) });
  } catch (error) {
    fail('', error);
  }
  return { hits, failures };
}

/** What stands for the rules' answer about an event that they are not asked about. */
export const notAsked = (error: string): Asked => ({ hits: [], failures: [{ ruleId: '', error }] });

/**
 * Asks the rules of a batch. What breaks a rule, or all of them, is noted; everything else goes on.
 * @param before is told of each event's position
 */
export function matchAll(
  matcher: Matcher,
  events: readonly SecurityEvent[],
  before: (index: number) => void = () => undefined,
): Matched {
  const hits: WorkerHit[] = [];
  const failures: MatchFailure[] = [];
  events.forEach((event, index) => {
    before(index);
    const asked = askRules(matcher, event);
    for (const { ruleId, matched } of asked.hits) hits.push({ ruleId, event: index, matched });
    for (const { ruleId, error } of asked.failures) failures.push({ ruleId, event: index, error });
  });
  return { hits, failures, candidates: matcher.takeCandidates() };
}

/** What was found in the parts of a batch, `from` being where each begins in it. */
export function joinMatched(parts: readonly { readonly from: number; readonly matched: Matched }[]): Matched {
  const candidates = new Map<string, number>();
  for (const { matched } of parts)
    for (const [rule, count] of matched.candidates) candidates.set(rule, (candidates.get(rule) ?? 0) + count);
  return {
    hits: parts.flatMap(({ from, matched }) => matched.hits.map((hit) => ({ ...hit, event: hit.event + from }))),
    failures: parts.flatMap(({ from, matched }) =>
      matched.failures.map((failure) => ({ ...failure, event: failure.event + from })),
    ),
    candidates,
  };
}
