import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evenSteps } from '../../web/src/parts/even-steps.ts';

const at = (clock: string) => `2026-03-02T${clock}:00.000Z`;
const STEP = { stepMs: 600_000 };

test('a pause between two points is as many empty steps as it is long', () => {
  const points = [
    { at: at('10:00'), count: 5 },
    { at: at('10:40'), count: 7 },
  ];
  const span = { ...STEP, fromMs: Date.parse(at('09:55')), toMs: Date.parse(at('10:41')) };
  const steps = evenSteps(points, span, (moment) => ({ at: moment, count: 0 }));
  assert.deepEqual(
    steps.map(({ count }) => count),
    [0, 5, 0, 0, 0, 7],
  );
  assert.equal(steps[2]?.at, at('10:10'));
});
