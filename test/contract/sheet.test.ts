import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvCell } from '../../web/src/parts/list/sheet.ts';

const GUARD = /^'(?=\p{Cc}|\s*[=+\-@＝＋－＠])/u;

/** Reads a cell as RFC 4180 has it. */
const read = (cell: string): string => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);

test('a cell of a sheet comes back as it was, and no program calculates with it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^ ?[=+\-@\t＝＠][ -~]*$/)), (text) => {
      const cell = csvCell(text);
      assert.equal(read(cell).replace(GUARD, ''), text.replace(GUARD, ''));
      assert.ok(/^"(?:[^"]|"")*"$|^[^",\r\n]*$/.test(cell), cell);
      assert.ok(!/^"?\s*[=@＝＠]|^"?[\t\r\n]/.test(cell), cell);
    }),
  );
  for (const text of ['-5', '+3.5', '1,234', '42%']) assert.equal(read(csvCell(text)), text);
  assert.equal(csvCell('-1+cmd'), "'-1+cmd");
});
