import { type Condition, TRUE } from '#engine/condition/condition.ts';
import type { Origin, Place } from '#engine/fields/raw-layout.ts';
import { type Atom, type Clause, clausesOf, refutationsOf } from './clauses.ts';
import type { Kernel } from './kernel.ts';
import { CASE_BITS, PLAN } from './memory-map.ts';
import { type Entry, writeIndex } from './tables.ts';

export interface PlanSource {
  readonly conditions: readonly Condition[];
  originsOf(field: string): readonly Origin[];
  /** True when the text can come to stand in a field without standing in the line. */
  invents(text: string): boolean;
  idOf(place: Place): number;
}

export interface WrittenPlan {
  /** 0 when no condition can be true. */
  readonly address: number;
  /** Which of the conditions can be true at all; the plan's rule n is condition kept[n]. */
  readonly kept: readonly number[];
  /** Rules of the plan that are always to be asked. */
  readonly open: readonly number[];
}

/** Key under which keywords are searched: the whole line. */
const WHOLE_LINE = 0;
/** Characters that stand in a line as they are, whichever program wrote the JSON. */
const PLAIN = /[ !#-%(-.0-;=?-[\]-~]+/g;
const KEYWORD_MIN = 4;

const encoder = new TextEncoder();

/** The line is searched as it is: letters of any case then count as small ones, and so must the text's own bytes. */
function entryOf(find: Entry['find'], text: string, inLine: boolean, atom: number): Entry {
  const bytes = encoder.encode(text);
  if (!inLine) return { find, bytes, key: text, atom };
  return { find, bytes: bytes.map((byte) => byte | (CASE_BITS & 0xff)), key: `\u0000${text}`, atom };
}

/** Numbers the atoms of a plan, by the key they are seen under. */
class Atoms {
  readonly clauses: number[][] = [];
  private readonly numbers = new Map<string, number>();
  readonly byKey = new Map<number, { entries: Entry[]; present: number; high: number }>();

  add(key: number, { find, text }: Atom, clause: number): void {
    const name = `${key}\n${find}\n${text}`;
    let atom = this.numbers.get(name);
    if (atom === undefined) {
      atom = this.clauses.length;
      this.clauses.push([]);
      this.numbers.set(name, atom);
      const index = this.byKey.get(key) ?? { entries: [], present: -1, high: -1 };
      this.byKey.set(key, index);
      if (find === 'present' || find === 'high') index[find] = atom;
      else index.entries.push(entryOf(find, text, key === WHOLE_LINE, atom));
    }
    const list = this.clauses[atom];
    if (list && list.at(-1) !== clause) list.push(clause);
  }
}

/** A keyword as it must stand in the line: its longest part that no JSON writer escapes. */
function keywordAtom(atom: Atom, invents: (text: string) => boolean): Atom | undefined {
  if (atom.find === 'present' || atom.find === 'high') return undefined;
  const parts = atom.text.match(PLAIN) ?? [];
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best), '');
  return longest.length < KEYWORD_MIN || invents(longest) ? undefined : { field: '', find: 'contains', text: longest };
}

type KeyedAtom = readonly [key: number, atom: Atom];

/** A clause whose atoms are bound to the keys under which they are seen. */
interface KeyedClause {
  readonly atoms: readonly KeyedAtom[];
  readonly groups: readonly (readonly KeyedClause[])[];
}

/** Where an atom is seen; undefined: it cannot be told, so that its clause says nothing. */
function seenAs(atom: Atom, source: PlanSource): readonly KeyedAtom[] | undefined {
  if (atom.field === '') {
    const keyword = keywordAtom(atom, (text) => source.invents(text));
    return keyword && [[WHOLE_LINE, keyword]];
  }
  const origins = source.originsOf(atom.field);
  if (origins.some(({ from }) => from === 'rule')) return undefined;
  return origins.flatMap((origin): KeyedAtom[] =>
    origin.from === 'member' ? [[source.idOf(origin.place), atom]] : [],
  );
}

/** Clauses by key, without those that cannot be told; undefined when one of them can never be seen. */
function keyedClauses(clauses: readonly Clause[], source: PlanSource): KeyedClause[] | undefined {
  const keyed: KeyedClause[] = [];
  for (const clause of clauses) {
    const seen = clause.atoms.map((atom) => seenAs(atom, source));
    const groups = clause.groups.map((group) => keyedClauses(group, source)).filter((group) => group !== undefined);
    if (seen.includes(undefined) || groups.some(({ length }) => length === 0)) continue;
    const atoms = seen.flatMap((some) => some ?? []);
    if (atoms.length === 0 && groups.length === 0) return undefined;
    keyed.push({ atoms, groups });
  }
  return keyed;
}

