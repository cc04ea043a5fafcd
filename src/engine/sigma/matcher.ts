import { fieldsOf } from '#engine/condition/condition.ts';
import { explain, type Match } from '#engine/condition/evaluate.ts';
import { foldCase } from '#engine/condition/fold.ts';
import { EventView, FieldNumbers } from '#engine/condition/view.ts';
import { type Commonness, commonnessOf } from '#engine/condition/witness.ts';
import { isLedgerField } from '#engine/fields/aliases.ts';
import type { FieldValue, LogSource, SecurityEvent } from '#engine/fields/event.ts';
import { lookUp } from '#engine/fields/lookup.ts';
import type { RawLayout } from '#engine/fields/raw-layout.ts';
import { collectCodes, foldEventCode } from './fold-event-code.ts';
import { inScope } from './logsource.ts';
import { buildPlan, type Plan } from './plan.ts';
import { compileRawMatcher } from './raw/matcher.ts';
import type { SigmaRule } from './rule.ts';

interface RuleHit {
  readonly ruleId: string;
  readonly rule: SigmaRule;
  /** What made it true; worked out when asked for. */
  readonly matched: readonly Match[];
}

export interface Matcher {
  /**
   * The rules that are true of the event.
   * @param failed is told of rules that could not be evaluated; without it their error is thrown
   * @param told what `matchLine` has answered already
   */
  match(event: SecurityEvent, failed?: RuleFailed, told?: readonly SigmaRule[]): RuleHit[];
  /** The rules that are true of the event in this line; undefined when the event itself must be asked about. */
  matchLine(source: string, bytes: Uint8Array, from: number, to: number): readonly SigmaRule[] | undefined;
  /** Makes ready, step by step, what the first lines of usual kinds would wait for. */
  prepare(): Iterable<void>;
  /**
   * By rule: of how many events its condition was evaluated since the last call, because nothing cheaper (literals that must
   * occur, fields that must be there) had ruled it out.
   */
  takeCandidates(): Map<string, number>;
  /** How many rules were in scope of the event's log source. */
  inScope(logsource: LogSource): readonly SigmaRule[];
}

type RuleFailed = (ruleId: string, error: unknown) => void;

const thrown: RuleFailed = (_ruleId, error) => {
  throw error;
};

/** Rules of one log source, and their plans by event number. */
interface Bucket {
  readonly rules: readonly number[];
  readonly codes: ReadonlySet<string>;
  readonly commonness: Commonness;
  readonly plans: Map<string, Plan>;
}

/** How the events of a source lie in their lines, by the source's id. */
type Layouts = ReadonlyMap<string, RawLayout>;

/** Log sources kept ready; more than any installation has, so that odd input cannot fill the memory. */
const BUCKETS_MAX = 1_000;
/** Plan key of events whose number no rule names. */
const OTHER = '\u0000other';
/** Plan key of events with several numbers, where nothing can be folded away. */
const UNFOLDED = '\u0000unfolded';

function keyOf(code: FieldValue | undefined, codes: ReadonlySet<string>): string {
  if (code === undefined) return OTHER;
  if (typeof code !== 'string') return UNFOLDED;
  const folded = foldCase(code);
  return codes.has(folded) ? folded : OTHER;
}

class Hit implements RuleHit {
  readonly ruleId: string;
  readonly rule: SigmaRule;
  private readonly event: SecurityEvent;
  private explained: readonly Match[] | undefined;

  constructor(rule: SigmaRule, event: SecurityEvent) {
    this.ruleId = rule.id;
    this.rule = rule;
    this.event = event;
  }

  get matched(): readonly Match[] {
    this.explained ??= explain(this.rule.condition, this.event);
    return this.explained;
  }
}

const asksLedger = ({ condition }: SigmaRule): boolean => [...fieldsOf(condition)].some(isLedgerField);

/**
 * Makes rules ready for a stream of events: routed by log source, folded by event number, each rule behind the rarest
 * literal it needs. Gives exactly the rules for which `evaluate` is true and whose log source covers the event.
 *
 * @param layouts by source: an event that came from such a source is first asked for by the bytes of its original line,
 *   which cannot answer rules about what the ledger knows
 */
