import type { Match } from '#engine/condition/evaluate.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import type { Matcher } from '#engine/sigma/matcher.ts';
import { errorText } from './faults.ts';

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

/**
 * Asks the rules of a batch. What breaks a rule, or all of them, is noted; everything else goes on.
 * @param before is told of each event's position; a text it gives says why the event is not asked about
 */
export function matchAll(
  matcher: Matcher,
  events: readonly SecurityEvent[],
  before: (index: number) => string | undefined = () => undefined,
): Matched {
  const hits: WorkerHit[] = [];
  const failures: MatchFailure[] = [];
  events.forEach((event, index) => {
    const fail = (ruleId: string, error: unknown): void =>
      void failures.push({ ruleId, event: index, error: errorText(error) });
    // A hit counts although what made it true cannot be told.
    const matchedOf = (hit: { readonly ruleId: string; readonly matched: readonly Match[] }): readonly Match[] => {
      try {
        return hit.matched;
      } catch (error) {
        fail(hit.ruleId, error);
        return [];
      }
    };
    const refused = before(index);
    if (refused !== undefined) {
      fail('', refused);
      return;
    }
    try {
      for (const hit of matcher.match(event, fail))
        hits.push({ ruleId: hit.ruleId, event: index, matched: matchedOf(hit) });
    } catch (error) {
      fail('', error);
    }
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
