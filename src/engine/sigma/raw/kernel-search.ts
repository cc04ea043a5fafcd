import {
  add,
  and,
  bits16,
  bytes16,
  type Code,
  call,
  eq,
  equal16,
  eqz,
  type FunctionSource,
  ge,
  give,
  gt,
  leave,
  load,
  load8,
  load16,
  loadVector,
  lt,
  mul,
  ne,
  or,
  repeat,
  set,
  shl,
  shr,
  store,
  sub,
  type Value,
  when,
  xor,
} from './assembler.ts';
import {
  CASE_BITS,
  CELLS,
  ENTRY,
  FORM,
  FORM_BIT,
  INDEX,
  KIND,
  MEMO,
  MIX,
  MIX_HIGH,
  PLAN,
  RECORD,
  REFUTED,
  SCRATCH,
  TABLE,
  TOKEN,
  TOKENS,
} from './memory-map.ts';

const wordOf = (table: number, index: Value): Code => add(load('plan', table), shl(index, 2));

/**
 * A clause is seen. A rule all of whose clauses are becomes a candidate; a group of clauses refutes its rule or makes another
 * clause seen. Stamps with the number of the line stand for "seen already", so that nothing has to be cleared.
 */
const see: FunctionSource = {
  name: 'see',
  parameters: ['plan', 'clause', 'epoch'],
  body: [
    set('stamp', wordOf(PLAN.clauseStamps, 'clause')),
    when(eq(load('stamp'), 'epoch'), give(0)),
    store('stamp', 'epoch'),
    set('rule', load(wordOf(PLAN.clauseRules, 'clause'))),
    set('ruleStamp', wordOf(PLAN.ruleStamps, 'rule')),
    set('count', wordOf(PLAN.ruleCounts, 'rule')),
    when(ne(load('ruleStamp'), 'epoch'), store('ruleStamp', 'epoch'), store('count', 0)),
    store('count', add(load('count'), 1)),
    when(ne(load('count'), load(wordOf(PLAN.ruleNeeds, 'rule'))), give(0)),
    when(
      lt('rule', load('plan', PLAN.rules)),
      set('found', load('plan', PLAN.candidateCount)),
      store(wordOf(PLAN.candidates, 'found'), 'rule'),
      store('plan', add('found', 1), PLAN.candidateCount),
      give(0),
    ),
    set('target', load(wordOf(PLAN.targets, sub('rule', load('plan', PLAN.rules))))),
    when(shr('target', 31), give(call('see', 'plan', xor('target', -1), 'epoch'))),
    store(wordOf(PLAN.ruleStamps, 'target'), 'epoch'),
    store(wordOf(PLAN.ruleCounts, 'target'), REFUTED),
  ],
};

/** An atom is seen: all clauses that it is part of are. */
const fire: FunctionSource = {
  name: 'fire',
  parameters: ['plan', 'atom', 'epoch'],
  body: [
    set('recorded', load(CELLS.recorded)),
    when(lt('recorded', MEMO.atomsMax), store(add(RECORD, shl('recorded', 2)), 'atom')),
    store(CELLS.recorded, add('recorded', 1)),
    set('starts', wordOf(PLAN.atomStarts, 'atom')),
    set('at', wordOf(PLAN.atomClauses, load('starts'))),
    set('end', wordOf(PLAN.atomClauses, load('starts', 4))),
    repeat(
      'clauses',
      when(ge('at', 'end'), leave('clauses')),
      dropped('see', 'plan', load('at'), 'epoch'),
      set('at', add('at', 4)),
    ),
  ],
};

/** Tells whether a byte is in the value in the scratch space, which zeros follow. */
const holdsByte: FunctionSource = {
  name: 'holdsByte',
  parameters: ['at', 'end', 'byte'],
  body: [
    repeat(
      'blocks',
      when(ge('at', 'end'), give(0)),
      when(bits16(equal16(loadVector('at'), bytes16('byte'))), give(1)),
      set('at', add('at', 16)),
    ),
  ],
};

const LENGTH_MASK = (1 << FORM_BIT) - 1;

