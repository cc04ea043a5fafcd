import {
  add,
  and,
  type Code,
  call,
  choose,
  type FunctionSource,
  ge,
  give,
  gt,
  leave,
  load,
  loadVector,
  lt,
  mul,
  ne,
  repeat,
  set,
  shl,
  shr,
  store,
  storeVector,
  sub,
  type Value,
  when,
  xor,
} from './assembler.ts';
import { whenSame } from './kernel-compare.ts';
import { CELLS, MEMO, MIX, MIX_HIGH, RECORD } from './memory-map.ts';

/** Of longer values so many pieces of eight bytes are hashed. */
const HASHED_BITS = 4;

const mix = (variable: string, word: Value, by: number): Code => set(variable, mul(xor(variable, word), by));

/**
 * The slot of a value: where it is remembered when it is. Long values are hashed in parts, since two that differ elsewhere
 * only push each other out.
 */
const slotOf: FunctionSource = {
  name: 'slotOf',
  parameters: ['index', 'p', 'end'],
  body: [
    set('length', sub('end', 'p')),
    set('low', xor('index', mul('length', MIX))),
    set('high', 'length'),
    choose(
      lt('length', 8),
      // No more than the value itself may count. Shifts of 32 and more would begin anew.
      [
        choose(
          lt('length', 4),
          [mix('low', and(load('p'), sub(shl(1, shl('length', 3)), 1)), MIX)],
          [mix('low', load('p'), MIX), mix('high', load(sub('end', 4)), MIX_HIGH)],
        ),
      ],
      [
        mix('low', load(sub('end', 8)), MIX),
        mix('high', load(sub('end', 4)), MIX_HIGH),
        set('step', shr('length', HASHED_BITS)),
        when(lt('step', 8), set('step', 8)),
        set('last', sub('end', 8)),
        repeat(
          'pieces',
          when(gt('p', 'last'), leave('pieces')),
          mix('low', load('p'), MIX),
          mix('high', load('p', 4), MIX_HIGH),
          set('p', add('p', 'step')),
        ),
      ],
    ),
    set('low', mul(xor('low', shr('high', 15)), MIX)),
    give(add(MEMO.at, mul(shr(xor('low', 'high'), MEMO.shift), MEMO.size))),
  ],
};

/** Behind the last whole vector of the value. */
const atomsOf = (slot: Value, length: Value): Code => add(slot, and(add(length, MEMO.value + 15), -16));

/** Sees again what was seen in the same value when the same index was searched; gives 0 when it is not remembered. */
const recall: FunctionSource = {
  name: 'recall',
  parameters: ['plan', 'index', 'p', 'end', 'epoch'],
  body: [
    set('length', sub('end', 'p')),
    when(gt('length', MEMO.valueMax), give(0)),
    set('slot', call('slotOf', 'index', 'p', 'end')),
    store(CELLS.slot, 'slot'),
    when(ne(load('slot'), 'index'), give(0)),
    when(ne(load('slot', MEMO.length), 'length'), give(0)),
    set('known', add('slot', MEMO.value)),
    whenSame(
      'p',
      'known',
      'length',
      set('at', atomsOf('slot', load('slot', MEMO.length))),
      set('last', add('at', shl(load('slot', MEMO.count), 2))),
      repeat(
        'atoms',
        when(ge('at', 'last'), give(1)),
        set('ignored', call('fire', 'plan', load('at'), 'epoch')),
        set('at', add('at', 4)),
      ),
    ),
  ],
};

/** Keeps what was seen in a value, in the slot that `recall` looked into; what stood there is forgotten. */
const remember: FunctionSource = {
  name: 'remember',
  parameters: ['index', 'p', 'end'],
  body: [
    set('length', sub('end', 'p')),
    set('count', load(CELLS.recorded)),
    when(gt('length', MEMO.valueMax), give(0)),
    when(gt('count', MEMO.atomsMax), give(0)),
    set('slot', load(CELLS.slot)),
    store('slot', 'index'),
    store('slot', 'length', MEMO.length),
    store('slot', 'count', MEMO.count),
    set('to', add('slot', MEMO.value)),
    repeat(
      'copy',
      when(ge('p', 'end'), leave('copy')),
      storeVector('to', loadVector('p')),
      set('p', add('p', 16)),
      set('to', add('to', 16)),
    ),
    set('to', atomsOf('slot', 'length')),
    set('at', 0),
    repeat(
      'atoms',
      when(ge('at', shl('count', 2)), give(1)),
      store(add('to', 'at'), load(add(RECORD, 'at'))),
      set('at', add('at', 4)),
    ),
  ],
};

export const MEMO_FUNCTIONS = [slotOf, recall, remember];
