/** Weights of ISO 7064 mod 11-2 for the first 17 digits: 2^(17-i) mod 11. */
const RESIDENT_ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const RESIDENT_ID_CHECKS = '10X98765432';

/** True for a day that exists in the Gregorian calendar, given as `YYYYMMDD`. */
function isRealDate(digits: string): boolean {
  const year = Number(digits.slice(0, 4));
  const month = Number(digits.slice(4, 6));
  const day = Number(digits.slice(6, 8));
  if (year < 1900 || year > 2099 || month < 1 || month > 12) return false;
  return day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** The check character of the first 17 digits of a resident's number (GB 11643-1999, ISO 7064 mod 11-2). */
export function residentIdCheck(first17: string): string {
  let sum = 0;
  RESIDENT_ID_WEIGHTS.forEach((weight, index) => {
    sum += weight * (first17.charCodeAt(index) - 48);
  });
  return RESIDENT_ID_CHECKS.charAt(sum % 11);
}

/**
 * A resident's number 居民身份证号码 (GB 11643-1999): 18 characters, a real date of birth, the right check character.
 * The division code is not looked up: it is the one of the day of registration and may be long gone.
 */
export function isResidentId(text: string): boolean {
  if (!/^[1-9]\d{16}[\dXx]$/.test(text)) return false;
  return isRealDate(text.slice(6, 14)) && residentIdCheck(text) === text.charAt(17).toUpperCase();
}

/** The Luhn sum (ISO/IEC 7812-1, annex B) over digits only; one number in ten passes by chance. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  let double = false;
  for (let index = digits.length - 1; index >= 0; index -= 1) {
    const digit = digits.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return false;
    const value = double ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
    double = !double;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** Issuers' prefixes seen in China: UnionPay 62, Visa 4, Mastercard 51–55 and 2221–2720, JCB 35, American Express 34, 37. */
const CARD_PREFIX = /^(?:62|4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|35|34|37)/;

/** A bank card number: 15 to 19 digits, a known issuer's prefix, Luhn. Digits only, no separators. */
export function isBankCard(digits: string): boolean {
  return /^\d{15,19}$/.test(digits) && CARD_PREFIX.test(digits) && passesLuhn(digits);
}
