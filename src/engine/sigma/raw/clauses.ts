import type { Condition, ValueTest } from '#engine/condition/condition.ts';
import { caseVariants } from '#engine/condition/fold.ts';
import { comparable, type Piece, shapeOf } from '#engine/condition/pattern.ts';
import { requiredRuns } from '#engine/condition/regex/literals.ts';

/**
 * Something that can be seen in the bytes of a value without understanding it. `present`: there is a value; `high`: it holds
 * a character outside ASCII.
 */
export interface Atom {
  /** '' = anywhere in the event. */
  readonly field: string;
  readonly find: 'contains' | 'starts' | 'ends' | 'equals' | 'present' | 'high';
  /** Folded; without letters outside ASCII that have another case. */
  readonly text: string;
}

/** One of the atoms is seen, or every clause of one of the groups. */
export interface Clause {
  readonly atoms: readonly Atom[];
  readonly groups: readonly (readonly Clause[])[];
}

/** More clauses side by side cost more than they keep away. */
const CLAUSES_MAX = 6;
/** Longer texts are cut: what is looked up need not decide. */
const TEXT_MAX = 100;
const isSteady = (unit: number): boolean =>
  unit < 0x80 || (caseVariants(unit).length === 1 && (unit < 0xd800 || unit > 0xdfff));

/** The longest run of characters that have one form in bytes, and where it stands. */
function steadyRun(text: string): { readonly from: number; readonly to: number } {
  let best = { from: 0, to: 0 };
  let from = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (at < text.length && isSteady(text.charCodeAt(at))) continue;
    if (at - from > best.to - best.from) best = { from, to: at };
    from = at + 1;
  }
  return best;
}

/** True when the whole of the literal was kept: whoever sees the atom knows that the test is true. */
const isWhole = (atom: Atom, form: Form, text: string): boolean => atom.find === form && atom.text === text;

type Form = 'contains' | 'starts' | 'ends' | 'equals';

/** A literal as something to see: cut to what has one form in bytes and to a bearable length. */
function atomOf(field: string, form: Form, text: string): Atom {
  const run = steadyRun(text);
  if (run.to === run.from && text !== '') return { field, find: 'high', text: '' };
  const anchoredAtEnd = (form === 'ends' || form === 'equals') && run.to === text.length;
  const from = anchoredAtEnd ? Math.max(run.from, run.to - TEXT_MAX) : run.from;
  const to = anchoredAtEnd ? run.to : Math.min(run.to, run.from + TEXT_MAX);
  const anchoredAtStart = (form === 'starts' || form === 'equals') && from === 0;
  const find =
    anchoredAtStart && anchoredAtEnd ? 'equals' : anchoredAtEnd ? 'ends' : anchoredAtStart ? 'starts' : 'contains';
  const cut = text.slice(from, to);
  if (find === 'contains' && cut === '') return { field, find: 'present', text: '' };
  return { field, find, text: cut };
}

const isText = (piece: Piece | undefined): piece is { readonly text: string } => piece !== undefined && 'text' in piece;

function ofText(field: string, test: Extract<ValueTest, { op: 'text' }>): Atom {
  const shape = shapeOf(comparable(test.pattern, false));
  if (shape.form !== 'segments') return atomOf(field, shape.form, shape.text);
  const pieces = shape.segments.flat();
  const longest = pieces
    .filter(isText)
    .reduce((best, piece) => (piece.text.length > best.length ? piece.text : best), '');
  const first = shape.segments[0]?.[0];
  const last = shape.segments.at(-1)?.at(-1);
  const form =
    shape.fromStart && isText(first) && first.text === longest
      ? 'starts'
      : shape.toEnd && isText(last) && last.text === longest
        ? 'ends'
        : 'contains';
  return longest === '' ? { field, find: 'present', text: '' } : atomOf(field, form, longest);
}

const clause = (...atoms: Atom[]): Clause => ({ atoms, groups: [] });
const present = (field: string): Clause => clause({ field, find: 'present', text: '' });

function ofTest(field: string, test: ValueTest): readonly Clause[] {
  if (test.op === 'text') return [clause(ofText(field, test))];
  const runs = test.op === 'regex' ? requiredRuns(test.regex) : [];
  if (runs.length === 0) return [present(field)];
  return strongest(runs.map((alternatives) => clause(...alternatives.map((text) => atomOf(field, 'contains', text)))));
}

