import type { Entry, Source } from './source.ts';

const HEAD = [
  ...['title', 'id', 'name', 'taxonomy', 'related', 'status', 'description', 'license', 'references', 'author', 'date'],
  ...['modified', 'tags', 'scope', 'fields', 'falsepositives', 'level', 'tongan'],
];

/** Attributes of each kind of document (Sigma 2.1), and our own section `tongan`. */
export const KEYS = {
  rule: [...HEAD, 'logsource', 'detection'],
  correlation: [...HEAD, 'correlation', 'generate'],
  filter: [...HEAD, 'logsource', 'filter'],
  logsource: ['product', 'category', 'service', 'definition'],
  inCorrelation: ['type', 'rules', 'group-by', 'timespan', 'timeframe', 'condition', 'aliases', 'generate'],
} as const;

/** Letters to change, add, take away or swap with the next to come from one word to the other; more than `max` is `max + 1`. */
function distance(from: string, to: string, max: number): number {
  if (Math.abs(from.length - to.length) > max) return max + 1;
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : change;
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[to.length] ?? max + 1;
}

/** The known word that was probably meant; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const max = word.length < 5 ? 1 : 2;
  const near = known
    .map((candidate) => ({ candidate, steps: distance(word.toLowerCase(), candidate, max) }))
    .filter(({ steps }) => steps <= max)
    .sort((a, b) => a.steps - b.steps);
  return near[0]?.candidate;
}

/**
 * Warns of keys that are misspelt. Sigma allows attributes of one's own, so that other unknown keys are left alone unless
 * `closed` says that nothing else may stand there.
 */
export function checkKeys(
  source: Source,
  members: Iterable<Entry>,
  known: readonly string[],
  place: string,
  closed = false,
): void {
  for (const { key, keyNode } of members) {
    if (known.includes(key)) continue;
    const meant = nearest(key, known);
    if (meant) source.warn('rule.unknown-key', keyNode, `"${key}" means nothing in ${place}`, `write "${meant}"`);
    else if (closed)
      source.warn('rule.unknown-key', keyNode, `"${key}" means nothing in ${place}`, `known are ${known.join(', ')}`);
  }
}
