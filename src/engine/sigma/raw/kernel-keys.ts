import {
  add,
  and,
  choose,
  eq,
  eqz,
  type FunctionSource,
  give,
  load,
  lt,
  mul,
  or,
  repeat,
  set,
  shl,
  shr,
  sub,
  when,
  xor,
} from './assembler.ts';
import { whenSame } from './kernel-compare.ts';
import { KEY, MIX, MIX_HIGH } from './memory-map.ts';

/** Finds a key among those of interest. Gives the address of its entry, or 0. */
export const findKey: FunctionSource = {
  name: 'findKey',
  parameters: ['table', 'mask', 'parent', 'from', 'length'],
  body: [
    // See `hashOfKey`, which files them.
    choose(
      lt('length', 4),
      [set('hash', and(load('from'), sub(shl(1, shl('length', 3)), 1)))],
      [
        set(
          'hash',
          xor(
            load('from'),
            xor(
              mul(load(add('from', shr(sub('length', 4), 1))), MIX),
              mul(load(add('from', sub('length', 4))), MIX_HIGH),
            ),
          ),
        ),
      ],
    ),
    set('hash', mul(xor('hash', or('length', shl('parent', 8))), MIX)),
    set('hash', xor('hash', shr('hash', 15))),
    set('slot', and('hash', 'mask')),
    repeat(
      'probe',
      set('entry', add('table', mul('slot', KEY.size))),
      when(eqz(load('entry', KEY.text)), give(0)),
      when(
        and(
          eq(load('entry', KEY.hash), 'hash'),
          and(eq(load('entry', KEY.length), 'length'), eq(load('entry', KEY.parent), 'parent')),
        ),
        set('text', load('entry', KEY.text)),
        set('place', 'from'),
        set('left', 'length'),
        whenSame('place', 'text', 'left', give('entry')),
      ),
      set('slot', and(add('slot', 1), 'mask')),
    ),
  ],
};
