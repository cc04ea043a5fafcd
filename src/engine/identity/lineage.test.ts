import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Standing, weightOf } from './lineage.ts';

test('critical infrastructure goes before importance, importance before 等保 level', () => {
  const of = (
    criticalInfrastructure: boolean,
    importance: Standing['importance'],
    protectionLevel: number | null,
  ): Standing => ({ criticalInfrastructure, importance, protectionLevel });
  const ordered = [
    of(false, '', null),
    of(false, '', 1),
    of(false, '', 5),
    of(false, 'general', null),
    of(false, 'general', 4),
    of(false, 'important', 2),
    of(false, 'especially_important', null),
    of(false, 'especially_important', 5),
    of(true, '', null),
    of(true, 'general', 3),
    of(true, 'especially_important', 5),
  ].map(weightOf);
  assert.deepEqual(
    ordered,
    [...new Set(ordered)].sort((left, right) => left - right),
  );
});
