/**
 * 统一社会信用代码, the unified social credit identifier of organisations (GB 32100-2015).
 * 18 characters: registering authority (1), kind of organisation (1), division of registration (6, GB/T 2260),
 * organisation code (9, GB 11714) and a check character over the first 17.
 */

/** The 31 characters in the order of their values 0…30. I, O, Z, S and V are left out (GB 32100-2015, table 1). */
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const LENGTH = 18;
const MODULUS = 31;
const WEIGHT_BASE = 3;

export type UsccFault =
  | { readonly reason: 'length'; readonly length: number }
  | { readonly reason: 'character'; readonly position: number; readonly character: string }
  | { readonly reason: 'division' }
  | { readonly reason: 'check'; readonly expected: string };

/** Upper case, without the spaces, hyphens and full-width forms that people type. */
export function normaliseUscc(text: string): string {
  return text.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase();
}

/**
 * The check character of the first 17 characters: weights 3^i mod 31, complement to 31 (GB 32100-2015, annex B).
 *
 * @returns undefined when a character is not of the alphabet
 */
function checkCharacter(body: string): string | undefined {
  let sum = 0;
  let weight = 1;
  for (const character of body) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return undefined;
    sum += value * weight;
    weight = (weight * WEIGHT_BASE) % MODULUS;
  }
  return ALPHABET[(MODULUS - (sum % MODULUS)) % MODULUS];
}

/**
 * Finds the first fault of a code. Any of the 31 characters can be the check character.
 *
 * @param code as normalised by `normaliseUscc`
 * @returns undefined when the code is well formed and its check character fits
 */
export function usccFault(code: string): UsccFault | undefined {
  if (code.length !== LENGTH) return { reason: 'length', length: code.length };
  for (let position = 0; position < LENGTH; position += 1) {
    const character = code.charAt(position);
    if (!ALPHABET.includes(character)) return { reason: 'character', position: position + 1, character };
  }
  if (!/^\d{6}$/.test(code.slice(2, 8))) return { reason: 'division' };
  const expected = checkCharacter(code.slice(0, -1));
  if (expected === undefined || expected !== code.at(-1)) return { reason: 'check', expected: expected ?? '' };
  return undefined;
}

/** Completes the first 17 characters to a valid code, for synthetic data. @throws RangeError when they are not of the alphabet */
export function completeUscc(body: string): string {
  const check = body.length === LENGTH - 1 ? checkCharacter(body) : undefined;
  if (check === undefined) throw new RangeError('needs 17 characters of the alphabet of GB 32100');
  return body + check;
}

/** One English sentence that says what is wrong and how to mend it. */
export function describeUsccFault(fault: UsccFault): string {
  switch (fault.reason) {
    case 'length':
      return `A unified social credit identifier has 18 characters, this one has ${fault.length}`;
    case 'character':
      return `Character ${fault.position} ("${fault.character}") is not used in these codes (digits and capital letters without I, O, S, V, Z)`;
    case 'division':
      return 'Characters 3 to 8 must be the six digits of the division of registration';
    case 'check':
      return 'The check character does not fit the code: one character is wrong or two are swapped';
  }
}
