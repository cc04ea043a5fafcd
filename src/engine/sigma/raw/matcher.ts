import { compile, type Predicate } from '#engine/condition/compile.ts';
import { type Condition, fieldsOf } from '#engine/condition/condition.ts';
import { foldCase } from '#engine/condition/fold.ts';
import { FieldNumbers } from '#engine/condition/view.ts';
import type { LogSource } from '#engine/fields/event.ts';
import type { Origin, RawKind, RawLayout } from '#engine/fields/raw-layout.ts';
import { collectCodes, foldEventCode } from '../fold-event-code.ts';
import { inScope } from '../logsource.ts';
import type { SigmaRule } from '../rule.ts';
import { Kernel } from './kernel.ts';
import { keysOf } from './keys.ts';
import { type PlanSource, writePlan } from './plan.ts';
import { TokenReader } from './reader.ts';
import { originsOf, RawView } from './view.ts';

/** Answers from the bytes of a line, without parsing it. */
export interface RawMatcher {
  /**
   * The rules that are true of the event in these bytes, exactly those that normalising and matching would give; undefined
   * when this cannot be told without doing so.
   */
  match(source: Uint8Array, from: number, to: number): readonly SigmaRule[] | undefined;
  /** The same of a line that is a text already. */
  matchText(line: string): readonly SigmaRule[] | undefined;
  /** Makes ready what the layout's usual kinds need, a kind at each step. */
  prepare(): Iterable<void>;
  /** Bytes of all tables laid down so far. */
  readonly tableBytes: number;
  /** Forgets the values seen so far, whose answers are kept because values repeat: for measuring new ones. */
  forget(): void;
}

/** A plan for the events of one kind. */
interface Plan {
  /** In the kernel's memory; 0 = no rule can be true of such an event. */
  readonly address: number;
  readonly rules: readonly SigmaRule[];
  /** Where each of them stands among all rules. */
  readonly places: readonly number[];
  readonly predicates: (Predicate | undefined)[];
  readonly conditions: readonly Condition[];
  /** Numbers of the rules that nothing keeps away. */
  readonly open: readonly number[];
  readonly origins: readonly (readonly Origin[])[];
  readonly refused: readonly number[];
  readonly body: number;
}

const NONE: readonly SigmaRule[] = [];
/** A value longer than this is cut by the readers of formats, so that its end is another one. */
const VALUE_MAX = 65_536;

class Matching implements RawMatcher {
  private readonly kernel = new Kernel();
  private readonly fields = new FieldNumbers();
  private readonly rules: readonly SigmaRule[];
  private readonly layout: RawLayout;
  private readonly reader: TokenReader;
  private readonly view: RawView;
  private readonly plans = new Map<string, Plan>();
  private readonly planOf = new WeakMap<RawKind, Plan>();
  /** By log source: where the rules stand that are about it. */
  private readonly scopes = new Map<string, readonly number[]>();
  /** Event numbers that rules name. */
  private readonly codes = new Set<string>();
  private readonly asked: Uint32Array;

  constructor(rules: readonly SigmaRule[], layout: RawLayout, asked: Uint32Array) {
    this.asked = asked;
    this.rules = rules;
    this.layout = layout;
    const names = new Set<string>();
    for (const { condition } of rules) {
      collectCodes(condition, this.codes);
      for (const field of fieldsOf(condition))
        for (const name of this.fields.names[this.fields.of(field)] ?? []) names.add(name);
    }
    const { keys, idOf } = keysOf(layout, names);
    this.kernel.readKeys(keys);
    this.reader = new TokenReader(this.kernel, keys.length, idOf);
    this.view = new RawView(this.reader);
  }

  get tableBytes(): number {
    return this.kernel.tableBytes;
  }

  forget(): void {
    this.kernel.forget();
    this.reader.forget();
  }

  *prepare(): Iterable<void> {
    for (const kind of this.layout.usual()) {
      if (!this.planOf.has(kind)) this.planFor(kind);
      yield;
    }
  }

  match(source: Uint8Array, from: number, to: number): readonly SigmaRule[] | undefined {
    return this.answer(this.kernel.read(source, from, to));
  }

  matchText(line: string): readonly SigmaRule[] | undefined {
    return this.answer(this.kernel.readText(line));
  }

