import { pinyin } from 'pinyin-pro';

/** What a name is looked up by: the first letters of its pinyin, and pairs of neighbouring characters. */

const KNOWN_MAX = 20_000;
const known = new Map<string, string>();

/** First letters of the pinyin of each character, other letters and digits as they are: 南宁人社门户 → `nnrsmh`. */
export function initialsOf(name: string): string {
  const found = known.get(name);
  if (found !== undefined) return found;
  const letters = pinyin(name.normalize('NFKC'), {
    pattern: 'first',
    toneType: 'none',
    type: 'array',
    nonZh: 'consecutive',
  })
    .join('')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(name, letters);
  return letters;
}

/** Lower case, full-width letters made half-width, without spaces. */
export const foldText = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');

/** Neighbouring pairs of characters. */
export function pairsOf(text: string): string[] {
  const characters = [...foldText(text)];
  return [...new Set(characters.slice(1).map((character, index) => (characters[index] ?? '') + character))];
}

/** Everything a name is found by. */
export const termsOf = (name: string): string[] => [...new Set([...pairsOf(name), ...pairsOf(initialsOf(name))])];