/** Compares an entry in full; `at` is where the bytes by which it was looked up stand in the value. */
const compareEntry: FunctionSource = {
  name: 'compareEntry',
  parameters: ['entry', 'at', 'start', 'end'],
  body: [
    set('from', sub('at', load16('entry', 6))),
    set('form', shr(load16('entry', 4), FORM_BIT)),
    set('length', and(load16('entry', 4), LENGTH_MASK)),
    // The differences are unsigned: a beginning before the value is a huge number.
    when(gt(sub('from', 'start'), sub('end', 'start')), give(0)),
    when(gt(add('from', 'length'), 'end'), give(0)),
    when(and('form', FORM.starts), when(ne('from', 'start'), give(0))),
    when(and('form', FORM.ends), when(ne(add('from', 'length'), 'end'), give(0))),
    set('text', load('entry')),
    set('bits', load(CELLS.caseBits)),
    repeat(
      'words',
      when(lt('length', 4), leave('words')),
      when(ne(load('text'), or(load('from'), 'bits')), give(0)),
      set('text', add('text', 4)),
      set('from', add('from', 4)),
      set('length', sub('length', 4)),
    ),
    repeat(
      'bytes',
      when(eqz('length'), give(1)),
      when(ne(load8('text'), or(load8('from'), and('bits', 0x20))), give(0)),
      set('text', add('text', 1)),
      set('from', add('from', 1)),
      set('length', sub('length', 1)),
    ),
  ],
};

/** Compares all entries of the slot of `hash`. `table` is the address of the table's words. */
const probe: FunctionSource = {
  name: 'probe',
  parameters: ['plan', 'table', 'hash', 'at', 'start', 'end', 'epoch'],
  body: [
    set('head', add(load('table', TABLE.heads), shl(shr('hash', load('table', TABLE.shift)), 2))),
    set('entry', add(load('table', TABLE.entries), mul(load('head'), ENTRY))),
    set('last', add(load('table', TABLE.entries), mul(load('head', 4), ENTRY))),
    repeat(
      'entries',
      when(ge('entry', 'last'), leave('entries')),
      when(
        eq(load('entry', 8), 'hash'),
        when(call('compareEntry', 'entry', 'at', 'start', 'end'), dropped('fire', 'plan', load('entry', 12), 'epoch')),
      ),
      set('entry', add('entry', ENTRY)),
    ),
  ],
};

/** Calls for the effect only. */
function dropped(callee: string, ...operands: Value[]): Code {
  return set('ignored', call(callee, ...operands));
}

const hash4 = (at: Value): Code => mul(or(load(at), CASE_BITS), MIX);
const hash8 = (at: Value): Code => mul(xor(mul(load(at), MIX), mul(load(at, 4), MIX_HIGH)), MIX);

/** Not 0 when a filter of bytes, or of bits, has this one. Shifting counts modulo 32. */
const hasByte = (bit: string): Code => load8(add('filter', bit));
const hasBit = (bit: string): Code => and(shr(load(add('filter', and(shr(bit, 3), -4))), bit), 1);

/** Looks up runs of four bytes: every `step`-th. `table` is the address of the table's words. */
const searchRuns = (name: string, step: number, passes: (bit: string) => Code): FunctionSource => ({
  name,
  parameters: ['plan', 'table', 'start', 'end', 'epoch'],
  body: [
    set('filter', load('table', TABLE.filter)),
    set('shift', load('table', TABLE.filterShift)),
    set('at', 'start'),
    repeat(
      'runs',
      when(ge('at', 'end'), leave('runs')),
      set('hash', hash4('at')),
      set('bit', shr('hash', 'shift')),
      when(passes('bit'), dropped('probe', 'plan', 'table', 'hash', 'at', 'start', 'end', 'epoch')),
      set('at', add('at', step)),
    ),
  ],
});

const searchPairs: FunctionSource = {
  name: 'searchPairs',
  parameters: ['plan', 'table', 'start', 'end', 'epoch'],
  body: [
    set('filter', load('table', TABLE.filter)),
    set('at', 'start'),
    repeat(
      'pairs',
      when(ge('at', 'end'), leave('pairs')),
      set('bit', load16('at')),
      when(hasBit('bit'), dropped('probe', 'plan', 'table', mul('bit', MIX), 'at', 'start', 'end', 'epoch')),
      set('at', add('at', 1)),
    ),
  ],
};

