import { foldCase } from '../fold.ts';
import type { Node, Regex } from './syntax.ts';

/** The folded character of a class whose members are one letter in its cases; undefined for any other class. */
function singleLetter(node: Node): string | undefined {
  if (node.kind !== 'chars') return undefined;
  const letters = new Set<string>();
  for (const [low, high] of node.ranges) {
    if (high - low > 2) return undefined;
    for (let code = low; code <= high; code += 1) letters.add(foldCase(String.fromCodePoint(code)));
  }
  const [only] = letters;
  return letters.size === 1 ? only : undefined;
}

const shortest = (literals: readonly string[]): number => Math.min(...literals.map((literal) => literal.length));

function better(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] | undefined {
  if (!a || a.length === 0) return b;
  if (!b || b.length === 0) return a;
  return shortest(b) > shortest(a) ? b : a;
}

function required(node: Node): readonly string[] | undefined {
  switch (node.kind) {
    case 'chars': {
      const letter = singleLetter(node);
      return letter === undefined ? undefined : [letter];
    }
    case 'assert':
      return undefined;
    case 'repeat':
      return node.min > 0 ? required(node.of) : undefined;
    case 'choice': {
      const parts = node.of.map(required);
      const literals = parts.flatMap((part) => part ?? []);
      return parts.every((part) => part !== undefined) && literals.length <= 64 ? literals : undefined;
    }
    case 'sequence': {
      let best: readonly string[] | undefined;
      let run = '';
      for (const part of node.of) {
        const letter = singleLetter(part);
        if (letter !== undefined) run += letter;
        else {
          best = better(best, run === '' ? undefined : [run]);
          run = '';
          best = better(best, required(part));
        }
      }
      return better(best, run === '' ? undefined : [run]);
    }
  }
}

/** Folded texts of which a matching value must hold at least one; undefined when there are none. */
export const requiredLiterals = (regex: Regex): readonly string[] | undefined => required(regex.node);

/** A run of letters shorter than this is kept only when there is nothing longer. */
const RUN_MIN = 2;

function runsOf(node: Node): (readonly string[])[] {
  if (node.kind === 'repeat') return node.min > 0 ? runsOf(node.of) : [];
  if (node.kind !== 'sequence') {
    const literals = required(node);
    return literals && literals.length > 0 ? [literals] : [];
  }
  const runs: (readonly string[])[] = [];
  let run = '';
  for (const part of node.of) {
    const letter = singleLetter(part);
    if (letter !== undefined) run += letter;
    else {
      if (run !== '') runs.push([run]);
      run = '';
      runs.push(...runsOf(part));
    }
  }
  return run === '' ? runs : [...runs, [run]];
}

/** Lists of folded texts: a matching value holds at least one of each. Empty when nothing can be said. */
export function requiredRuns(regex: Regex): readonly (readonly string[])[] {
  const runs = runsOf(regex.node);
  const long = runs.filter((literals) => shortest(literals) >= RUN_MIN);
  return long.length > 0 ? long : runs;
}
