import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reconcile, type Said } from './reconcile.ts';

const DAY = 86_400_000;
const rules = { priority: (source: string) => ({ ledger: 100, wazuh: 50 })[source] ?? 10, staleMs: 90 * DAY };
const NOW = 1000 * DAY;
const said = (source: string, value: string, daysAgo: number): Said => ({ source, value, seenMs: NOW - daysAgo * DAY });

test('the source that is believed sooner wins, and what it beat is shown with the reason', () => {
  const all = [said('nessus', 'Linux', 0), said('wazuh', 'Kylin V10', 5), said('netbox', 'CentOS', 1)];
  assert.deepEqual(reconcile('operatingSystem', all, rules, NOW), {
    field: 'operatingSystem',
    value: 'Kylin V10',
    source: 'wazuh',
    losing: [
      { ...said('nessus', 'Linux', 0), why: 'priority' },
      { ...said('netbox', 'CentOS', 1), why: 'priority' },
    ],
  });
});

test('a value that nobody confirmed for long yields to a fresh one', () => {
  const result = reconcile('location', [said('ledger', '3F', 200), said('netbox', '5F', 1)], rules, NOW);
  assert.deepEqual([result?.value, result?.losing[0]?.why], ['5F', 'stale']);
  const allOld = reconcile('location', [said('ledger', '3F', 200), said('netbox', '5F', 100)], rules, NOW);
  assert.equal(allOld?.value, '3F');
});

test('a lock holds against every source; agreeing values have not lost', () => {
  const all = [said('wazuh', 'a', 1), said('netbox', 'b', 0)];
  const locked = reconcile('name', all, rules, NOW, 'b');
  assert.deepEqual(
    [locked?.value, locked?.source, locked?.losing.map(({ value, why }) => `${value} ${why}`)],
    ['b', '', ['a locked']],
  );
  assert.equal(reconcile('name', [], rules, NOW), undefined);
  assert.deepEqual(reconcile('name', [said('a', 'x', 3), said('b', 'x', 2)], rules, NOW)?.losing, []);
});

test('of equals the newer one wins, in whatever order they come', () => {
  const all = [said('a', 'old', 3), said('b', 'new', 2)];
  assert.equal(reconcile('name', all, rules, NOW)?.value, 'new');
  assert.deepEqual(reconcile('name', [...all].reverse(), rules, NOW), reconcile('name', all, rules, NOW));
});
