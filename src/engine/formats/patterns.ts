import { type Fields, put } from './sigma-fields.ts';

/** A sentence a program writes. The pattern's named groups are the fields they fill. */
export interface Sentence {
  /** Programs that write it; absent: all of the source. */
  readonly program?: RegExp;
  /** Anchored, and free of two unbounded repetitions over the same characters: the text comes from outside. */
  readonly pattern: RegExp;
  /** Fields that follow from the sentence itself. */
  readonly set?: Readonly<Record<string, string>>;
}

/** Longest text that is matched with patterns; a longer one keeps what its envelope says. */
const SENTENCE_CHARS = 8192;

/** Group names cannot hold a hyphen or a dot: `cs_host` of a pattern stands for the field `cs-host`. */
const fieldOf = (group: string): string => (/^(?:c|cs|sc|s)_/.test(group) ? group.replaceAll('_', '-') : group);

/**
 * Fills fields from the first sentence that fits.
 *
 * @returns the place of the sentence in the list, -1 when none fits
 */
export function readSentence(message: string, sentences: readonly Sentence[], fields: Fields, program = ''): number {
  if (message.length > SENTENCE_CHARS) return -1;
  for (let i = 0; i < sentences.length; i++) {
    const sentence = sentences[i];
    if (sentence === undefined || sentence.program?.test(program) === false) continue;
    const found = sentence.pattern.exec(message);
    if (found === null) continue;
    for (const [group, value] of Object.entries(found.groups ?? {})) {
      if (value !== undefined) put(fields, fieldOf(group), value.trim());
    }
    for (const [name, value] of Object.entries(sentence.set ?? {})) put(fields, name, value);
    // "logged in", "logged out": the words that stand alone in a sentence mean these.
    if (fields.action === 'in') fields.action = 'login';
    if (fields.action === 'out') fields.action = 'logout';
    return i;
  }
  return -1;
}
