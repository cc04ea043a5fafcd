import { type Assertion, type Node, type Range, type Regex, WORD } from './syntax.ts';

/** One step of the automaton: read a character of the class set, split, check a place, or accept. */
type State =
  | { readonly do: 'read'; readonly ranges: readonly Range[]; next: number }
  | { readonly do: 'split'; next: number[] }
  | { readonly do: 'check'; readonly what: Assertion; next: number }
  | { readonly do: 'accept' };

/** Deterministic states kept before the table is thrown away and begun anew: bounds memory, not correctness. */
const TABLE_MAX = 2_000;

/** What came before: nothing, a line break, a word character, another character. */
type Before = 0 | 1 | 2 | 3;
const NEWLINE = 10;
const END_CLASS = 0;

class Builder {
  readonly states: State[] = [];

  private add(state: State): number {
    this.states.push(state);
    return this.states.length - 1;
  }

  /** Builds from the end: gives the entry of `node` when followed by `next`. */
  build(node: Node, next: number): number {
    switch (node.kind) {
      case 'chars':
        return this.add({ do: 'read', ranges: node.ranges, next });
      case 'assert':
        return this.add({ do: 'check', what: node.what, next });
      case 'sequence':
        return node.of.reduceRight((following, part) => this.build(part, following), next);
      case 'choice':
        return this.add({ do: 'split', next: node.of.map((part) => this.build(part, next)) });
      case 'repeat':
        return this.repeat(node, next);
    }
  }

  accept(): number {
    return this.add({ do: 'accept' });
  }

  private repeat(node: Extract<Node, { kind: 'repeat' }>, next: number): number {
    let entry = next;
    if (node.max === Infinity) {
      const loop: State = { do: 'split', next: [] };
      const at = this.add(loop);
      loop.next = [this.build(node.of, at), next];
      entry = at;
    } else {
      for (let extra = node.min; extra < node.max; extra += 1) {
        entry = this.add({ do: 'split', next: [this.build(node.of, entry), next] });
      }
    }
    for (let fixed = 0; fixed < node.min; fixed += 1) entry = this.build(node.of, entry);
    return entry;
  }
}

/** Characters that behave alike share a class; class 0 is the end of the text. */
class Alphabet {
  private readonly low = new Uint16Array(128);
  private readonly starts: number[];
  readonly samples: number[];

  constructor(states: readonly State[]) {
    const edges = new Set<number>([0, NEWLINE, NEWLINE + 1]);
    for (const [low, high] of WORD) edges.add(low).add(high + 1);
    for (const state of states) {
      if (state.do === 'read') for (const [low, high] of state.ranges) edges.add(low).add(high + 1);
    }
    this.starts = [...edges].sort((a, b) => a - b);
    this.samples = [-1, ...this.starts];
    for (let code = 0; code < 128; code += 1) this.low[code] = this.find(code);
  }

  private find(code: number): number {
    let from = 0;
    let to = this.starts.length;
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if ((this.starts[middle] ?? 0) <= code) from = middle;
      else to = middle;
    }
    return from + 1;
  }

  classOf(code: number): number {
    return code < 128 ? (this.low[code] ?? 1) : this.find(code);
  }
}

const isWord = (code: number): boolean => WORD.some(([low, high]) => code >= low && code <= high);

function holds(what: Assertion, before: Before, nextCode: number): boolean {
  const wordNext = nextCode >= 0 && isWord(nextCode);
  switch (what) {
    case 'text-start':
      return before === 0;
    case 'text-end':
      return nextCode < 0;
    case 'line-start':
      return before === 0 || before === 1;
    case 'line-end':
      return nextCode < 0 || nextCode === NEWLINE;
    case 'word-edge':
      return (before === 2) !== wordNext;
    case 'no-word-edge':
      return (before === 2) === wordNext;
  }
}

const DEAD = -2;
const ACCEPT = -1;

/** A deterministic state: the automaton's states before following empty steps, and what was read last. */
interface Place {
  readonly core: readonly number[];
  readonly before: Before;
  readonly next: Int32Array;
}

/** Searches a regular expression in time linear in the text: states are made deterministic as they are met. */
export class Automaton {
  private readonly states: readonly State[];
  private readonly entry: number;
  private readonly alphabet: Alphabet;
  private places: Place[] = [];
  private ids = new Map<string, number>();

  constructor(regex: Regex) {
    const builder = new Builder();
    const accept = builder.accept();
    this.entry = builder.build(regex.node, accept);
    this.states = builder.states;
    this.alphabet = new Alphabet(this.states);
  }

  /** True when the expression matches somewhere in `text`. */
  test(text: string): boolean {
    let place = this.place([this.entry], 0);
    for (let at = 0; at <= text.length; ) {
      const code = at < text.length ? (text.codePointAt(at) ?? 0) : -1;
      const letter = code < 0 ? END_CLASS : this.alphabet.classOf(code);
      let next = this.places[place]?.next[letter] ?? 0;
      if (next === 0) next = this.step(place, letter);
      if (next === ACCEPT) return true;
      if (next === DEAD || code < 0) return false;
      place = next - 1;
      at += code > 0xffff ? 2 : 1;
    }
    return false;
  }

  private place(core: readonly number[], before: Before): number {
    const key = `${before}:${core.join(',')}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    if (this.places.length >= TABLE_MAX) {
      this.places = [];
      this.ids = new Map();
    }
    const id = this.places.length;
    this.places.push({ core, before, next: new Int32Array(this.alphabet.samples.length) });
    this.ids.set(key, id);
    return id;
  }

  /** Works out and remembers where reading a character of class `letter` leads. */
  private step(from: number, letter: number): number {
    const place = this.places[from];
    if (!place) return DEAD;
    const code = this.alphabet.samples[letter] ?? -1;
    const reached = this.follow(place.core, place.before, code);
    let answer: number;
    if (reached === 'accept') answer = ACCEPT;
    else if (code < 0) answer = DEAD;
    else {
      const core = new Set<number>([this.entry]);
      for (const state of reached) {
        if (state.do === 'read' && state.ranges.some(([low, high]) => code >= low && code <= high))
          core.add(state.next);
      }
      const before: Before = code === NEWLINE ? 1 : isWord(code) ? 2 : 3;
      const next = this.place(
        [...core].sort((a, b) => a - b),
        before,
      );
      answer = next + 1;
    }
    place.next[letter] = answer;
    return answer;
  }

  /** Follows empty steps. */
  private follow(core: readonly number[], before: Before, nextCode: number): State[] | 'accept' {
    const seen = new Set<number>(core);
    const waiting = [...core];
    const reading: State[] = [];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const state = this.states[id];
      if (!state) continue;
      if (state.do === 'accept') return 'accept';
      if (state.do === 'read') reading.push(state);
      else if (state.do === 'split' || holds(state.what, before, nextCode)) {
        for (const next of state.do === 'split' ? state.next : [state.next]) {
          if (!seen.has(next)) {
            seen.add(next);
            waiting.push(next);
          }
        }
      }
    }
    return reading;
  }
}
