import {
  add,
  add16,
  and,
  and16,
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
  load8,
  loadVector,
  lt,
  or,
  repeat,
  set,
  shl,
  shr,
  store,
  store8,
  storeVector,
  sub,
  sub16,
  type Value,
  when,
} from './assembler.ts';
import { CELLS, SCRATCH } from './memory-map.ts';

const byte = (letter: string): number => letter.charCodeAt(0);

/** Sixteen bytes with A to Z made small. */
const folded16 = (at: Value): Code =>
  add16(loadVector(at), and16(less16(sub16(loadVector(at), bytes16(byte('A'))), bytes16(26)), bytes16(0x20)));

const put = (value: Value): readonly Code[] => [store8('to', value), set('to', add('to', 1))];

const hexDigit: FunctionSource = {
  name: 'hexDigit',
  parameters: ['b'],
  body: [when(lt(sub('b', byte('0')), 10), give(sub('b', byte('0')))), give(sub(or('b', 0x20), byte('a') - 10))],
};

/** Writes the character of the escape at `p` to `to` as UTF-8, folded; gives the place after it, 0 for half a pair. */
const writeEscape: FunctionSource = {
  name: 'writeEscape',
  parameters: ['p', 'to'],
  body: [
    set('b', load8('p', 1)),
    when(
      eq('b', byte('u')),
      set(
        'code',
        or(
          or(shl(call('hexDigit', load8('p', 2)), 12), shl(call('hexDigit', load8('p', 3)), 8)),
          or(shl(call('hexDigit', load8('p', 4)), 4), call('hexDigit', load8('p', 5))),
        ),
      ),
      when(lt(sub('code', 0xd800), 0x800), give(0)),
      when(
        lt('code', 0x80),
        when(lt(sub('code', byte('A')), 26), set('code', or('code', 0x20))),
        ...put('code'),
        give('to'),
      ),
      store(CELLS.high, 1),
      when(lt('code', 0x800), ...put(or(0xc0, shr('code', 6))), ...put(or(0x80, and('code', 63))), give('to')),
      ...put(or(0xe0, shr('code', 12))),
      ...put(or(0x80, and(shr('code', 6), 63))),
      ...put(or(0x80, and('code', 63))),
      give('to'),
    ),
    ...Object.entries({ n: 10, r: 13, t: 9, b: 8, f: 12 }).map(([letter, stands]) =>
      when(eq('b', byte(letter)), ...put(stands), give('to')),
    ),
    ...put('b'),
    give('to'),
  ],
};

/** Copies a value to the scratch space, unescaped and folded. Gives its end there; 0 for half a surrogate pair. */
const foldValue: FunctionSource = {
  name: 'foldValue',
  parameters: ['p', 'end', 'escaped'],
  body: [
    set('to', SCRATCH),
    set('high', 0),
    store(CELLS.high, 0),
    repeat(
      'copy',
      when(ge('p', 'end'), leave('copy')),
      set('left', sub('end', 'p')),
      set('within', 0xffff),
      when(lt('left', 16), set('within', sub(shl(1, 'left'), 1))),
      storeVector('to', folded16('p')),
      set('mask', 0),
      when('escaped', set('mask', and(bits16(equal16(loadVector('p'), bytes16(byte('\\')))), 'within'))),
      choose(
        'mask',
        [
          set('skip', ctz('mask')),
          set('high', or('high', and(bits16(loadVector('p')), sub(shl(1, 'skip'), 1)))),
          set('p', add('p', 'skip')),
          set('to', add('to', 'skip')),
          // By far the most escapes are those of backslashes in paths.
          choose(
            eq(load8('p', 1), byte('\\')),
            [store8('to', byte('\\')), set('to', add('to', 1)), set('p', add('p', 2))],
            [
              set('to', call('writeEscape', 'p', 'to')),
              when(eqz('to'), give(0)),
              set('p', add('p', 2)),
              when(eq(load8(sub('p', 1)), byte('u')), set('p', add('p', 4))),
            ],
          ),
        ],
        [
          set('high', or('high', and(bits16(loadVector('p')), 'within'))),
          choose(
            gt('left', 16),
            [set('p', add('p', 16)), set('to', add('to', 16))],
            [set('p', 'end'), set('to', add('to', 'left'))],
          ),
        ],
      ),
    ),
    storeVector('to', bytes16(0)),
    when('high', store(CELLS.high, 1)),
    give('to'),
  ],
};

export const FOLD_FUNCTIONS = [hexDigit, writeEscape, foldValue];
