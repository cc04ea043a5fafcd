import { all, any, type Condition, FALSE, not, TRUE } from '#engine/condition/condition.ts';
import { foldCase } from '#engine/condition/fold.ts';
import { shapeOf } from '#engine/condition/pattern.ts';

/** Only the name itself: a synonym may have a value of its own. */
const isEventCode = (field: string): boolean => field === 'EventID';

/** The event number a leaf asks for, folded; undefined when it asks for something else. */
function codeOf(leaf: Condition): string | undefined {
  if (leaf.kind !== 'field' || !isEventCode(leaf.field) || leaf.test.op !== 'text' || leaf.test.cased) return undefined;
  const shape = shapeOf(leaf.test.pattern);
  return shape.form === 'equals' ? foldCase(shape.text) : undefined;
}

/** Adds every event number that a condition names to `codes`. */
export function collectCodes(condition: Condition, codes: Set<string>): void {
  if (condition.kind === 'and' || condition.kind === 'or') for (const part of condition.of) collectCodes(part, codes);
  else if (condition.kind === 'not') collectCodes(condition.of, codes);
  else {
    const code = codeOf(condition);
    if (code !== undefined) codes.add(code);
  }
}

/**
 * What is left of a condition for events whose number is `code`, or for events whose number no rule names (undefined):
 * most rules of a channel fall away before anything else is looked at.
 */
export function foldEventCode(condition: Condition, code: string | undefined): Condition {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const parts = condition.of.map((part) => foldEventCode(part, code));
      if (parts.every((part, index) => part === condition.of[index])) return condition;
      return condition.kind === 'and' ? all(parts) : any(parts);
    }
    case 'not': {
      const part = foldEventCode(condition.of, code);
      return part === condition.of ? condition : not(part);
    }
    default: {
      const asked = codeOf(condition);
      if (asked === undefined) return condition;
      return asked === code ? TRUE : FALSE;
    }
  }
}
