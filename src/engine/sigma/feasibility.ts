import { all, any, type Condition, FALSE, not, TRUE } from '#engine/condition/condition.ts';
import { fieldNames, isLedgerField } from '#engine/fields/aliases.ts';
import type { LogSource } from '#engine/fields/event.ts';
import { inScope } from './logsource.ts';

/** What a kind of source can deliver. `open`: it may carry more fields than are listed. */
export interface Supplied {
  readonly logsource: LogSource;
  readonly fields: readonly string[];
  readonly open: boolean;
}

export type Feasibility =
  | { readonly possible: true }
  | { readonly possible: false; readonly reason: 'no-source' | 'no-field'; readonly fields: readonly string[] };

/** What is left of a condition when these fields never come. */
function without(condition: Condition, missing: (field: string) => boolean): Condition {
  switch (condition.kind) {
    case 'and':
      return all(condition.of.map((part) => without(part, missing)));
    case 'or':
      return any(condition.of.map((part) => without(part, missing)));
    case 'not':
      return not(without(condition.of, missing));
    case 'field':
      return missing(condition.field) ? FALSE : condition;
    case 'absent':
      return missing(condition.field) ? TRUE : condition;
    case 'reference':
      return missing(condition.field) || missing(condition.other) ? FALSE : condition;
    default:
      return condition;
  }
}

function fieldsIn(condition: Condition, found: Set<string>): void {
  if (condition.kind === 'and' || condition.kind === 'or') for (const part of condition.of) fieldsIn(part, found);
  else if (condition.kind === 'field') found.add(condition.field);
}

/**
 * Can the rule ever be true of what these sources deliver? When not, says whether nobody delivers its log source or which
 * fields nobody fills.
 */
export function feasibility(
  rule: { logsource: LogSource; condition: Condition },
  sources: readonly Supplied[],
): Feasibility {
  const own = sources.filter((source) => inScope(rule.logsource, source.logsource));
  if (own.length === 0) return { possible: false, reason: 'no-source', fields: [] };
  const lacking = new Set<string>();
  for (const source of own) {
    if (source.open) return { possible: true };
    const has = new Set(source.fields);
    const missing = (field: string): boolean =>
      !isLedgerField(field) && !fieldNames(field).some((name) => has.has(name));
    const left = without(rule.condition, missing);
    if (left.kind !== 'constant' || left.value) return { possible: true };
    const asked = new Set<string>();
    fieldsIn(rule.condition, asked);
    for (const field of asked) if (missing(field)) lacking.add(field);
  }
  return { possible: false, reason: 'no-field', fields: [...lacking].sort() };
}