/** Finds everything an index holds in the value between `start` and `end` of the scratch space. */
const searchValue: FunctionSource = {
  name: 'searchValue',
  parameters: ['plan', 'index', 'start', 'end', 'epoch'],
  body: [
    set('length', sub('end', 'start')),
    when(
      load('index', INDEX.tails),
      when(
        ge('length', 8),
        dropped(
          'probe',
          'plan',
          add('index', INDEX.tails),
          hash8(sub('end', 8)),
          sub('end', 8),
          'start',
          'end',
          'epoch',
        ),
      ),
    ),
    when(
      load('index', INDEX.ends),
      when(
        ge('length', 4),
        dropped(
          'probe',
          'plan',
          add('index', INDEX.ends),
          hash4(sub('end', 4)),
          sub('end', 4),
          'start',
          'end',
          'epoch',
        ),
      ),
    ),
    when(
      load('index', INDEX.starts),
      when(
        ge('length', 4),
        dropped('probe', 'plan', add('index', INDEX.starts), hash4('start'), 'start', 'start', 'end', 'epoch'),
      ),
    ),
    when(load('index', INDEX.wide), dropped('searchWide', 'plan', add('index', INDEX.wide), 'start', 'end', 'epoch')),
    when(
      load('index', INDEX.grams),
      dropped('searchGrams', 'plan', add('index', INDEX.grams), 'start', 'end', 'epoch'),
    ),
    when(
      load('index', INDEX.pairs),
      dropped('searchPairs', 'plan', add('index', INDEX.pairs), 'start', 'end', 'epoch'),
    ),
    set('entry', load('index', INDEX.tiny)),
    set('last', add('entry', mul(load('index', INDEX.tinyCount), ENTRY))),
    repeat(
      'tiny',
      when(ge('entry', 'last'), leave('tiny')),
      // What is too short to be looked up stands at the beginning or at the end.
      set('at', 'start'),
      when(
        eq(shr(load16('entry', 4), FORM_BIT), FORM.ends),
        set('at', sub('end', and(load16('entry', 4), LENGTH_MASK))),
      ),
      when(call('compareEntry', 'entry', 'at', 'start', 'end'), dropped('fire', 'plan', load('entry', 12), 'epoch')),
      set('entry', add('entry', ENTRY)),
    ),
    set('entry', load('index', INDEX.singles)),
    set('last', add('entry', shl(load('index', INDEX.singleCount), 3))),
    repeat(
      'singles',
      when(ge('entry', 'last'), leave('singles')),
      when(call('holdsByte', 'start', 'end', load('entry')), dropped('fire', 'plan', load('entry', 4), 'epoch')),
      set('entry', add('entry', 8)),
    ),
    set('atom', load('index', INDEX.present)),
    when('atom', dropped('fire', 'plan', sub('atom', 1), 'epoch')),
    set('atom', load('index', INDEX.high)),
    when('atom', when(load(CELLS.high), dropped('fire', 'plan', sub('atom', 1), 'epoch'))),
  ],
};

/**
 * Searches the line that `readTokens` has cut for everything in a plan. Gives how many rules may be true, their numbers
 * then stand in the plan; -1 when a value is of a kind the kernel cannot read.
 */
const searchLine: FunctionSource = {
  name: 'searchLine',
  parameters: ['plan', 'tokens', 'from', 'to', 'epoch'],
  body: [
    store('plan', 0, PLAN.candidateCount),
    set('token', TOKENS),
    set('last', add(TOKENS, mul('tokens', TOKEN))),
    repeat(
      'tokens',
      when(ge('token', 'last'), leave('tokens')),
      set('index', load(add(load('plan', PLAN.keys), shl(load('token'), 2)))),
      when(
        'index',
        set('kind', load('token', 12)),
        when(eq('kind', KIND.other), give(-1)),
        when(
          ne('kind', KIND.null),
          when(
            eqz(call('recall', 'plan', 'index', load('token', 4), load('token', 8), 'epoch')),
            set('end', call('foldValue', load('token', 4), load('token', 8), eq('kind', KIND.escaped))),
            when(eqz('end'), give(-1)),
            store(CELLS.recorded, 0),
            dropped('searchValue', 'plan', 'index', SCRATCH, 'end', 'epoch'),
            dropped('remember', 'index', load('token', 4), load('token', 8)),
          ),
        ),
      ),
      set('token', add('token', TOKEN)),
    ),
    set('index', load('plan', PLAN.keywords)),
    when(
      'index',
      when(load(CELLS.hiddenAscii), give(-1)),
      store(CELLS.caseBits, CASE_BITS),
      dropped('searchValue', 'plan', 'index', 'from', 'to', 'epoch'),
      store(CELLS.caseBits, 0),
    ),
    give(load('plan', PLAN.candidateCount)),
  ],
};

export const SEARCH_FUNCTIONS = [
  see,
  fire,
  holdsByte,
  compareEntry,
  probe,
  searchRuns('searchWide', 4, hasBit),
  searchRuns('searchGrams', 1, hasByte),
  searchPairs,
  searchValue,
  searchLine,
];
