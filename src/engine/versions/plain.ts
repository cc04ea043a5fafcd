import { compareNumbers } from './dpkg.ts';

/** What a word behind the numbers says: before the release, the release itself, or after it. */
const WORDS: Readonly<Record<string, number>> = {
  dev: -5,
  alpha: -4,
  a: -4,
  beta: -3,
  b: -3,
  milestone: -2,
  m: -2,
  rc: -1,
  cr: -1,
  c: -1,
  pre: -1,
  preview: -1,
  snapshot: -1,
  final: 0,
  ga: 0,
  release: 0,
};

interface Part {
  readonly number: string | undefined;
  readonly word: string;
}

const partsOf = (version: string): Part[] =>
  (
    version
      .trim()
      .toLowerCase()
      .replace(/^v(?=\d)/, '')
      .replace(/\+.*$/, '')
      .match(/\d+|[a-z]+/g) ?? []
  ).map((text) => (/^\d/.test(text) ? { number: text, word: '' } : { number: undefined, word: text }));

const rankOf = ({ number, word }: Part): number => (number === undefined ? (WORDS[word] ?? 1) : 2);

/**
 * Order of versions that belong to no distribution: numbers by number, words such as `rc` before the release, other
 * words (`p1` of OpenSSH, `k` of OpenSSL) after it. Trailing zeros and anything after `+` mean nothing.
 */
export function comparePlainVersions(left: string, right: string): number {
  const [mine, theirs] = [partsOf(left), partsOf(right)];
  const END: Part = { number: undefined, word: 'final' };
  for (let index = 0; index < Math.max(mine.length, theirs.length); index += 1) {
    const [own, other] = [mine[index] ?? END, theirs[index] ?? END];
    if (own.number !== undefined && other.number !== undefined) {
      const difference = compareNumbers(own.number, other.number);
      if (difference !== 0) return difference;
      continue;
    }
    // A missing number is zero: 2.4 and 2.4.0 are one version.
    if (own === END && other.number !== undefined && compareNumbers(other.number, '0') === 0) continue;
    if (other === END && own.number !== undefined && compareNumbers(own.number, '0') === 0) continue;
    const difference = rankOf(own) - rankOf(other);
    if (difference !== 0) return Math.sign(difference);
    if (own.word !== other.word && own.number === undefined && other.number === undefined) {
      if (rankOf(own) === 1) return own.word < other.word ? -1 : 1;
    }
  }
  return 0;
}
