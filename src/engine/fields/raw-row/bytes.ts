/** Whether these bytes stand at this place. */
export function startsAt(wanted: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < wanted.length; index += 1) if (bytes[at + index] !== wanted[index]) return false;
  return true;
}

/** Whether these bytes are what stands from here to there. */
export const spells = (wanted: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean =>
  to - from === wanted.length && startsAt(wanted, bytes, from);
