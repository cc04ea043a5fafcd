import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { atLeast } from '../clocks/legal.ts';
import { type Criterion, gradeByCriteria, gradeByImpact, gravest, type ImpactMatrix } from './grading.ts';

const matrix: ImpactMatrix = {
  especially_important: { especially_severe: 'I', severe: 'II', considerable: 'III', slight: 'IV' },
  important: { especially_severe: 'II', severe: 'III', considerable: 'IV', slight: 'IV' },
  general: { especially_severe: 'III', severe: 'IV', considerable: 'IV', slight: 'IV' },
};
const criteria: readonly Criterion[] = [
  {
    fact: 'personalInfoPersons',
    thresholds: [
      { grade: 'III', atLeast: 1e6, confidence: 'high' },
      { grade: 'I', atLeast: 1e8, confidence: 'high' },
      { grade: 'II', atLeast: 1e7, confidence: 'high' },
    ],
  },
  { fact: 'directLossCny', thresholds: [{ grade: 'III', atLeast: 5e6, confidence: 'high' }] },
];

test('the graver of business loss and social harm decides the grade of GB/T 20986', () => {
  const proposal = gradeByImpact({ importance: 'important', loss: 'slight', harm: 'severe' }, matrix);
  assert.equal(proposal.grade, 'III');
  assert.deepEqual(
    proposal.reasons.map(({ fact, value, limit }) => ({ fact, value, limit })),
    [{ fact: 'harm', value: 'severe', limit: 'important' }],
  );
});

test('one criterion of the annex suffices and the number itself is included', () => {
  assert.equal(gradeByCriteria({ personalInfoPersons: 999_999 }, criteria).grade, 'IV');
  assert.equal(gradeByCriteria({ personalInfoPersons: 1_000_000 }, criteria).grade, 'III');
  const proposal = gradeByCriteria({ personalInfoPersons: 1e8, directLossCny: 6e6 }, criteria);
  assert.equal(proposal.grade, 'I');
  assert.deepEqual(proposal.reasons, [
    { fact: 'personalInfoPersons', value: 1e8, limit: 1e8, grade: 'I', confidence: 'high' },
  ]);
});

test('without facts the proposal is IV and gives no reason', () => {
  assert.deepEqual(gradeByCriteria({}, criteria), { grade: 'IV', reasons: [] });
  assert.equal(gravest([]), 'IV');
});

test('more harm never makes an incident milder', () => {
  fc.assert(
    fc.property(fc.nat(2e8), fc.nat(2e8), (a, b) => {
      const [less, more] = a < b ? [a, b] : [b, a];
      assert.ok(
        atLeast(
          gradeByCriteria({ personalInfoPersons: more }, criteria).grade,
          gradeByCriteria({ personalInfoPersons: less }, criteria).grade,
        ),
      );
    }),
  );
});
