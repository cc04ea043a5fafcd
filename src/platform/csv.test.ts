import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csvCell, unguarded } from './csv.ts';

const FORMULAS = [
  '=1+1',
  '+cmd',
  '-cmd',
  '@x',
  '\tx',
  '\rx',
  '\nx',
  '\0x',
  ' =1',
  '\u3000=1',
  '＝1',
  '＋1',
  '－1',
  '＠x',
];
const HARMLESS = ['plain', '统安', ' plain', "'quoted'", 'a=b', '10.1.2.3', ''];

describe('a cell of CSV', () => {
  it('is text to a spreadsheet whatever it begins with, and goes back to what it was', () => {
    for (const value of FORMULAS) {
      assert.match(csvCell(value), /^"?'/, JSON.stringify(value));
      assert.equal(unguarded(`'${value}`), value);
    }
    assert.equal(csvCell('=HYPERLINK("http://a","b")'), `"'=HYPERLINK(""http://a"",""b"")"`);
    for (const value of HARMLESS) {
      assert.equal(csvCell(value), value);
      assert.equal(unguarded(value), value);
    }
    assert.equal(csvCell('a,"b"'), '"a,""b"""');
  });
});
