import { pinyin } from 'pinyin-pro';
import { ASCII } from './initials.ts';

const HAN = /\p{Script=Han}/u;
/** After every letter and digit: what is written in Latin comes before what is written in Chinese. */
const AFTER_LETTERS = '{';
/** What an index keeps of a key; names that begin with so much the same have no order of their own. */
const KEPT_CHARS = 400;

const known = new Map<string, string>();

/** Its reading, its tone, then itself: one character stays together, and its readings in order. */
function keyOfCharacter(character: string): string {
  if (!HAN.test(character)) return character;
  const found = known.get(character);
  if (found !== undefined) return found;
  const [reading = ''] = pinyin(character, { toneType: 'num', type: 'array', v: true });
  const key = `${AFTER_LETTERS}${reading === character ? '' : reading}${character}`;
  known.set(character, key);
  return key;
}

/**
 * A text whose order by code points is the order that people expect of names: letters without regard to case and width, then
 * Chinese by the pinyin of each character. Characters are read one by one, as the orders of dictionaries and of operating systems
 * do: 重庆 stands under zhong.
 */
export function nameKeyOf(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase().slice(0, KEPT_CHARS);
  const characters = [...name.normalize('NFKC').toLowerCase()];
  return characters.map(keyOfCharacter).join('').slice(0, KEPT_CHARS).toWellFormed();
}
