import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { Correlator } from './correlator.ts';
import type { CorrelatorLimits } from './correlator-part.ts';
import { loadPack } from './pack.ts';

const RULES = `
title: Failed
id: 00000000-0000-4000-8000-00000000000a
name: failed
logsource: { product: windows }
detection: { s: { EventID: 1 }, condition: s }
---
title: Succeeded
id: 00000000-0000-4000-8000-00000000000b
name: succeeded
logsource: { product: windows }
detection: { s: { EventID: 2 }, condition: s }
`;

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);

let serial = 0;
const hit = (rule: 'a' | 'b', minute: number, fields: Record<string, string> = {}, unitPath = '/1/') => {
  serial += 1;
  const event: SecurityEvent = {
    id: `e${serial}`,
    timeMs: START + minute * MINUTE,
    receivedAtMs: START + minute * MINUTE,
    source: 'test',
    logsource: { product: 'windows', category: '', service: '' },
    unitPath,
    fields: { User: 'u', ...fields },
    raw: '',
    problem: '',
  };
  return { ruleId: `00000000-0000-4000-8000-00000000000${rule}`, event };
};

function packOf(body: string) {
  const text = `title: C\nid: 00000000-0000-4000-8000-00000000000c\nname: c\ncorrelation:\n  ${body.trim().replaceAll('\n', '\n  ')}\n`;
  const pack = loadPack([{ file: 'a.yml', text: `${RULES}---\n${text}` }]);
  assert.deepEqual(pack.problems, []);
  const ids = new Map([...pack.rules, ...pack.correlations].map((rule) => [rule.name, rule.id]));
  return { pack, idOf: (name: string) => ids.get(name) };
}

function correlator(body: string, limits?: CorrelatorLimits): Correlator {
  const { pack, idOf } = packOf(body);
  return new Correlator(pack.correlations, idOf, limits);
}

/** An event of `opening` that none of `closing` follows within five minutes. */
const absence = (opening: string, closing: string): Correlator =>
  correlator(`type: tongan_absence\nrules: [${opening}, ${closing}]\ngroup-by: [User]\ntimespan: 5m`);

const COUNT = 'type: event_count\nrules: [failed]\ngroup-by: [User]\ntimespan: 5m\ncondition: { gte: 3 }';

