/** Text of a log on a terminal: without what could steer it, on one line, of this width. */
export function plain(text: string, width: number): string {
  const letters = Array.from(text, (letter) => (letter < ' ' || (letter >= '\x7f' && letter < '\xa0') ? ' ' : letter));
  return letters.length > width ? `${letters.slice(0, width - 1).join('')}…` : letters.join('').padEnd(width);
}

/** `2020-09-16 06:14:58`, UTC. */
export const clock = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');
