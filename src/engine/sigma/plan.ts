import { compile, type Predicate } from '#engine/condition/compile.ts';
import type { Condition } from '#engine/condition/condition.ts';
import { type LiteralEntry, LiteralIndex } from '#engine/condition/literal-index.ts';
import type { EventView, FieldNumbers } from '#engine/condition/view.ts';
import { type Commonness, witnessOf } from '#engine/condition/witness.ts';

/** What becomes of a rule when an event is asked about it, by the rule's number. */
interface Verdicts {
  /** Nothing cheaper ruled it out: its condition is evaluated. */
  asked(rule: number): void;
  hit(rule: number): void;
  /** Evaluating it threw; the other rules go on. */
  failed(rule: number, error: unknown): void;
}

/** The rules that can apply to one kind of event, each behind the rarest thing it needs. */
export interface Plan {
  readonly size: number;
  /** Asks the rules of the event in `view`, in ascending order of their numbers. */
  match(view: EventView, verdicts: Verdicts): void;
}

interface Gate {
  readonly field: number;
  readonly index: LiteralIndex;
}

/** @param rules the rules' numbers and what is left of their conditions for this kind of event */
export function buildPlan(
  rules: readonly { readonly rule: number; readonly condition: Condition }[],
  commonness: Commonness,
  fields: FieldNumbers,
): Plan {
  const literals = new Map<string, LiteralEntry[]>();
  const presence = new Map<number, number[]>();
  const open: number[] = [];
  const kept = rules.filter(({ condition }) => condition.kind !== 'constant' || condition.value);
  kept.forEach(({ condition }, ordinal) => {
    const witness = witnessOf(condition, commonness);
    if (witness.kind === 'open') open.push(ordinal);
    if (witness.kind === 'fields') {
      for (const field of witness.any) {
        const number = fields.of(field);
        presence.set(number, [...(presence.get(number) ?? []), ordinal]);
      }
    }
    if (witness.kind === 'literals') {
      for (const { field, text, at } of witness.any) {
        const entry: LiteralEntry = { text, at, id: ordinal };
        const list = literals.get(field);
        if (list) list.push(entry);
        else literals.set(field, [entry]);
      }
    }
  });
  const gates: Gate[] = [...literals]
    .filter(([field]) => field !== '')
    .map(([field, entries]) => ({ field: fields.of(field), index: new LiteralIndex(entries) }));
  const anywhere = literals.get('');
  const keywords = anywhere ? new LiteralIndex(anywhere) : undefined;
  const predicates: Predicate[] = kept.map(({ condition }) => compile(condition, fields));
  const numbers = kept.map(({ rule }) => rule);
  const stamps = new Uint32Array(kept.length);
  let round = 0;
  let candidates: number[] = [];

  const add = (ordinal: number): void => {
    if (stamps[ordinal] === round) return;
    stamps[ordinal] = round;
    candidates.push(ordinal);
  };
  const addAll = (found: readonly number[]): void => {
    for (const ordinal of found) add(ordinal);
  };

  return {
    size: kept.length,
    match(view, verdicts) {
      round = (round + 1) >>> 0;
      // After four billion events a stamp of old would be taken for one of now.
      if (round === 0) {
        stamps.fill(0);
        round = 1;
      }
      candidates = [];
      addAll(open);
      for (const [field, ordinals] of presence) if (view.value(field) !== undefined) addAll(ordinals);
      for (const { field, index } of gates) {
        const value = view.folded(field);
        if (typeof value === 'string') addAll(index.find(value));
        else if (value !== undefined) for (const text of value) addAll(index.find(text));
      }
      if (keywords) for (const text of view.foldedKeywordTexts()) addAll(keywords.find(text));
      candidates.sort((a, b) => a - b);
      for (const ordinal of candidates) {
        const number = numbers[ordinal];
        if (number === undefined) continue;
        verdicts.asked(number);
        try {
          if (predicates[ordinal]?.(view)) verdicts.hit(number);
        } catch (error) {
          verdicts.failed(number, error);
        }
      }
    },
  };
}
