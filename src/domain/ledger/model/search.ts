import { initialsOf } from '#platform/initials.ts';

/** What a name is looked up by: the first letters of its pinyin, and pairs of neighbouring characters. */

/** Lower case, full-width letters made half-width, without spaces. */
export const foldText = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');

/** Neighbouring pairs of characters. */
export function pairsOf(text: string): string[] {
  const characters = [...foldText(text)];
  return [...new Set(characters.slice(1).map((character, index) => (characters[index] ?? '') + character))];
}

/** Everything a name is found by. */
export const termsOf = (name: string): string[] => [...new Set([...pairsOf(name), ...pairsOf(initialsOf(name))])];