/** A proof by key; undefined when one of its clauses cannot be told from where its atoms are seen. */
function keyedProof(proof: readonly Clause[], source: PlanSource): KeyedClause[] | undefined {
  const keyed: KeyedClause[] = [];
  for (const clause of proof) {
    const atoms = clause.atoms.flatMap((atom): KeyedAtom[] => {
      // Only the first place is certain to be the field's value.
      const [first] = source.originsOf(atom.field);
      return first?.from === 'member' ? [[source.idOf(first.place), atom]] : [];
    });
    const groups = clause.groups.map((group) => keyedProof(group, source)).filter((group) => group !== undefined);
    if (atoms.length === 0 && groups.length === 0) return undefined;
    keyed.push({ atoms, groups });
  }
  return keyed;
}

/** Numbers clauses, and the rules and groups they belong to: rules first. */
class Numbering {
  readonly atoms = new Atoms();
  /** Clause → rule or group. */
  readonly owners: number[] = [];
  /** How many clauses a rule or group has. */
  readonly needs: number[] = [];
  /** What groups do, see `PLAN.targets`. */
  readonly targets: number[] = [];

  addRule(clauses: readonly KeyedClause[]): void {
    this.needs.push(clauses.length);
  }

  /** After all rules. */
  addGroup(clauses: readonly KeyedClause[], target: number): void {
    this.needs.push(clauses.length);
    this.targets.push(target);
    this.addClauses(clauses, this.needs.length - 1);
  }

  addClauses(clauses: readonly KeyedClause[], owner: number): void {
    for (const { atoms, groups } of clauses) {
      const clause = this.owners.length;
      this.owners.push(owner);
      for (const [key, atom] of atoms) this.atoms.add(key, atom, clause);
      for (const group of groups) this.addGroup(group, ~clause);
    }
  }
}

/** Lays the tables of a plan down in the kernel's memory. */
export function writePlan(kernel: Kernel, source: PlanSource): WrittenPlan {
  const numbering = new Numbering();
  const rules: { readonly index: number; readonly clauses: readonly KeyedClause[] }[] = [];
  source.conditions.forEach((condition, index) => {
    const seen = clausesOf(condition);
    const clauses = seen && keyedClauses(seen, source);
    if (clauses) rules.push({ index, clauses });
  });
  const kept = rules.map(({ index }) => index);
  const open = rules.flatMap(({ clauses }, rule) => (clauses.length === 0 ? [rule] : []));
  if (rules.length === 0) return { address: 0, kept, open };
  for (const { clauses } of rules) numbering.addRule(clauses);
  rules.forEach(({ index, clauses }, rule) => {
    numbering.addClauses(clauses, rule);
    for (const proof of refutationsOf(source.conditions[index] ?? TRUE)) {
      const keyed = keyedProof(proof, source);
      if (keyed) numbering.addGroup(keyed, rule);
    }
  });
  return { address: writeTables(kernel, numbering, kept.length), kept, open };
}

function writeTables(kernel: Kernel, { atoms, owners, needs, targets }: Numbering, rules: number): number {
  const starts: number[] = [0];
  for (const clauses of atoms.clauses) starts.push((starts.at(-1) ?? 0) + clauses.length);
  const indexes = new Map([...atoms.byKey].map(([key, index]) => [key, writeIndex(kernel, index)]));
  const keyWords = Array.from({ length: kernel.keyCount }, (_, key) =>
    key === WHOLE_LINE ? 0 : (indexes.get(key) ?? 0),
  );
  const words = new Map<number, number>([
    [PLAN.keys, kernel.placeWords(keyWords)],
    [PLAN.keywords, indexes.get(WHOLE_LINE) ?? 0],
    [PLAN.atomStarts, kernel.placeWords(starts)],
    [PLAN.atomClauses, kernel.placeWords(atoms.clauses.flat())],
    [PLAN.clauseStamps, kernel.allocateStamps(owners.length)],
    [PLAN.clauseRules, kernel.placeWords(owners)],
    [PLAN.ruleStamps, kernel.allocateStamps(needs.length)],
    [PLAN.ruleCounts, kernel.allocate(needs.length * 4)],
    [PLAN.ruleNeeds, kernel.placeWords(needs)],
    [PLAN.candidates, kernel.allocate(rules * 4)],
    [PLAN.rules, rules],
    [PLAN.targets, kernel.placeWords(targets)],
  ]);
  return kernel.placeWords(Array.from({ length: PLAN.size >> 2 }, (_, index) => words.get(index << 2) ?? 0));
}
