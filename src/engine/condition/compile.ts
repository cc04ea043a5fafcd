import type { FieldValue } from '#engine/fields/event.ts';
import type { Condition, ValueTest } from './condition.ts';
import { related, valuesOf, valueTester } from './evaluate.ts';
import { LiteralIndex } from './literal-index.ts';
import { comparable, shapeOf, textTester } from './pattern.ts';
import type { FieldNumbers, RuleView } from './view.ts';

/** A condition made ready: true or false of the event that the view shows. */
export type Predicate = (view: RuleView) => boolean;

/** From how many alternatives on a list of texts is looked up in one pass instead of one by one. */
const LIST_MIN = 6;

const some = (value: FieldValue | undefined, test: (text: string) => boolean): boolean =>
  typeof value === 'string' ? test(value) : (value?.some(test) ?? false);

function compileTest(field: number, test: ValueTest): Predicate {
  if (test.op === 'text' && !test.cased) {
    const tester = textTester(test.pattern, false);
    return (view) => some(view.folded(field), tester.test);
  }
  const tester = valueTester(test);
  return (view) => some(view.value(field), tester);
}

function compileKeyword(test: ValueTest): Predicate {
  if (test.op === 'text' && !test.cased) {
    const tester = textTester(test.pattern, false);
    return (view) => view.foldedKeywordTexts().some(tester.test);
  }
  const tester = valueTester(test);
  return (view) => view.keywordTexts().some(tester);
}

/** Alternatives on one field that are plain folded texts become one index; the others stay as they are. */
function compileAny(parts: readonly Condition[], fields: FieldNumbers): Predicate {
  const lists = new Map<number, ValueTest[]>();
  const predicates: Predicate[] = [];
  for (const part of parts) {
    const simple = part.kind === 'field' && part.test.op === 'text' && !part.test.cased;
    if (simple && shapeOf(part.test.pattern).form !== 'segments') {
      const field = fields.of(part.field);
      lists.set(field, [...(lists.get(field) ?? []), part.test]);
    } else predicates.push(compile(part, fields));
  }
  for (const [field, tests] of lists) {
    if (tests.length < LIST_MIN) predicates.push(...tests.map((test) => compileTest(field, test)));
    else predicates.unshift(compileList(field, tests));
  }
  return (view) => {
    for (const predicate of predicates) if (predicate(view)) return true;
    return false;
  };
}

function compileList(field: number, tests: readonly ValueTest[]): Predicate {
  const entries = tests.flatMap((test, id) => {
    const shape = test.op === 'text' ? shapeOf(comparable(test.pattern, false)) : undefined;
    return shape && shape.form !== 'segments' ? [{ text: shape.text, at: shape.form, id }] : [];
  });
  const index = new LiteralIndex(entries);
  return (view) => some(view.folded(field), (text) => index.find(text).length > 0);
}

/** Makes a condition ready to be asked of many events. Same meaning as `evaluate`. */
export function compile(condition: Condition, fields: FieldNumbers): Predicate {
  switch (condition.kind) {
    case 'constant': {
      const { value } = condition;
      return () => value;
    }
    case 'and': {
      const parts = condition.of.map((part) => compile(part, fields));
      return (view) => {
        for (const part of parts) if (!part(view)) return false;
        return true;
      };
    }
    case 'or':
      return compileAny(condition.of, fields);
    case 'not': {
      const part = compile(condition.of, fields);
      return (view) => !part(view);
    }
    case 'field':
      return compileTest(fields.of(condition.field), condition.test);
    case 'keyword':
      return compileKeyword(condition.test);
    case 'absent': {
      const field = fields.of(condition.field);
      return (view) => view.value(field) === undefined;
    }
    case 'reference': {
      const { how, cased } = condition;
      const [field, other] = [fields.of(condition.field), fields.of(condition.other)];
      const get = (view: RuleView, of: number) => valuesOf(cased ? view.value(of) : view.folded(of));
      return (view) => get(view, field).some((value) => get(view, other).some((second) => related(value, second, how)));
    }
  }
}
