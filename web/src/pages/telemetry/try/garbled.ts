/** Pairs of letters as Chinese text looks like that was read as Western European. */
const PAIRS = /(?:[\u0081-\u00fe]{2}){2,}/g;

/**
 * Whether a pasted text was read in a wrong encoding before it was pasted: what GB18030 became under Latin-1, or signs for
 * bytes that could not be read.
 */
export function isGarbled(text: string): boolean {
  if (text.includes('\uFFFD')) return true;
  const decoder = new TextDecoder('gb18030');
  return (text.match(PAIRS) ?? []).some((pairs) => {
    const bytes = Uint8Array.from(pairs, (letter) => letter.charCodeAt(0));
    return /^\p{Script=Han}+$/u.test(decoder.decode(bytes));
  });
}
