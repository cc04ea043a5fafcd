import type { Normalise } from '#domain/telemetry/normalise.ts';
import type { LogSource, SecurityEvent } from '#engine/fields/event.ts';
import type { CaseEvent, RuleCase } from '#engine/sigma/cases.ts';
import { Correlator } from '#engine/sigma/correlator.ts';
import { compileRules, type Matcher } from '#engine/sigma/matcher.ts';
import type { RulePack } from '#engine/sigma/pack.ts';
import type { RuleHead } from '#engine/sigma/rule.ts';

const UNIT = '/450000/450100/';
const NO_LOGSOURCE: LogSource = { product: '', category: '', service: '' };

/** When a sequence of events begins: an ordinary Wednesday, 10:00 in China. */
const CASE_START_MS = Date.UTC(2026, 4, 20, 2, 0, 0);

/**
 * The events of a case in order: a sequence gets its own clock, a single line keeps the time it says.
 * @param logsource of ready fields that name none
 */
export function eventsOf(
  ruleCase: RuleCase,
  normalise: Normalise,
  logsource: LogSource = NO_LOGSOURCE,
): SecurityEvent[] {
  const make = (one: CaseEvent, n: number, index: number, timeMs: number): SecurityEvent => {
    const id = `case-${index}`;
    const from = { id, receivedAtMs: CASE_START_MS, unitPath: UNIT };
    const numbered = (text: string): string => text.replaceAll('{n}', String(n));
    if (one.fields === undefined) {
      return normalise({
        ...from,
        text: ruleCase.single ? one.text : numbered(one.text),
        sourceHint: one.source,
        sender: '',
      });
    }
    const fields = Object.entries(one.fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? numbered(value) : value.map(numbered),
    ]);
    const event = { source: 'case', logsource: one.logsource ?? logsource, fields: Object.fromEntries(fields) };
    return { ...from, ...event, timeMs, raw: '', problem: '' };
  };
  const [only] = ruleCase.events;
  if (ruleCase.single && only) return [make(only, 1, 0, CASE_START_MS)];
  const events: SecurityEvent[] = [];
  let timeMs = CASE_START_MS;
  for (const one of ruleCase.events) {
    if (events.length > 0) timeMs += one.afterSeconds * 1000;
    for (let n = 1; n <= one.repeat; n += 1) {
      if (n > 1) timeMs += one.everySeconds * 1000;
      const atMs = Math.round(timeMs);
      events.push({ ...make(one, n, events.length, atMs), timeMs: atMs, receivedAtMs: atMs });
    }
  }
  return events;
}

/** Rules made ready for many cases. */
export interface ReadyPack {
  readonly pack: RulePack;
  readonly matcher: Matcher;
  readonly heads: readonly RuleHead[];
  readonly normalise: Normalise;
}

export const readyPack = (pack: RulePack, normalise: Normalise): ReadyPack => ({
  pack,
  matcher: compileRules(pack.rules),
  heads: [...pack.rules, ...pack.correlations],
  normalise,
});

/** Longer than any time span. */
const AFTERWARDS_MS = 40 * 86_400_000;

/** What became of one case. */
export interface CaseOutcome {
  /** Ids of rules and correlations that raise a detection. */
  readonly fired: ReadonlySet<string>;
  /** What keeps the case from proving anything: lines that no source reads, hits that cannot be counted. */
  readonly faults: readonly string[];
}

/** Runs the events of a case through the rules, each case with a memory of its own. */
export function runCase({ pack, matcher, heads, normalise }: ReadyPack, ruleCase: RuleCase): CaseOutcome {
  const idOf = (name: string): string | undefined =>
    heads.find((head) => head.id.toLowerCase() === name.toLowerCase() || head.name === name)?.id;
  const correlator = new Correlator(pack.correlations, idOf);
  const ids: string[] = [];
  const faults: string[] = [];
  const events = eventsOf(ruleCase, normalise, pack.rules[0]?.logsource);
  const feed = (hits: Parameters<Correlator['feed']>[0], clockMs: number): void => {
    const completed = correlator.feed(hits, clockMs);
    for (const { limit } of completed.limits) faults.push(`a hit could not be counted (${limit})`);
    ids.push(...completed.hits.map(({ correlation }) => correlation.id));
  };
  for (const event of events) {
    if (event.problem !== '') faults.push(`"${event.raw.slice(0, 80)}": ${event.problem}`);
    const hits = matcher.match(event);
    ids.push(...hits.map(({ ruleId }) => ruleId));
    feed(
      hits.map(({ ruleId }) => ({ ruleId, event })),
      0,
    );
  }
  // The clock goes on, so that every time span ends that is judged at its end.
  feed([], (events.at(-1)?.timeMs ?? 0) + AFTERWARDS_MS);
  return { fired: new Set(ids.filter((id) => !pack.silent.has(id))), faults };
}
