import fc from 'fast-check';

/** A value as it is written in JSON, with the freedom that writers of JSON have: escapes, white space, order, repetition. */
export type Written = string;

const blank = fc.constantFrom('', '', '', ' ', '\t ', '\r\n');

/** One character of a text: as it is where that is allowed, or one of its escapes. */
function writtenLetter(letter: string, choice: number): string {
  const units = [...Array(letter.length).keys()].map((at) => letter.charCodeAt(at).toString(16).padStart(4, '0'));
  if (choice === 0) return units.map((unit) => `\\u${unit}`).join('');
  if (letter === '\\' || letter === '"') return `\\${letter}`;
  if (letter === '/' && choice === 1) return '\\/';
  return letter < ' ' ? `\\u${units[0]}` : letter;
}

/** A JSON text that stands for `text`. */
export const writtenText = (text: string): fc.Arbitrary<Written> =>
  fc
    .array(fc.nat({ max: 30 }), { minLength: text.length, maxLength: text.length })
    .map((choices) => `"${[...text].map((letter, at) => writtenLetter(letter, choices[at] ?? 2)).join('')}"`);

/** A JSON object of these members, in any order; names are written without escapes. */
export const writtenObject = (members: readonly (readonly [name: string, value: Written])[]): fc.Arbitrary<Written> =>
  fc
    .tuple(fc.shuffledSubarray([...members], { minLength: members.length }), blank, blank, blank)
    .map(
      ([shuffled, a, b, c]) =>
        `{${a}${shuffled.map(([name, value]) => `${JSON.stringify(name)}${b}:${c}${value}`).join(`${c},${a}`)}${b}}`,
    );