describe('correlations', () => {
  it('event_count fires at the event that completes the count and names the counted events', () => {
    const { hits } = correlator(COUNT).feed([hit('a', 0), hit('a', 1), hit('a', 2)]);
    assert.equal(hits.length, 1);
    assert.equal(hits[0]?.count, 3);
    assert.equal(hits[0]?.eventIds.length, 3);
    assert.deepEqual(hits[0]?.group, { User: 'u' });
  });

  it('counts only within the time span, by group and by unit', () => {
    const engine = correlator(COUNT);
    assert.equal(engine.feed([hit('a', 0), hit('a', 4), hit('a', 9)]).hits.length, 0);
    assert.equal(engine.feed([hit('a', 20), hit('a', 20, { User: 'v' }), hit('a', 20)]).hits.length, 0);
    assert.equal(engine.feed([hit('a', 20, {}, '/2/')]).hits.length, 0);
    assert.equal(engine.feed([hit('a', 21, { User: 'U' })]).hits.length, 1, 'case of the group does not matter');
  });

  it('counts every event for one hit only', () => {
    const engine = correlator(COUNT);
    const events = Array.from({ length: 7 }, () => hit('a', 1));
    assert.equal(engine.feed(events).hits.length, 2);
  });

  it('takes an event that arrives late at its own time', () => {
    const engine = correlator(COUNT);
    assert.equal(engine.feed([hit('a', 0), hit('a', 8), hit('a', 4)]).hits.length, 0);
    assert.equal(engine.feed([hit('a', 5)]).hits.length, 1);
    assert.deepEqual(engine.feed([hit('a', 60), hit('a', 1)]).limits, [
      { correlationId: '00000000-0000-4000-8000-00000000000c', limit: 'late', count: 1 },
    ]);
  });

  it('value_count counts different values', () => {
    const engine = correlator(
      'type: value_count\nrules: [failed]\ngroup-by: [User]\ntimespan: 5m\ncondition: { field: Computer, gte: 2 }',
    );
    assert.equal(
      engine.feed([hit('a', 0, { Computer: 'x' }), hit('a', 1, { Computer: 'x' }), hit('a', 1)]).hits.length,
      0,
    );
    assert.equal(engine.feed([hit('a', 2, { Computer: 'y' })]).hits.length, 1);
  });

  it('temporal wants all rules in any order, temporal_ordered in their order', () => {
    const body = (type: string) => `type: ${type}\nrules: [failed, succeeded]\ngroup-by: [User]\ntimespan: 5m`;
    assert.equal(correlator(body('temporal')).feed([hit('b', 0), hit('a', 1)]).hits.length, 1);
    const ordered = correlator(body('temporal_ordered'));
    assert.equal(ordered.feed([hit('b', 0), hit('a', 1)]).hits.length, 0);
    assert.equal(ordered.feed([hit('b', 2)]).hits.length, 1);
  });

  it('aliases name the field of each rule', () => {
    const engine = correlator(
      'type: temporal\nrules: [failed, succeeded]\ngroup-by: [who]\ntimespan: 5m\naliases: { who: { failed: TargetUserName, succeeded: SubjectUserName } }',
    );
    const first = hit('a', 0, { TargetUserName: 'x' });
    assert.equal(engine.feed([first, hit('b', 1, { SubjectUserName: 'y' })]).hits.length, 0);
    assert.equal(engine.feed([hit('b', 1, { SubjectUserName: 'X' })]).hits.length, 1);
  });

  it('a condition with "not" and an upper bound are judged when the time span is over', () => {
    const absent = correlator(
      'type: temporal\nrules: [failed, succeeded]\ngroup-by: [User]\ntimespan: 5m\ncondition: failed and not succeeded',
    );
    assert.equal(absent.feed([hit('a', 0), hit('a', 0, { User: 'v' }), hit('b', 1, { User: 'v' })]).hits.length, 0);
    const closed = absent.feed([hit('a', 60)]).hits;
    assert.deepEqual(
      closed.map(({ group }) => group),
      [{ User: 'u' }],
    );
    const range = correlator(COUNT.replace('gte: 3', 'gte: 2, lt: 4'));
    range.feed([hit('a', 0), hit('a', 1), hit('a', 2)]);
    assert.equal(range.feed([hit('a', 60)]).hits.length, 1);
  });

  it('sums, averages and percentiles of values', () => {
    const fires = (type: string, condition: string) => {
      const engine = correlator(
        `type: ${type}\nrules: [failed]\ngroup-by: [User]\ntimespan: 5m\ncondition: ${condition}`,
      );
      const first = engine.feed(['10', '20', '60', 'x'].map((n, at) => hit('a', at, { n })));
      return first.hits.length + engine.feed([hit('a', 60)]).hits.length === 1;
    };
    assert(fires('value_sum', '{ field: n, gte: 90 }'));
    assert(!fires('value_sum', '{ field: n, gt: 90 }'));
    assert(fires('value_avg', '{ field: n, eq: 30 }'));
    assert(fires('value_percentile', '{ field: n, percentile: 50, eq: 20 }'));
  });

  it('keeps a busy group small without losing its count, sum or different values', () => {
    const busy = (type: string, condition: string, values: readonly string[]) => {
      const engine = correlator(
        `type: ${type}\nrules: [failed]\ngroup-by: [User]\ntimespan: 60m\ncondition: ${condition}`,
      );
      const events = values.map((n, at) => hit('a', (at * 50) / values.length, { n }));
      const before = engine.feed(events.slice(0, -1));
      const [load] = engine.load;
      assert(load && load.entries < 1_300, `${type}: ${load?.entries} entries`);
      assert.equal(before.hits.length, 0, type);
      assert.equal(engine.feed(events.slice(-1)).hits.length, 1, type);
    };
    busy(
      'event_count',
      '{ gte: 3000 }',
      Array.from({ length: 3000 }, () => '1'),
    );
    busy(
      'value_sum',
      '{ field: n, gte: 6000 }',
      Array.from({ length: 3000 }, () => '2'),
    );
    busy(
      'value_count',
      '{ field: n, gte: 50 }',
      Array.from({ length: 3000 }, (_, at) => (at === 2999 ? 'new' : String(at % 49))),
    );
  });

  it('gives one answer however many groups there are and however its hits are cut', () => {
    const hits = Array.from({ length: 9_000 }, (_, at) => hit('a', 0, { User: `u${(at * 7_919) % 3_001}` }));
    const whole = correlator(COUNT);
    const single = correlator(COUNT);
    const found = whole.feed(hits).hits.map(({ group, eventIds }) => [group, eventIds]);
    assert.deepEqual(
      found,
      hits.flatMap((one) => single.feed([one]).hits.map(({ group, eventIds }) => [group, eventIds])),
    );
    assert(found.length > 2_900);
  });

  it('says when it counts in steps only, and still finds the count', () => {
    const engine = correlator(COUNT.replace('gte: 3', 'gte: 4000').replace('5m', '60m'));
    const { limits, hits } = engine.feed(Array.from({ length: 4000 }, (_, at) => hit('a', at / 100)));
    assert.deepEqual([limits.map(({ limit }) => limit), hits.map(({ count }) => count)], [['coarse'], [4000]]);
  });

  it('forgets the quietest group at its bound and says so', () => {
    const engine = correlator(COUNT, { groupsMax: 2, entriesMax: 1_000, latenessMs: 0 });
    const { limits } = engine.feed(['x', 'y', 'z'].map((User, at) => hit('a', at, { User })));
    assert.deepEqual(
      limits.map(({ limit, count }) => [limit, count]),
      [['groups', 1]],
    );
    assert.equal(engine.feed([hit('a', 3, { User: 'y' }), hit('a', 3, { User: 'y' })]).hits.length, 1, 'y is kept');
    const other = correlator(COUNT, { groupsMax: 100, entriesMax: 3, latenessMs: 0 });
    assert.equal(other.feed(['x', 'y', 'z', 'v'].map((User) => hit('a', 0, { User }))).limits.length, 1);
    assert.deepEqual(
      other.load.map(({ groups }) => groups),
      [3],
    );
  });

  it('forgets a group nobody can complete any more, whether or not it was looked at', () => {
    const engine = correlator(COUNT, { groupsMax: 100, entriesMax: 100, latenessMs: 60_000 });
    engine.feed([hit('a', 0), hit('a', 1)]);
    assert.equal([...engine.snapshot()].length, 1);
    engine.feed([], START + 8 * MINUTE);
    assert.equal([...engine.snapshot()].length, 0);
  });

  it('absence fires when nothing follows in time, by the clock or by what comes later', () => {
    const engine = absence('failed', 'succeeded');
    assert.equal(engine.feed([hit('a', 0), hit('b', 4), hit('a', 20)]).hits.length, 0, 'followed');
    assert.equal(engine.feed([], START + 34 * MINUTE).hits.length, 0, 'the time span and the lateness are not over');
    const [found] = engine.feed([], START + 36 * MINUTE).hits;
    assert.deepEqual([found?.count, found?.atMs], [1, START + 20 * MINUTE]);
    assert.equal(engine.feed([], START + 90 * MINUTE).hits.length, 0, 'once');
  });

  it('absence counts what came before its opening event for nothing, and what comes late for something', () => {
    const before = absence('failed', 'succeeded');
    assert.equal(before.feed([hit('b', 0), hit('a', 1)], START + 60 * MINUTE).hits.length, 1);
    const late = absence('failed', 'succeeded');
    assert.equal(
      late.feed([hit('a', 0), hit('a', 9), hit('b', 3)], START + 60 * MINUTE).hits.length,
      1,
      'only the 2nd',
    );
    const tooLate = absence('failed', 'succeeded');
    assert.equal(tooLate.feed([hit('a', 0)], START + 20 * MINUTE).hits.length, 1);
    assert.deepEqual(
      tooLate.feed([hit('b', 3)]).limits.map(({ limit }) => limit),
      ['late'],
    );
  });

  it('judges a recording that was imported by its own times', () => {
    const engine = absence('failed', 'succeeded');
    const now = START + 500_000 * MINUTE;
    const old = (rule: 'a' | 'b', minute: number) => ({ ...hit(rule, minute), clockMs: now });
    assert.equal(engine.feed([old('a', 0), old('b', 1), old('a', 30), old('a', 60)]).hits.length, 1);
    assert.equal(engine.feed([], now + 16 * MINUTE).hits.length, 1);
  });

  it('temporal with a number wants so many different rules', () => {
    const engine = correlator(
      'type: temporal\nrules: [failed, succeeded]\ngroup-by: [User]\ntimespan: 5m\ncondition: { gte: 2 }',
    );
    assert.equal(engine.feed([hit('a', 0), hit('a', 1)]).hits.length, 0);
    assert.equal(engine.feed([hit('b', 2)]).hits.length, 1);
  });

  it('temporal_ordered with a condition over names keeps the order of the named ones', () => {
    const body =
      'type: temporal_ordered\nrules: [failed, succeeded]\ngroup-by: [User]\ntimespan: 5m\ncondition: failed and succeeded';
    assert.equal(correlator(body).feed([hit('b', 0), hit('a', 1)]).hits.length, 0);
    assert.equal(correlator(body).feed([hit('a', 0), hit('b', 1)]).hits.length, 1);
  });
});
