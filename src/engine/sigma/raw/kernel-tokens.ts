import {
  add,
  again,
  and,
  bits16,
  bytes16,
  type Code,
  call,
  choose,
  ctz,
  eq,
  equal16,
  eqz,
  type FunctionSource,
  ge,
  give,
  gt,
  leave,
  less16,
  load,
  load8,
  loadVector,
  lt,
  mul,
  ne,
  or,
  or16,
  repeat,
  set,
  shl,
  shr,
  store,
  sub,
  type Value,
  when,
} from './assembler.ts';
import { findKey } from './kernel-keys.ts';
import {
  CELLS,
  DEPTH_MAX,
  FRAME,
  IGNORED,
  KEY,
  KIND,
  STACK,
  TOKEN,
  TOKENS,
  TOKENS_MAX,
  UNKNOWN_PARENT,
} from './memory-map.ts';

const byte = (letter: string): number => letter.charCodeAt(0);
const isOneOf = (value: Value, letters: string): Code =>
  [...letters].map((letter): Value => eq(value, byte(letter))).reduce((left, right) => or(left, right)) as Code;
const step = (by: Value): Code => set('p', add('p', by));
const ODD = give(-1);

/** JSON's white space (RFC 8259, 2). */
const skipBlanks: Code = repeat(
  'blanks',
  set('b', load8('p')),
  when(gt('b', 0x20), leave('blanks')),
  when(eqz(or(or(eq('b', 0x20), eq('b', 0x09)), or(eq('b', 0x0a), eq('b', 0x0d)))), leave('blanks')),
  step(1),
);

const isHexDigit: FunctionSource = {
  name: 'isHexDigit',
  parameters: ['b'],
  body: [when(lt(sub('b', byte('0')), 10), give(1)), give(lt(sub(or('b', 0x20), byte('a')), 6))],
};

/**
 * Reads a text from after its opening quote. Gives twice the place of its closing quote, plus 1 when it holds an escape;
 * 0 when it is no JSON text.
 */
const readText: FunctionSource = {
  name: 'readText',
  parameters: ['p'],
  body: [
    repeat(
      'scan',
      set(
        'mask',
        bits16(
          or16(
            or16(equal16(loadVector('p'), bytes16(byte('"'))), equal16(loadVector('p'), bytes16(byte('\\')))),
            less16(loadVector('p'), bytes16(0x20)),
          ),
        ),
      ),
      repeat(
        'marks',
        when(eqz('mask'), step(16), again('scan')),
        set('at', ctz('mask')),
        set('mark', add('p', 'at')),
        set('b', load8('mark')),
        when(eq('b', byte('"')), give(or(shl('mark', 1), 'escaped'))),
        when(ne('b', byte('\\')), give(0)),
        set('escaped', 1),
        set('b', load8('mark', 1)),
        when(
          eq('b', byte('u')),
          when(eqz(call('unicodeEscape', 'mark')), give(0)),
          set('p', add('mark', 6)),
          again('scan'),
        ),
        // By far the most escapes are those of backslashes in paths.
        when(ne('b', byte('\\')), when(eqz(isOneOf('b', 'nrt"/bf')), give(0))),
        // Of these sixteen bytes those after the escape are left, if any.
        when(ge('at', 14), set('p', add('mark', 2)), again('scan')),
        set('mask', and('mask', shl(-4, 'at'))),
      ),
    ),
  ],
};

/** Checks the escape at `p`; remembers when it hides a printable ASCII character other than those that writers escape. */
const unicodeEscape: FunctionSource = {
  name: 'unicodeEscape',
  parameters: ['p'],
  body: [
    when(
      eqz(
        and(
          and(call('isHexDigit', load8('p', 2)), call('isHexDigit', load8('p', 3))),
          and(call('isHexDigit', load8('p', 4)), call('isHexDigit', load8('p', 5))),
        ),
      ),
      give(0),
    ),
    when(
      and(eq(load8('p', 2), byte('0')), eq(load8('p', 3), byte('0'))),
      set('high', load8('p', 4)),
      set('low', or(load8('p', 5), 0x20)),
      when(and(eq('high', byte('2')), isOneOf(load8('p', 5), '267Ff')), give(1)),
      when(and(eq('high', byte('3')), isOneOf('low', 'ce')), give(1)),
      when(and(eq('high', byte('5')), eq('low', byte('c'))), give(1)),
      when(lt(sub('high', byte('2')), 6), store(CELLS.hiddenAscii, 1)),
    ),
    give(1),
  ],
};

