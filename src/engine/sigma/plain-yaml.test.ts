import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import { referenceData, withoutReferenceData } from '../../../test/support/reference-data.ts';
import { readPlain } from './plain-yaml.ts';

/** What a node says, without where it stands. */
function shape(node: unknown): unknown {
  if (isMap(node)) return { map: node.items.map(({ key, value }) => [shape(key), shape(value)]) };
  if (isSeq(node)) return { list: node.items.map(shape) };
  return isScalar(node) ? [node.value, node.source] : node;
}

/** Whether the fast reader reads a text at all; if it does, then as the general one. */
function readAlike(text: string, name = JSON.stringify(text)): boolean {
  const plain = readPlain(text);
  if (!plain) return false;
  const documents = parseAllDocuments(text, { prettyErrors: false, uniqueKeys: true });
  assert(Array.isArray(documents) && documents.length === 1, name);
  const [document] = documents;
  assert.deepEqual(document?.errors, [], name);
  assert.deepEqual(shape(plain.root), shape(document?.contents), name);
  assert.equal(plain.root.range?.[0], document?.contents?.range?.[0], name);
  assert.deepEqual([document?.range[0], document?.range[2]], [plain.root.range?.[0], text.length], name);
  return true;
}

const rulesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));

const PIECES = [
  ...['a: ', 'b|contains: ', 'c:', 'a b: ', 'null: ', '- ', '-', '  ', '    ', ' ', '\n', '\n', '\n', '\n  ', '\n    '],
  ...[
    '\n- ',
    '\n  - ',
    '\n    - ',
    '\n\n',
    '# x',
    ' # x',
    '#x',
    ': ',
    ':',
    '|',
    '|\n',
    '|-\n',
    '>\n',
    '&x ',
    '*x',
    '!t ',
  ],
  ...[
    'x',
    'x y',
    "'x'",
    "'it''s'",
    "'",
    '"x"',
    '"a\\\\b"',
    '"a\\nb"',
    '"\\"',
    '*.exe',
    'C:\\Users\\',
    '-flag',
    '--- ',
    '...',
  ],
  ...[
    '1',
    '-1',
    '007',
    '1.5',
    '1e3',
    '.5',
    '.',
    '0x10',
    '0o7',
    '.inf',
    '.nan',
    '~',
    'null',
    'True',
    'no',
    '2024-12-01',
  ],
  ...[
    '[1, 2]',
    '{a: b}',
    '%x',
    '@x',
    '`x',
    '?',
    '? ',
    '\t',
    '\r\n',
    '統',
    '\u3000',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '\u0085',
    '12345678901234567890',
  ],
];

const RULE = `# whose
title: Failed logon   # of anybody
description: |
    First line,
      second line: with a colon

    last line
tags:
- attack.t1110
date: 2024-12-01
logsource:
    product: windows
detection:
    selection_one:
        - EventID: 4625
          Status|contains: '0xc000006d'
        - CommandLine|re: "a\\\\b"
          LogonType:
              - 3
              - null
    other:
        Image|endswith: '\\it''s.exe'
    condition: 1 of selection_* and not other
level: low
`;

describe('the fast reader of rules', () => {
  it('reads any text as the general reader does, or leaves it to that', () => {
    let read = 0;
    const anyPieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 25, size: 'max' });
    fc.assert(
      fc.property(anyPieces, (pieces) => {
        if (readAlike(pieces.join(''))) read += 1;
      }),
      { numRuns: 5_000 },
    );
    assert(read > 0);
  });

  it('reads lines in the usual form', () => {
    const anyWord = fc.constantFrom(...PIECES.filter((piece) => !/[\n\r\t]/.test(piece)));
    const anyLine = fc.record({
      indent: fc.constantFrom('', '', '  ', '    '),
      item: fc.constantFrom('', '', '- '),
      key: fc.constantFrom('', 'a: ', 'b: ', 'c|re: ', 'd:', 'e: '),
      words: fc.array(anyWord, { maxLength: 2 }),
    });
    let read = 0;
    fc.assert(
      fc.property(fc.array(anyLine, { minLength: 1, maxLength: 8 }), (lines) => {
        const text = lines.map(({ indent, item, key, words }) => indent + item + key + words.join('')).join('\n');
        if (readAlike(`x: y\n${text}`)) read += 1;
      }),
      { numRuns: 5_000 },
    );
    assert(read > 50, `only ${read} were read`);
  });

  it('reads a rule as the general reader does, whatever is changed in it', () => {
    assert(readAlike(RULE));
    const anyChange = fc.record({ at: fc.nat(RULE.length), out: fc.nat(4), piece: fc.constantFrom('', ...PIECES) });
    let read = 0;
    fc.assert(
      fc.property(fc.array(anyChange, { minLength: 1, maxLength: 2 }), (changes) => {
        let text = RULE;
        for (const { at, out, piece } of changes) text = text.slice(0, at) + piece + text.slice(at + out);
        if (readAlike(text)) read += 1;
      }),
      { numRuns: 3_000 },
    );
    assert(read > 100, `only ${read} were read`);
  });

  it('reads most rules of the project as the general reader does', (t) => {
    const files = rulesBelow(resolve(import.meta.dirname, '../../../content/rules'));
    const read = files.filter((file) => readAlike(readFileSync(file, 'utf8'), file)).length;
    t.diagnostic(`${read} of ${files.length}`);
    assert(read > 0.7 * files.length);
  });

  it('reads nearly all rules of SigmaHQ', (t) => {
    const sigma = referenceData('sigma');
    if (sigma === undefined) return t.skip(withoutReferenceData('sigma'));
    const files = rulesBelow(sigma);
    const read = files.filter((file) => readAlike(readFileSync(file, 'utf8'), file)).length;
    t.diagnostic(`${read} of ${files.length}`);
    assert(read > 0.9 * files.length);
  });
});
