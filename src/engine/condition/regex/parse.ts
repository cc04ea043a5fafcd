import { caseVariants } from '../fold.ts';
import {
  complement,
  DIGITS,
  HIGHEST,
  type Node,
  normalise,
  type Range,
  type Regex,
  type RegexFlags,
  SPACE,
  WORD,
} from './syntax.ts';

/** Why an expression is refused. `at` counts characters from 0. */
export interface RegexProblem {
  readonly at: number;
  readonly message: string;
  readonly hint: string;
}

/** Bounds that keep the matcher's memory small whatever the expression: characters, nesting, repeats, automaton states. */
const REGEX_LIMITS = { length: 4_000, depth: 100, repeat: 1_000, states: 20_000 } as const;

const NO_HINT = 'see docs/adr on regular expressions for what is understood';

class Refused extends Error {
  readonly problem: RegexProblem;
  constructor(at: number, message: string, hint = NO_HINT) {
    super(message);
    this.problem = { at, message, hint };
  }
}

const CONTROL: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7, e: 27, '0': 0 };
const CLASSES: Readonly<Record<string, readonly Range[]>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
};
const POSIX: Readonly<Record<string, readonly Range[]>> = {
  alpha: [
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  digit: DIGITS,
  alnum: WORD.filter(([low]) => low !== 0x5f),
  upper: [[0x41, 0x5a]],
  lower: [[0x61, 0x7a]],
  space: SPACE,
  xdigit: [
    [0x30, 0x39],
    [0x41, 0x46],
    [0x61, 0x66],
  ],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
};
const EMPTY: Node = { kind: 'sequence', of: [] };

/** Largest class whose letters are widened one by one; bigger ones hold their own other cases anyway. */
const WIDEN_MAX = 0x3000;

function widen(ranges: readonly Range[]): Range[] {
  const wide: Range[] = [...ranges];
  for (const [low, high] of ranges) {
    for (let unit = low; unit <= Math.min(high, WIDEN_MAX); unit += 1) {
      for (const variant of caseVariants(unit)) if (variant !== unit) wide.push([variant, variant]);
    }
  }
  return normalise(wide);
}

class Parser {
  private readonly text: string;
  private at = 0;
  private depth = 0;
  private flags: RegexFlags;

  constructor(text: string, flags: RegexFlags) {
    this.text = text;
    this.flags = flags;
  }

  parse(): Node {
    const node = this.choice();
    if (this.at < this.text.length)
      throw new Refused(this.at, 'a bracket ")" closes nothing', 'write \\) for the character');
    return node;
  }

  private peek(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  private take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.at += text.length;
    return true;
  }

  private choice(): Node {
    this.depth += 1;
    if (this.depth > REGEX_LIMITS.depth)
      throw new Refused(this.at, `brackets nested more than ${REGEX_LIMITS.depth} deep`);
    const branches: Node[] = [this.sequence()];
    while (this.take('|')) branches.push(this.sequence());
    this.depth -= 1;
    const [only] = branches;
    return branches.length === 1 && only ? only : { kind: 'choice', of: branches };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (this.at < this.text.length && !this.peek('|') && !this.peek(')')) {
      const start = this.at;
      const atom = this.atom();
      if (atom) parts.push(this.quantified(atom, start));
    }
    const [only] = parts;
    return parts.length === 1 && only ? only : { kind: 'sequence', of: parts };
  }

  private quantified(atom: Node, start: number): Node {
    let node = atom;
    for (;;) {
      const bounds = this.bounds();
      if (!bounds) return node;
      const [min, max] = bounds;
      if (max < min)
        throw new Refused(start, `{${min},${max}} ends before it begins`, 'write the smaller number first');
      if (min > REGEX_LIMITS.repeat || (max !== Infinity && max > REGEX_LIMITS.repeat)) {
        throw new Refused(
          start,
          `a part is repeated more than ${REGEX_LIMITS.repeat} times`,
          'use an open end such as {100,}',
        );
      }
      if (this.take('+'))
        throw new Refused(this.at - 1, 'possessive repeats are not understood', 'leave out the second +');
      this.take('?');
      node = { kind: 'repeat', of: node, min, max };
      if (node.of.kind === 'repeat' && /[*+?]/.test(this.text.charAt(this.at))) {
        throw new Refused(this.at, 'a repeat of a repeat', 'put the inner one in brackets');
      }
    }
  }

  private bounds(): readonly [number, number] | undefined {
    if (this.take('*')) return [0, Infinity];
    if (this.take('+')) return [1, Infinity];
    if (this.take('?')) return [0, 1];
    const counted = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(this.text.slice(this.at, this.at + 24));
    if (!counted) return undefined;
    this.at += counted[0].length;
    const min = Number(counted[1]);
    if (counted[2] === undefined) return [min, min];
    return [min, counted[3] ? Number(counted[3]) : Infinity];
  }

  private chars(ranges: readonly Range[]): Node {
    return { kind: 'chars', ranges: this.flags.ignoreCase ? widen(ranges) : normalise(ranges) };
  }

  private atom(): Node | undefined {
    const start = this.at;
    const code = this.text.codePointAt(start) ?? 0;
    const letter = String.fromCodePoint(code);
    this.at += letter.length;
    switch (letter) {
      case '(':
        return this.group(start);
      case '[':
        return this.charClass(start);
      case '.':
        return { kind: 'chars', ranges: this.flags.dotAll ? [[0, HIGHEST]] : complement([[10, 10]]) };
      case '^':
        return { kind: 'assert', what: this.flags.multiline ? 'line-start' : 'text-start' };
      case '$':
        return { kind: 'assert', what: this.flags.multiline ? 'line-end' : 'text-end' };
      case '*':
      case '+':
      case '?':
        throw new Refused(start, `"${letter}" repeats nothing`, `write \\${letter} for the character`);
      case '\\':
        return this.escape(start);
      default:
        return this.chars([[code, code]]);
    }
  }

  private group(start: number): Node | undefined {
    const before = this.flags;
    if (this.take('?')) {
      if (this.peek('=') || this.peek('!') || this.peek('<=') || this.peek('<!')) {
        throw new Refused(start, 'look-around is not understood', 'express it with a second selection and "not"');
      }
      if (this.peek('>')) throw new Refused(start, 'atomic groups are not understood', 'use (?: … )');
      const named = /^P?<[A-Za-z_]\w*>/.exec(this.text.slice(this.at, this.at + 64));
      const inline = /^([a-z]*)(-[a-z]+)?([:)])/.exec(this.text.slice(this.at, this.at + 24));
      if (named) this.at += named[0].length;
      else if (inline) {
        this.at += inline[0].length;
        this.setFlags(inline[1] ?? '', true, start);
        this.setFlags((inline[2] ?? '').slice(1), false, start);
        // `(?i)` holds to the end of the enclosing group.
        if (inline[3] === ')') return undefined;
      } else throw new Refused(start, 'an unknown kind of group', 'use ( … ) or (?: … )');
    }
    const node = this.choice();
    if (!this.take(')'))
      throw new Refused(start, 'a bracket "(" is never closed', 'add ")" or write \\( for the character');
    this.flags = before;
    return node.kind === 'sequence' && node.of.length === 0 ? EMPTY : node;
  }

  private setFlags(letters: string, on: boolean, at: number): void {
    for (const letter of letters) {
      if (letter === 'i') this.flags = { ...this.flags, ignoreCase: on };
      else if (letter === 'm') this.flags = { ...this.flags, multiline: on };
      else if (letter === 's') this.flags = { ...this.flags, dotAll: on };
      else if (letter !== 'u') throw new Refused(at, `the flag "${letter}" is not understood`, 'use i, m or s');
    }
  }

  private escape(start: number): Node {
    const letter = this.text.charAt(this.at);
    const assertion = { A: 'text-start', z: 'text-end', Z: 'text-end', b: 'word-edge', B: 'no-word-edge' } as const;
    if (letter === 'A' || letter === 'z' || letter === 'Z' || letter === 'b' || letter === 'B') {
      this.at += 1;
      return { kind: 'assert', what: assertion[letter] };
    }
    return this.chars(this.escaped(start));
  }

  /** What follows a backslash, inside or outside a class. */
  private escaped(start: number): readonly Range[] {
    const code = this.text.codePointAt(this.at);
    if (code === undefined) throw new Refused(start, 'a backslash ends the expression', 'write \\\\ for the character');
    const letter = String.fromCodePoint(code);
    this.at += letter.length;
    const known = CLASSES[letter];
    if (known) return known;
    if (letter === 'x' || letter === 'u') return this.hexadecimal(letter, start);
    const control = CONTROL[letter];
    if (control !== undefined) return [[control, control]];
    if (/[1-9]/.test(letter))
      throw new Refused(start, 'back-references are not understood', 'write the part out again');
    if (/[A-Za-z]/.test(letter))
      throw new Refused(start, `"\\${letter}" is not understood`, `write ${letter} for the letter`);
    return [[code, code]];
  }

  private hexadecimal(letter: string, start: number): readonly Range[] {
    const rest = this.text.slice(this.at, this.at + 10);
    const digits =
      /^\{([0-9A-Fa-f]{1,6})\}/.exec(rest) ?? (letter === 'x' ? /^([0-9A-Fa-f]{2})/ : /^([0-9A-Fa-f]{4})/).exec(rest);
    const code = Number.parseInt(digits?.[1] ?? '', 16);
    if (!digits || code > HIGHEST)
      throw new Refused(start, `"\\${letter}" needs a character number`, 'write for example \\x41');
    this.at += digits[0].length;
    return [[code, code]];
  }

  private charClass(start: number): Node {
    const negated = this.take('^');
    const ranges: Range[] = [];
    for (let first = true; ; first = false) {
      if (this.at >= this.text.length)
        throw new Refused(start, 'a class "[" is never closed', 'add "]" or write \\[ for the character');
      if (!first && this.take(']')) break;
      ranges.push(...this.classItem(start));
    }
    const cased = this.flags.ignoreCase ? widen(ranges) : normalise(ranges);
    return { kind: 'chars', ranges: negated ? complement(cased) : cased };
  }

  private classItem(start: number): readonly Range[] {
    const posix = /^\[:(\w+):\]/.exec(this.text.slice(this.at, this.at + 12));
    const known = posix?.[1] === undefined ? undefined : POSIX[posix[1]];
    if (posix && known) {
      this.at += posix[0].length;
      return known;
    }
    const low = this.classChar();
    const single = low.length === 1 && low[0] !== undefined && low[0][0] === low[0][1] ? low[0][0] : undefined;
    const dash = this.peek('-') && this.at + 1 < this.text.length && this.text.charAt(this.at + 1) !== ']';
    if (single === undefined || !dash) return low;
    this.at += 1;
    const high = this.classChar();
    const end = high.length === 1 && high[0] !== undefined && high[0][0] === high[0][1] ? high[0][0] : undefined;
    if (end === undefined) return [...low, [0x2d, 0x2d], ...high];
    if (end < single)
      throw new Refused(start, 'a range in a class runs backwards', 'write the smaller character first');
    return [[single, end]];
  }

  private classChar(): readonly Range[] {
    const start = this.at;
    const code = this.text.codePointAt(start) ?? 0;
    this.at += String.fromCodePoint(code).length;
    if (code !== 0x5c) return [[code, code]];
    if (this.take('b')) return [[8, 8]];
    return this.escaped(start);
  }
}

/** States the automaton needs, at most. */
function weight(node: Node): number {
  switch (node.kind) {
    case 'chars':
    case 'assert':
      return 1;
    case 'repeat':
      return (weight(node.of) + 1) * (node.max === Infinity ? node.min + 1 : Math.max(node.max, 1));
    default:
      return node.of.reduce((sum, part) => sum + weight(part) + 1, 0);
  }
}

/** Checks and reads an expression: the part of PCRE that needs no going back, so that matching is linear in the text. */
export function parseRegex(
  source: string,
  flags: RegexFlags = { ignoreCase: false, multiline: false, dotAll: false },
): { readonly regex: Regex; readonly problem?: undefined } | { readonly problem: RegexProblem } {
  try {
    if (source.length > REGEX_LIMITS.length) {
      throw new Refused(0, `longer than ${REGEX_LIMITS.length} characters`, 'use a list of shorter ones');
    }
    const node = new Parser(source, flags).parse();
    if (weight(node) > REGEX_LIMITS.states)
      throw new Refused(0, 'its repeats multiply to too many states', 'use smaller counts');
    return { regex: { source, node } };
  } catch (error) {
    if (error instanceof Refused) return { problem: error.problem };
    throw error;
  }
}