/** Reads a number (RFC 8259, 6). Gives twice the place after it, plus 1 when it is a whole number as JavaScript writes it. */
const readNumber: FunctionSource = {
  name: 'readNumber',
  parameters: ['p'],
  body: [
    set('whole', 1),
    set('start', 'p'),
    when(eq(load8('p'), byte('-')), step(1)),
    set('b', load8('p')),
    when(ge(sub('b', byte('0')), 10), give(0)),
    choose(
      eq('b', byte('0')),
      [when(ne('p', 'start'), set('whole', 0)), step(1)],
      [repeat('digits', when(ge(sub(load8('p'), byte('0')), 10), leave('digits')), step(1))],
    ),
    when(
      eq(load8('p'), byte('.')),
      set('whole', 0),
      step(1),
      when(ge(sub(load8('p'), byte('0')), 10), give(0)),
      repeat('fraction', when(ge(sub(load8('p'), byte('0')), 10), leave('fraction')), step(1)),
    ),
    when(
      eq(or(load8('p'), 0x20), byte('e')),
      set('whole', 0),
      step(1),
      when(isOneOf(load8('p'), '+-'), step(1)),
      when(ge(sub(load8('p'), byte('0')), 10), give(0)),
      repeat('exponent', when(ge(sub(load8('p'), byte('0')), 10), leave('exponent')), step(1)),
    ),
    give(or(shl('p', 1), 'whole')),
  ],
};

/** Longest field name the readers of formats take. */
const KEY_MAX = 128;
/** Members of one line, at most. */
const MEMBERS_MAX = 512;

const readKey: readonly Code[] = [
  step(1),
  set('keyStart', 'p'),
  set('spaced', 0),
  repeat(
    'key',
    set(
      'mask16',
      bits16(
        or16(
          or16(equal16(loadVector('p'), bytes16(byte('"'))), equal16(loadVector('p'), bytes16(byte('\\')))),
          less16(loadVector('p'), bytes16(0x21)),
        ),
      ),
    ),
    when(eqz('mask16'), step(16), again('key')),
    step(ctz('mask16')),
    set('b', load8('p')),
    when(eq('b', byte('"')), leave('key')),
    when(ne('b', 0x20), ODD),
    set('spaced', 1),
    step(1),
  ),
  set('length', sub('p', 'keyStart')),
  set('members', add('members', 1)),
  when(or(gt('length', KEY_MAX), gt('members', MEMBERS_MAX)), ODD),
  set('id', 0),
  set('flags', 0),
  when(
    ne('parent', UNKNOWN_PARENT),
    // A name with a space becomes several fields.
    when('spaced', set('nested', or('nested', shl(1, 'parent')))),
    set('entry', call('findKey', 'table', 'mask', 'parent', 'keyStart', 'length')),
    when(
      'entry',
      set('id', load('entry', KEY.id)),
      set('flags', load('entry', KEY.flags)),
      // JSON.parse takes the last of two members of one name.
      when(
        'id',
        when(eq(load(add('stamps', shl('id', 2))), 'epoch'), ODD),
        store(add('stamps', shl('id', 2)), 'epoch'),
      ),
    ),
  ),
  step(1),
  skipBlanks,
  when(ne(load8('p'), byte(':')), ODD),
  step(1),
  skipBlanks,
];

const emit = (kind: Value): Code =>
  when(
    'id',
    when(gt('count', TOKENS_MAX), ODD),
    set('token', add(TOKENS, mul('count', TOKEN))),
    store('token', 'id'),
    store('token', 'start', 4),
    store('token', 'end', 8),
    store('token', kind, 12),
    set('count', add('count', 1)),
  );

/** Opens an object (`isList` 0) or a list (1): remembers what is around. */
const open = (isList: 0 | 1): readonly Code[] => [
  when(ge('depth', DEPTH_MAX), ODD),
  set('frame', add(STACK, mul('depth', FRAME))),
  store('frame', 'parent'),
  store('frame', 'flags', 4),
  store('frame', 'inList', 8),
  set('depth', add('depth', 1)),
  set('inList', isList),
  step(1),
];

