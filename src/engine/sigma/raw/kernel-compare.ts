import {
  add,
  bits16,
  type Code,
  equal16,
  eqz,
  leave,
  loadVector,
  lt,
  repeat,
  set,
  shl,
  sub,
  when,
  xor,
} from './assembler.ts';

/**
 * Does `then`, which ends the function, when `length` bytes are the same from two places on; they are compared sixteen at a time.
 * All three are variables that are used up. Up to 15 bytes beyond the ends are read.
 */
export const whenSame = (one: string, other: string, length: string, ...then: Code[]): Code =>
  repeat(
    'compare',
    set('unlike', xor(bits16(equal16(loadVector(one), loadVector(other))), 0xffff)),
    when(
      lt(length, 17),
      // Only those before the end count. In two steps, because a shift of 32 would be none.
      when(eqz(shl(shl('unlike', 16), sub(16, length))), ...then),
      leave('compare'),
    ),
    when('unlike', leave('compare')),
    set(one, add(one, 16)),
    set(other, add(other, 16)),
    set(length, sub(length, 16)),
  );
