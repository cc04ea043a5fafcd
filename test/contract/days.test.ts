import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayAfter } from '../../web/src/parts/time.ts';

test('days after a day are those of the calendar, whatever the zone of the browser', () => {
  const zone = process.env.TZ;
  try {
    for (const other of ['Asia/Shanghai', 'America/New_York', 'Pacific/Kiritimati', 'UTC']) {
      process.env.TZ = other;
      assert.equal(dayAfter('2026-03-02', { months: 3 }), '2026-06-02');
      assert.equal(dayAfter('2026-12-31', { days: 1 }), '2027-01-01');
      assert.equal(dayAfter('2026-11-30', { months: 3 }), '2027-02-28', 'the last day of a shorter month');
      assert.equal(dayAfter('2028-02-29', { months: 12, days: -1 }), '2029-02-27');
    }
  } finally {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  }
});
