/** The check of 统一社会信用代码 (GB 32100-2015) for typing; the server checks again. */

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const LENGTH = 18;

export type UsccFault =
  | { readonly reason: 'length'; readonly length: number }
  | { readonly reason: 'character'; readonly position: number; readonly character: string }
  | { readonly reason: 'division' }
  | { readonly reason: 'check' };

export const normaliseUscc = (text: string): string => text.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase();

/** The first fault, `undefined` when the code is well formed and its check character fits. */
export function usccFault(code: string): UsccFault | undefined {
  const characters = [...code];
  for (const [index, character] of characters.entries()) {
    if (!ALPHABET.includes(character)) return { reason: 'character', position: index + 1, character };
  }
  if (characters.length !== LENGTH) return { reason: 'length', length: characters.length };
  if (!/^\d{6}$/.test(code.slice(2, 8))) return { reason: 'division' };
  let sum = 0;
  let weight = 1;
  for (const character of characters.slice(0, -1)) {
    sum += ALPHABET.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return ALPHABET[(31 - (sum % 31)) % 31] === characters.at(-1) ? undefined : { reason: 'check' };
}
