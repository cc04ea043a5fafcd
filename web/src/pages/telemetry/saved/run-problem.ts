/** The sentences with which a run of a scheduled search ends badly, and the key of each among the texts. `test/contract/texts.test.ts` holds them together. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^nothing was looked at before (.+)$/, 'skipped'],
  [/^the search failed on our side/, 'ours'],
  [/^Character (\d+): /, 'query'],
  [/^The search took longer than (\d+) s/, 'slow'],
  [/^The search needs more memory/, 'memory'],
  [/^Too many searches are running/, 'busy'],
  [/^The event store does not answer/, 'down'],
];

/** The key of a problem with what is put into it; undefined for one that is not known. */
export function runProblem(sentence: string): { key: string; a: string } | undefined {
  for (const [pattern, key] of SENTENCES) {
    const found = pattern.exec(sentence);
    if (found) return { key, a: found[1] ?? '' };
  }
  return undefined;
}