const word = (text: string, kind: number): Code =>
  when(
    eq('b', byte(text)),
    ...[...text].map((letter, index) => when(ne(load8('p', index), byte(letter)), ODD)),
    set('start', 'p'),
    step(text.length),
    set('end', 'p'),
    emit(kind),
    again('value'),
  );

/**
 * Cuts a line into the values whose keys are of interest, checking that it is JSON. Gives how many there are; -1 when the line
 * is not for the kernel: no JSON object, too deep or too wide, a key with an escape, a key of interest that comes twice.
 */
const readTokens: FunctionSource = {
  name: 'readTokens',
  parameters: ['p', 'to', 'table', 'mask', 'stamps', 'epoch'],
  body: [
    store(CELLS.hiddenAscii, 0),
    skipBlanks,
    when(ne(load8('p'), byte('{')), ODD),
    // Each turn of the loop comes back here after a value; `state` says what may follow: 0 first key, 1 after a value, 2 value.
    ...open(0),
    set('parent', 0),
    set('state', 0),
    repeat(
      'value',
      skipBlanks,
      set('b', load8('p')),
      when(
        eq('state', 1),
        when(
          eq('b', byte(',')),
          step(1),
          skipBlanks,
          choose('inList', [set('id', 0), set('state', 2)], [when(ne(load8('p'), byte('"')), ODD), set('state', 3)]),
          again('value'),
        ),
        when(ne('b', byte('}')), when(ne('b', byte(']')), ODD)),
      ),
      when(
        or(eq('b', byte('}')), eq('b', byte(']'))),
        // Only at an end: after a value, or at once in an empty object or list.
        when(gt('state', 1), when(or(eqz('inList'), ne('state', 4)), ODD)),
        when(ne('inList', eq('b', byte(']'))), ODD),
        step(1),
        set('depth', sub('depth', 1)),
        set('frame', add(STACK, mul('depth', FRAME))),
        set('parent', load('frame')),
        set('flags', load('frame', 4)),
        set('inList', load('frame', 8)),
        set('state', 1),
        when(eqz('depth'), skipBlanks, when(ne('p', 'to'), ODD), store(CELLS.nested, 'nested'), give('count')),
        again('value'),
      ),
      when(or(eqz('state'), eq('state', 3)), when(ne('b', byte('"')), ODD), ...readKey, set('b', load8('p'))),
      set('state', 1),
      when(
        eq('b', byte('"')),
        set('start', add('p', 1)),
        set('end', call('readText', 'start')),
        when(eqz('end'), ODD),
        set('kind', and('end', 1)),
        set('end', shr('end', 1)),
        set('p', add('end', 1)),
        emit('kind'),
        again('value'),
      ),
      when(
        eq('b', byte('{')),
        // Unknown objects may become dotted fields, unless nothing below the key ever is one.
        choose(
          and('flags', 255),
          [...open(0), set('parent', sub(and('flags', 255), 1))],
          [
            when(
              and(ne('parent', UNKNOWN_PARENT), eqz(and('flags', IGNORED))),
              set('nested', or('nested', shl(1, 'parent'))),
            ),
            set('start', 'p'),
            set('end', 'p'),
            emit(KIND.other),
            ...open(0),
            set('parent', UNKNOWN_PARENT),
          ],
        ),
        set('state', 0),
        again('value'),
      ),
      when(
        eq('b', byte('[')),
        set('start', 'p'),
        set('end', 'p'),
        emit(KIND.other),
        ...open(1),
        set('id', 0),
        // A list of lists or objects below a known key is what an object would be.
        set('flags', and('flags', IGNORED)),
        set('state', 4),
        again('value'),
      ),
      word('true', KIND.word),
      word('false', KIND.word),
      word('null', KIND.null),
      set('start', 'p'),
      set('end', call('readNumber', 'p')),
      when(eqz('end'), ODD),
      set('kind', and('end', 1)),
      set('end', shr('end', 1)),
      set('p', 'end'),
      choose('kind', [emit(KIND.integer)], [emit(KIND.other)]),
    ),
  ],
};

export const TOKEN_FUNCTIONS = [isHexDigit, unicodeEscape, readText, readNumber, findKey, readTokens];
