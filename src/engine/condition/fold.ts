/**
 * The platform's one idea of "the same letter". Case is folded letter by letter, without ever changing the length, and
 * never across the border between ASCII and the rest (the Kelvin sign is not a `k`): so that the live matcher, the
 * literal index and the SQL text give the same answer on every string. Letters outside the basic plane are not folded.
 */

const UNITS = 0x10000;
const ASCII = 0x80;
const NOT_ASCII = /[\u0080-\uffff]/;

/** Lower-case form of each UTF-16 unit outside ASCII, where it is one unit outside ASCII; else the unit itself. */
const LOWER: Uint16Array = (() => {
  const lower = new Uint16Array(UNITS);
  for (let unit = 0; unit < UNITS; unit += 1) lower[unit] = unit;
  for (let unit = ASCII; unit < UNITS; unit += 1) {
    if (unit >= 0xd800 && unit <= 0xdfff) continue;
    const text = String.fromCharCode(unit).toLowerCase();
    if (text.length === 1 && text.charCodeAt(0) >= ASCII) lower[unit] = text.charCodeAt(0);
  }
  // A second step for letters whose lower case has a lower case of its own, so that folding twice changes nothing.
  for (let unit = ASCII; unit < UNITS; unit += 1) lower[unit] = lower[lower[unit] ?? unit] ?? unit;
  return lower;
})();

/** All other units that fold to the same one. */
const SIBLINGS: ReadonlyMap<number, readonly number[]> = (() => {
  const groups = new Map<number, number[]>();
  for (let unit = ASCII; unit < UNITS; unit += 1) {
    const folded = LOWER[unit] ?? unit;
    if (folded === unit) continue;
    const group = groups.get(folded);
    if (group === undefined) groups.set(folded, [folded, unit]);
    else group.push(unit);
  }
  return groups;
})();

/** Folds one UTF-16 unit. */
export function foldUnit(unit: number): number {
  if (unit >= ASCII) return LOWER[unit] ?? unit;
  return unit >= 0x41 && unit <= 0x5a ? unit + 32 : unit;
}

/** Folds case. The result has the length of the input; folding twice changes nothing. */
export function foldCase(text: string): string {
  if (!NOT_ASCII.test(text)) return text.toLowerCase();
  let folded = '';
  for (let at = 0; at < text.length; at += 1) folded += String.fromCharCode(foldUnit(text.charCodeAt(at)));
  return folded;
}

/** The UTF-16 units that are the same letter as `unit`, itself included. */
export function caseVariants(unit: number): readonly number[] {
  if (unit >= 0x41 && unit <= 0x5a) return [unit + 32, unit];
  if (unit >= 0x61 && unit <= 0x7a) return [unit, unit - 32];
  if (unit < ASCII || unit >= UNITS) return [unit];
  return SIBLINGS.get(LOWER[unit] ?? unit) ?? [unit];
}

/** True when `text` holds a letter outside ASCII that has another case: plain `lower()` in SQL would miss it. */
export function hasWideCase(text: string): boolean {
  if (!NOT_ASCII.test(text)) return false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= ASCII && caseVariants(unit).length > 1) return true;
  }
  return false;
}
