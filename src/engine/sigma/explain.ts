import { evaluate } from '#engine/condition/evaluate.ts';
import { type Outline, outline } from '#engine/condition/outline.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { inScope } from './logsource.ts';
import type { SigmaRule } from './rule.ts';

/** Why a rule fired on an event, or did not. */
export interface RuleExplanation {
  readonly fires: boolean;
  /** Whether the rule is asked of events of this log source at all. */
  readonly inScope: boolean;
  /** The conditions as written; any of them may hold. */
  readonly conditions: readonly string[];
  readonly selections: readonly { readonly name: string; readonly outline: Outline }[];
  /** Global filters joined to the rule; one that does not hold keeps it from firing. */
  readonly filters: readonly { readonly title: string; readonly outline: Outline }[];
}

/** Holds a rule against one event, part by part, negated parts too. */
export function explainRule(rule: SigmaRule, event: SecurityEvent): RuleExplanation {
  const scope = inScope(rule.logsource, event.logsource);
  return {
    fires: scope && evaluate(rule.condition, event),
    inScope: scope,
    conditions: rule.parts.conditions,
    selections: [...rule.parts.selections].map(([name, part]) => ({ name, outline: outline(part, event) })),
    filters: rule.filters.map(({ title, condition }) => ({ title, outline: outline(condition, event) })),
  };
}