export function compileRules(rules: readonly SigmaRule[], layouts: Layouts = new Map()): Matcher {
  const others = rules.filter(asksLedger);
  if (others.length === 0 || layouts.size === 0) return compileAlike(rules, layouts);
  const [told, asked] = [
    compileAlike(
      rules.filter((rule) => !asksLedger(rule)),
      layouts,
    ),
    compileAlike(others, new Map()),
  ];
  return {
    matchLine: () => undefined,
    match: (event, failed) => [...told.match(event, failed), ...asked.match(event, failed)],
    prepare: () => told.prepare(),
    takeCandidates: () => new Map([...told.takeCandidates(), ...asked.takeCandidates()]),
    inScope: (logsource) => [...told.inScope(logsource), ...asked.inScope(logsource)],
  };
}

function compileAlike(rules: readonly SigmaRule[], layouts: Layouts): Matcher {
  const asked = new Uint32Array(rules.length);
  const raw = new Map([...layouts].map(([source, layout]) => [source, compileRawMatcher(rules, layout, asked)]));
  const fields = new FieldNumbers();
  const view = new EventView(fields);
  let buckets = new Map<string, Bucket>();

  const bucketOf = (logsource: LogSource): Bucket => {
    const key = `${logsource.product}\n${logsource.category}\n${logsource.service}`;
    const known = buckets.get(key);
    if (known) return known;
    const numbers = rules.flatMap((rule, number) => (inScope(rule.logsource, logsource) ? [number] : []));
    const conditions = numbers.flatMap((number) => rules[number]?.condition ?? []);
    const codes = new Set<string>();
    for (const condition of conditions) collectCodes(condition, codes);
    const bucket: Bucket = { rules: numbers, codes, commonness: commonnessOf(conditions), plans: new Map() };
    if (buckets.size >= BUCKETS_MAX) buckets = new Map();
    buckets.set(key, bucket);
    return bucket;
  };

  const planOf = (bucket: Bucket, event: SecurityEvent): Plan => {
    const code = bucket.codes.size > 0 ? lookUp(event.fields, 'EventID') : undefined;
    const key = keyOf(code, bucket.codes);
    const known = bucket.plans.get(key);
    if (known) return known;
    const parts = bucket.rules.flatMap((number) => {
      const condition = rules[number]?.condition;
      if (!condition) return [];
      const left = key === UNFOLDED ? condition : foldEventCode(condition, key === OTHER ? undefined : key);
      return [{ rule: number, condition: left }];
    });
    const plan = buildPlan(parts, bucket.commonness, fields);
    bucket.plans.set(key, plan);
    return plan;
  };

  return {
    matchLine: (source, bytes, from, to) => raw.get(source)?.match(bytes, from, to),
    match(event, failed = thrown, before = undefined) {
      const told = before ?? raw.get(event.source)?.matchText(event.raw);
      if (told) return told.map((rule) => new Hit(rule, event));
      const bucket = bucketOf(event.logsource);
      if (bucket.rules.length === 0) return [];
      const hits: RuleHit[] = [];
      view.show(event);
      planOf(bucket, event).match(view, {
        asked: (number) => {
          asked[number] = (asked[number] ?? 0) + 1;
        },
        hit: (number) => {
          const rule = rules[number];
          if (rule) hits.push(new Hit(rule, event));
        },
        failed: (number, error) => failed(rules[number]?.id ?? '', error),
      });
      return hits;
    },
    *prepare() {
      for (const matcher of raw.values()) yield* matcher.prepare();
    },
    takeCandidates() {
      const counts = new Map<string, number>();
      asked.forEach((count, number) => {
        const rule = rules[number];
        if (count > 0 && rule) counts.set(rule.id, count);
      });
      asked.fill(0);
      return counts;
    },
    inScope: (logsource) => bucketOf(logsource).rules.flatMap((number) => rules[number] ?? []),
  };
}
