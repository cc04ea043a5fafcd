import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { Health } from './health.ts';
import { REMEMBERED_MAX } from './refusals.ts';
import { forgetRefusals, listRefusals } from './refusals-store.ts';

const EPOCH = new Date(0);

describe('who delivers in vain', () => {
  let site: TestPlatform | undefined;
  const open = async (): Promise<TestPlatform> => {
    await site?.close();
    site = await openTestPlatform();
    return site;
  };
  let test: TestPlatform;
  beforeEach(async () => {
    test = await open();
  });
  after(() => site?.close());

  const listed = (limit = 5_000, since = EPOCH) => test.system.read((db) => listRefusals(db, since, limit));
  /** An address made up from a number. */
  const address = (number: number) => `10.0.${Math.floor(number / 250)}.${(number % 250) + 1}`;

  it('is counted by address, endpoint and reason, over all processes, with the first and the last time', async () => {
    const [one, two] = [new Health(test.clock), new Health(test.clock)];
    const firstAt = test.clock.now();
    one.turnedAway('ingest', '10.1.1.1', 'token.unknown');
    one.turnedAway('syslog_udp', '10.1.1.1', 'sender.unknown', 40);
    await one.flush(test.system);
    test.clock.advanceMs(60_000);
    const lastAt = test.clock.now();
    two.turnedAway('ingest', '10.1.1.1', 'token.unknown', 2);
    one.turnedAway('ingest', '10.1.1.1', 'token.missing');
    await Promise.all([two.flush(test.system), one.flush(test.system)]);
    const { refusals, others, total } = await listed();
    assert.deepEqual(refusals, [
      { endpoint: 'ingest', address: '10.1.1.1', reason: 'token.missing', refused: 1, firstAt: lastAt, lastAt },
      { endpoint: 'ingest', address: '10.1.1.1', reason: 'token.unknown', refused: 3, firstAt, lastAt },
      {
        endpoint: 'syslog_udp',
        address: '10.1.1.1',
        reason: 'sender.unknown',
        refused: 40,
        firstAt,
        lastAt: firstAt,
      },
    ]);
    assert.deepEqual([others, total], [[], 3]);
    assert.equal((await listed(1)).total, 3, 'what is left out of the list is counted');
    assert.equal((await listed(10, lastAt)).total, 2);
  });

  it('is remembered for so many addresses of an endpoint; the least recent are counted on together', async () => {
    const health = new Health(test.clock);
    const more = 30;
    health.turnedAway('syslog_tcp', '10.9.9.9', 'sender.unknown');
    for (let number = 0; number < REMEMBERED_MAX + more; number += 1) {
      test.clock.advanceMs(1000);
      health.turnedAway('syslog_udp', address(number), 'sender.unknown', 2);
    }
    // One that comes again is not the least recent any more.
    health.turnedAway('syslog_udp', address(more), 'sender.unknown');
    await health.flush(test.system);
    // The bound holds for the record too, whatever a process remembers by itself.
    for (let number = 1000; number < 1000 + more; number += 1) {
      test.clock.advanceMs(1000);
      health.turnedAway('syslog_udp', address(number), 'sender.unknown');
    }
    await health.flush(test.system);
    const { refusals, others } = await listed();
    const udp = refusals.filter(({ endpoint }) => endpoint === 'syslog_udp');
    const addresses = new Set(udp.map((refusal) => refusal.address));
    assert.equal(udp.length, REMEMBERED_MAX);
    assert.ok(addresses.has(address(more)), 'it came again');
    assert.ok(!addresses.has(address(more + 1)) && addresses.has(address(1000)), 'the least recent went');
    assert.ok(
      refusals.some(({ endpoint }) => endpoint === 'syslog_tcp'),
      'made-up datagrams push out no connection',
    );
    const [other] = others;
    assert.deepEqual([others.length, other?.endpoint, other?.reason], [1, 'syslog_udp', 'sender.unknown']);
    const counted = [...udp, ...others].reduce((sum, { refused }) => sum + refused, 0);
    assert.equal(counted, 2 * (REMEMBERED_MAX + more) + 1 + more, 'nothing is uncounted');
  });

  it('stays counted when the record cannot be written', async () => {
    const health = new Health(test.clock);
    health.turnedAway('hec', '10.1.1.1', 'token.unknown');
    await test.asOwner('REVOKE INSERT ON telemetry_refusal FROM tongan_app');
    await assert.rejects(health.flush(test.system));
    health.turnedAway('hec', '10.1.1.1', 'token.unknown');
    await test.asOwner('GRANT INSERT ON telemetry_refusal TO tongan_app');
    await health.flush(test.system);
    assert.deepEqual(
      (await listed()).refusals.map(({ refused }) => refused),
      [2],
    );
  });

  it('is shown to centres, not to units, and written by the platform alone; forgotten by age', async () => {
    const health = new Health(test.clock);
    health.turnedAway('otlp', '10.1.1.1', 'token.unknown');
    await health.flush(test.system);
    const nanning = '/450000/450100/';
    const seenBy = (role: 'analyst' | 'unit_officer') =>
      test.as({ roles: [role], path: nanning }).read(async (db) => (await listRefusals(db, EPOCH, 10)).total);
    assert.deepEqual([await seenBy('analyst'), await seenBy('unit_officer')], [1, 0]);
    const other = new Health(test.clock);
    other.turnedAway('otlp', '10.1.1.2', 'token.unknown');
    await assert.rejects(other.flush(test.as({ roles: ['analyst'], path: nanning })));
    const forget = (before: Date) => test.system.transaction(({ db }) => forgetRefusals(db, before));
    await forget(test.clock.now());
    assert.equal((await listed()).total, 1);
    await forget(new Date(test.clock.now().getTime() + 1));
    assert.equal((await listed()).total, 0);
  });
});
