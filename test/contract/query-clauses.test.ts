import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tokensOf } from '#engine/search/tokens.ts';
import { clause } from '../../web/src/pages/telemetry/query/clause.ts';

test('conditions that are taken from values are read as these values, whatever stands in them and beside them', () => {
  const read = (query: string) => tokensOf(query).flatMap((token) => (token.kind === 'text' ? [token.text] : []));
  const values = ['C:\\Windows\\system32\\', '\\\\server\\share\\', 'a"b', 'a\\"', '"', '\\', '{\\"a\\":1}'];
  const odd = fc.string({ unit: fc.constantFrom('\\', '"', 'a', ' ', '”') });
  const both = fc.tuple(...[0, 1].map(() => fc.oneof(fc.constantFrom(...values), odd)));
  fc.assert(
    fc.property(both, (pair) => {
      assert.deepEqual(read(pair.map((value) => clause('Image', value)).join(' and ')), pair);
    }),
  );
});
