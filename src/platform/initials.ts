import { pinyin } from 'pinyin-pro';

const KNOWN_MAX = 20_000;
const known = new Map<string, string>();
/** Texts without a character of Chinese: their letters are those that stand there. */
export const ASCII = /^[\0-\x7f]*$/;
const OTHERS = /[^a-z0-9]/g;

/** First letters of the pinyin of each character, other letters and digits as they are: 南宁人社门户 → `nnrsmh`. */
export function initialsOf(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase().replace(OTHERS, '');
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
    .replace(OTHERS, '');
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(name, letters);
  return letters;
}
