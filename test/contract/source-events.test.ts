import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventsOfSource } from '../../web/src/pages/telemetry/source-events.ts';

const now = Date.parse('2026-05-20T02:00:30Z');
const span = (lastEventAt: string | null) => {
  const asked = new URL(eventsOfSource('s1', lastEventAt, now), 'http://console').searchParams;
  assert.equal(asked.get('with'), 'source_id:"s1"');
  return [asked.get('from'), asked.get('to')];
};

test('the events of a source are looked for where they are: in the last day, in the future, or long ago', () => {
  assert.deepEqual(span(null), [null, null]);
  assert.deepEqual(span('2026-05-20T02:00:10Z'), [null, null]);
  // A clock that is eight hours ahead; the end of a span is no part of it.
  assert.deepEqual(span('2026-05-20T10:00:00Z'), ['2026-05-19T02:00:30.000Z', '2026-05-20T10:01:00.000Z']);
  assert.deepEqual(span('2026-05-01T10:00:10Z'), ['2026-04-30T10:00:10.000Z', '2026-05-01T10:01:00.000Z']);
});
