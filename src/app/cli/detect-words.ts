const isControl = (letter: string): boolean => letter < ' ' || (letter >= '\x7f' && letter < '\xa0');

/** Text of others on a terminal, on one line, without what could steer it. */
export const printable = (text: string): string => Array.from(text, (one) => (isControl(one) ? ' ' : one)).join('');

/** The same, of this width. */
export function plain(text: string, width: number): string {
  const letters = Array.from(printable(text));
  return letters.length > width ? `${letters.slice(0, width - 1).join('')}…` : letters.join('').padEnd(width);
}

/** `2020-09-16 06:14:58`, UTC. */
export const clock = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');
