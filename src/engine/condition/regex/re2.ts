import { type Assertion, HIGHEST, type Node, type Range, type Regex } from './syntax.ts';

const SPECIAL = new Set('\\.+*?()|[]{}^$'.split(''));
const ASSERTIONS: Readonly<Record<Assertion, string>> = {
  'text-start': '\\A',
  'text-end': '\\z',
  'line-start': '(?m:^)',
  'line-end': '(?m:$)',
  'word-edge': '\\b',
  'no-word-edge': '\\B',
};

const control = (code: number): string => `\\x${code.toString(16).padStart(2, '0')}`;

function plain(code: number): string {
  const letter = String.fromCodePoint(code);
  if (code < 0x20 || code === 0x7f) return control(code);
  return SPECIAL.has(letter) ? `\\${letter}` : letter;
}

function inClass(code: number): string {
  if (code < 0x20 || code === 0x7f) return control(code);
  const letter = String.fromCodePoint(code);
  return letter === '-' || SPECIAL.has(letter) ? `\\${letter}` : letter;
}

/** Lone surrogates are not characters of UTF-8: a range that touches them is cut around them. */
function characters(ranges: readonly Range[]): Range[] {
  return ranges.flatMap(([low, high]): Range[] => {
    const parts: Range[] = [];
    if (low < 0xd800) parts.push([low, Math.min(high, 0xd7ff)]);
    if (high > 0xdfff) parts.push([Math.max(low, 0xe000), high]);
    return parts;
  });
}

function classText(ranges: readonly Range[]): string {
  const usable = characters(ranges);
  const [first] = usable;
  if (first === undefined) return '[^\\x00-\\x{10FFFF}]';
  if (usable.length === 1 && first[0] === first[1]) return plain(first[0]);
  const text = usable.map(([low, high]) => {
    const end = high === HIGHEST ? '\\x{10FFFF}' : inClass(high);
    return low === high ? inClass(low) : `${inClass(low)}-${end}`;
  });
  return `[${text.join('')}]`;
}

function write(node: Node): string {
  switch (node.kind) {
    case 'chars':
      return classText(node.ranges);
    case 'assert':
      return ASSERTIONS[node.what];
    case 'sequence':
      return node.of.map((part) => (part.kind === 'choice' ? `(?:${write(part)})` : write(part))).join('');
    case 'choice':
      return node.of.map(write).join('|');
    case 'repeat': {
      const { min, max } = node;
      const times =
        max === Infinity
          ? min === 0
            ? '*'
            : min === 1
              ? '+'
              : `{${min},}`
          : min === 0 && max === 1
            ? '?'
            : `{${min},${max}}`;
      return `(?:${write(node.of)})${times}`;
    }
  }
}

/**
 * The same expression for RE2, the engine of the event store, spelled without flags or shorthand classes so that both
 * engines read one meaning.
 */
export const toRe2 = (regex: Regex): string => write(regex.node);