  private answer(tokens: number): readonly SigmaRule[] | undefined {
    const { kernel, reader } = this;
    if (tokens < 0) return undefined;
    reader.show(tokens);
    if (reader.longest > VALUE_MAX) return undefined;
    const kind = this.layout.kindOf(reader);
    if (kind === undefined) return undefined;
    const plan = this.planOf.get(kind) ?? this.planFor(kind);
    if (((kernel.nested >>> plan.body) & 1) !== 0) return undefined;
    for (const id of plan.refused) if (kernel.has(id)) return undefined;
    if (plan.address === 0) return NONE;
    const found = kernel.search(plan.address, tokens);
    if (found < 0) return undefined;
    return found === 0 && plan.open.length === 0 ? NONE : this.decide(plan, found);
  }

  private decide(plan: Plan, found: number): readonly SigmaRule[] | undefined {
    const { view, kernel } = this;
    const numbers = [...plan.open, ...kernel.candidates(plan.address, found)].filter(
      (rule) => !kernel.isRefuted(plan.address, rule),
    );
    view.show(plan.origins);
    const hits = this.trueOf(plan, numbers);
    if (view.unsure || hits === undefined) return undefined;
    for (const number of numbers) {
      const place = plan.places[number] ?? 0;
      this.asked[place] = (this.asked[place] ?? 0) + 1;
    }
    return hits.sort((a, b) => a - b).flatMap((number) => plan.rules[number] ?? []);
  }

  /** Those of the rules that are true; undefined when one cannot be evaluated: the usual way will say which. */
  private trueOf(plan: Plan, numbers: readonly number[]): number[] | undefined {
    try {
      return numbers.filter((number) => this.predicateOf(plan, number)(this.view));
    } catch {
      return undefined;
    }
  }

  private predicateOf(plan: Plan, number: number): Predicate {
    const known = plan.predicates[number];
    if (known) return known;
    const predicate = compile(plan.conditions[number] ?? { kind: 'constant', value: false }, this.fields);
    plan.predicates[number] = predicate;
    return predicate;
  }

  /** Events whose number no rule names share a plan, so that made-up numbers cannot fill the memory. */
  private planFor(kind: RawKind): Plan {
    const { product, category, service } = kind.logsource;
    const folded = foldCase(kind.eventCode);
    const code = this.codes.has(folded) ? folded : undefined;
    const key = [kind.family, product, category, service, code ?? '\u0000'].join('\n');
    const plan = this.plans.get(key) ?? this.build(kind, code);
    this.plans.set(key, plan);
    this.planOf.set(kind, plan);
    return plan;
  }

  /** Most plans are about the same few log sources. */
  private placesInScope(logsource: LogSource): readonly number[] {
    const key = `${logsource.product}\n${logsource.category}\n${logsource.service}`;
    const known = this.scopes.get(key);
    if (known) return known;
    const places = this.rules.flatMap((rule, place) => (inScope(rule.logsource, logsource) ? [place] : []));
    this.scopes.set(key, places);
    return places;
  }

  private build(kind: RawKind, code: string | undefined): Plan {
    const parts = this.placesInScope(kind.logsource).flatMap((place) => {
      const rule = this.rules[place];
      if (rule === undefined) return [];
      const condition = foldEventCode(rule.condition, code);
      return condition.kind === 'constant' && !condition.value ? [] : [{ rule, place, condition }];
    });
    const origins = this.fields.names.map((names) => originsOf(kind, names));
    const source: PlanSource = {
      conditions: parts.map(({ condition }) => condition),
      originsOf: (field) => origins[this.fields.of(field)] ?? [],
      invents: (text) => kind.invents(text),
      idOf: (place) => this.reader.id(place),
    };
    const written = writePlan(this.kernel, source);
    const plan: Plan = {
      address: written.address,
      rules: written.kept.flatMap((index) => parts[index]?.rule ?? []),
      places: written.kept.flatMap((index) => parts[index]?.place ?? []),
      conditions: written.kept.flatMap((index) => parts[index]?.condition ?? []),
      predicates: [],
      open: written.open,
      origins,
      refused: kind.refused.map((place) => this.reader.id(place)),
      body: kind.body,
    };
    return plan;
  }
}

/**
 * Makes rules ready to be asked of lines whose events lie as `layout` says.
 * @param asked counted up by rule: of how many told lines its condition was evaluated
 */
export const compileRawMatcher = (
  rules: readonly SigmaRule[],
  layout: RawLayout,
  asked: Uint32Array = new Uint32Array(rules.length),
): RawMatcher => new Matching(rules, layout, asked);