/** Higher is rarer: how long the shortest alternative is, less how many there are. */
function strength({ atoms, groups }: Clause): number {
  const ofAtom = ({ find, text }: Atom): number => {
    if (find === 'present') return -10;
    return find === 'high' ? 6 : Math.min(text.length, 14) + (find === 'equals' ? 2 : 0);
  };
  const ofGroup = (group: readonly Clause[]): number => Math.max(...group.map(strength)) + group.length - 1;
  return Math.min(...atoms.map(ofAtom), ...groups.map(ofGroup)) - Math.log2(atoms.length + groups.length);
}

/** Inside a value only texts of this length are looked for cheaply (see `INDEX.wide`). */
const CHEAP_MIN = 7;
/** With so many cheap clauses a rule needs no dear ones. */
const CHEAP_ENOUGH = 2;

const isCheap = ({ atoms, groups }: Clause): boolean =>
  atoms.every(({ find, text }) => find !== 'contains' || text.length >= CHEAP_MIN) &&
  groups.every((group) => group.every(isCheap));

/** The strongest clauses; dear ones only where there is nothing else. */
function strongest(clauses: readonly Clause[]): readonly Clause[] {
  const cheap = clauses.filter((one) => isCheap(one) && strength(one) > 0);
  const enough = cheap.length >= CHEAP_ENOUGH ? cheap : clauses;
  return enough.length <= CLAUSES_MAX
    ? enough
    : [...enough].sort((a, b) => strength(b) - strength(a)).slice(0, CLAUSES_MAX);
}

/** Alternatives as one clause; those of one clause are joined. */
function anyOf(parts: readonly (readonly Clause[])[]): Clause {
  const [single, several] = [parts.filter(({ length }) => length === 1), parts.filter(({ length }) => length > 1)];
  const joined = single.flat();
  return {
    atoms: joined.flatMap(({ atoms }) => atoms),
    groups: [...joined.flatMap(({ groups }) => groups), ...several],
  };
}

/**
 * What can be seen whenever a condition is true: all these clauses, which may hold although the condition is false, never the
 * other way round. None: nothing can be said. Undefined: the condition is never true.
 */
export function clausesOf(condition: Condition): readonly Clause[] | undefined {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? [] : undefined;
    case 'field':
      return ofTest(condition.field, condition.test);
    case 'keyword':
      return ofTest('', condition.test);
    case 'absent':
      return [];
    case 'reference':
      return [present(condition.field), present(condition.other)];
    case 'not':
      return condition.of.kind === 'absent' ? [present(condition.of.field)] : [];
    case 'or': {
      const parts = condition.of.map(clausesOf).filter((part) => part !== undefined);
      if (parts.length === 0) return undefined;
      return parts.some(({ length }) => length === 0) ? [] : [anyOf(parts)];
    }
    case 'and': {
      const parts = condition.of.map(clausesOf);
      return parts.includes(undefined) ? undefined : strongest(parts.flatMap((part) => part ?? []));
    }
  }
}

function proofOfTest(field: string, test: ValueTest): readonly Clause[] | undefined {
  if (test.op !== 'text' || test.cased) return undefined;
  const shape = shapeOf(comparable(test.pattern, false));
  if (shape.form === 'segments' || shape.text === '') return undefined;
  const atom = atomOf(field, shape.form, shape.text);
  return isWhole(atom, shape.form, shape.text) ? [clause(atom)] : undefined;
}

/** A condition is true when all these clauses are seen; it may be true without. Undefined: nothing seen proves it. */
function proofOf(condition: Condition): readonly Clause[] | undefined {
  switch (condition.kind) {
    case 'field':
      return proofOfTest(condition.field, condition.test);
    case 'or': {
      const parts = condition.of.map(proofOf).filter((part) => part !== undefined);
      return parts.length === 0 ? undefined : [anyOf(parts)];
    }
    case 'and': {
      const parts = condition.of.map(proofOf);
      return parts.includes(undefined) ? undefined : parts.flatMap((part) => part ?? []);
    }
    default:
      return undefined;
  }
}

/** Lists of clauses each of which proves that a condition is false: one of its filters ("and not …") holds. */
export function refutationsOf(condition: Condition): (readonly Clause[])[] {
  const parts = condition.kind === 'and' ? condition.of : [condition];
  return parts
    .flatMap((part) => (part.kind === 'not' ? [proofOf(part.of)] : []))
    .filter((proof) => proof !== undefined);
}
