import type { Condition, ValueTest } from '#engine/condition/condition.ts';
import { ANY, tidy } from '#engine/condition/pattern.ts';
import { parseRegex } from '#engine/condition/regex/parse.ts';
import { columnOf } from '#engine/fields/aliases.ts';
import { resolveName } from './names.ts';
import { type Search, SearchFault } from './query.ts';

/** Kinds of digests and how many hexadecimal digits they have. */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ['md5', 32],
  ['sha1', 40],
  ['sha256', 64],
  ['imphash', 32],
]);
const KIND = [...DIGITS.keys()].join('|');
/** `sha256`, `file.hash.sha256` and `process.hash.md5` of ECS, `file_sha1`, `pe.imphash`. */
const NAME = new RegExp(`^(?:(?:file|process|dll)[._])?(?:(?:hash|hashes|pe)[._])?(${KIND})$`, 'iu');
/** One digest, alone or with its kind before it: `SHA256=275a…`. */
const DIGEST = new RegExp(`^(?:(${KIND})[=:])?([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$`, 'iu');

/** The kind of digest that a field is named after; undefined for any other field. */
export const digestKind = (name: string): string | undefined => NAME.exec(name)?.[1]?.toLowerCase();

/**
 * A digest asked of the field for them: sources write several into one text (`SHA1=…,MD5=…,SHA256=…`), so whoever asks for one means an
 * event that has it among others. A field named after a kind of digest (`sha256`) is looked for there besides its own values.
 *
 * @returns what the text of the digests must have; undefined where a value is meant as it is
 * @throws SearchFault for a part of a digest that is given as if it were all of it; in quotes it is a value as it is
 */
export function digestSearch(name: string, text: string, quoted: boolean, column: number): Search | undefined {
  const kind = digestKind(name);
  const [, written, digest] = DIGEST.exec(text) ?? [];
  if (kind === undefined) return isDigests(name) && digest !== undefined ? among(written, digest) : undefined;
  if (text === '*' && !quoted) return hashesHave(contains(`${kind}=`));
  if (/^[0-9a-f]+$/iu.test(text)) {
    if (text.length === DIGITS.get(kind)) return among(kind, text);
    if (quoted) return undefined;
    const hint = `${name}:${text.slice(0, 8)}* finds those that begin so`;
    throw new SearchFault(column, 'digest', `${kind.toUpperCase()} has ${DIGITS.get(kind)} hexadecimal digits`, hint);
  }
  return !quoted && /^[0-9a-f*?]+$/iu.test(text) ? hashesHave(likeDigest(kind, text)) : undefined;
}

function isDigests(name: string): boolean {
  const target = resolveName(name);
  return 'field' in target && columnOf(target.field) === 'hashes';
}

/** The digits alone tell which digest it is, but for that of imports, which is as long as another. */
const among = (kind: string | undefined, digest: string): Search =>
  hashesHave(contains(kind?.toLowerCase() === 'imphash' ? `imphash=${digest}` : digest));

const contains = (text: string): ValueTest => ({ op: 'text', pattern: tidy([ANY, { text }, ANY]), cased: false });

function likeDigest(kind: string, text: string): ValueTest {
  const digits = text.replaceAll('*', '[0-9a-f]*').replaceAll('?', '[0-9a-f]');
  const parsed = parseRegex(`(?i)(^|[^0-9a-z])${kind}[=:]${digits}([^0-9a-f]|$)`);
  if (parsed.problem) throw new Error(`not an expression: ${parsed.problem.message}`);
  return { op: 'regex', regex: parsed.regex };
}

function hashesHave(test: ValueTest): Search {
  const condition: Condition = { kind: 'field', field: 'Hashes', test };
  return { kind: 'condition', condition };
}
