import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '#platform/errors.ts';
import { answerLines } from './answer-lines.ts';

async function told(failure?: Error) {
  const steps = (async function* () {
    yield { done: 0.5 };
    yield { done: 0.7 };
    if (failure) throw failure;
  })();
  const unexpected: unknown[] = [];
  const to = { requestId: 'r1', unexpected: (error: unknown) => unexpected.push(error) };
  const lines = await Array.fromAsync(answerLines(await steps.next(), steps, to));
  return { answers: lines.map((line): unknown => JSON.parse(line)), unexpected };
}

test('a search that ends well is its answers, one a line', async () => {
  assert.deepEqual(await told(), { answers: [{ done: 0.5 }, { done: 0.7 }], unexpected: [] });
});

test('one that fails on its way says why in its last line', async () => {
  const down = new AppError('unavailable', { public: 'The event store does not answer', reason: 'events.down' });
  const { answers, unexpected } = await told(down);
  assert.deepEqual(answers.at(-1), {
    failed: { code: 'unavailable', detail: 'The event store does not answer', reason: 'events.down', requestId: 'r1' },
  });
  assert.deepEqual(unexpected, []);
});

test('a fault of ours shows nothing of its cause, which goes to the log', async () => {
  const fault = new Error('secret path');
  const { answers, unexpected } = await told(fault);
  assert.doesNotMatch(JSON.stringify(answers), /secret/);
  assert.deepEqual(unexpected, [fault]);
});
