import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { foldCase } from '#engine/condition/fold.ts';
import { Group } from './correlator-state.ts';
import { Entries, type Entry } from './entries.ts';
import { EntryPool } from './entry-pool.ts';
import { GroupTable } from './group-table.ts';

const anyText = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ minLength: 250, maxLength: 260 }),
);
const anyEntry = fc.record({
  timeMs: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ noNaN: true, min: -1e15, max: 1e15 })),
  rule: fc.integer({ min: 0, max: 3 }),
  value: fc.constantFrom('', 'v', '統'),
  eventId: anyText,
});
const anyStep = fc.record({
  who: fc.nat(4),
  what: fc.constantFrom('add', 'add', 'add', 'add', 'remove', 'filter', 'merge'),
  entry: anyEntry,
  from: fc.nat(9),
  count: fc.nat(9),
});

type Counted = Entry & { readonly count: number };

/** What `Entries` promises, done in the plainest way. */
class Model {
  entries: Counted[] = [];

  add(entry: Entry): void {
    this.entries.push({ ...entry, count: 1 });
    // Stable: what is equal in everything stays in the order of its arrival.
    this.entries.sort(
      (a, b) => a.timeMs - b.timeMs || a.rule - b.rule || (a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0),
    );
  }

  merge(): void {
    const kept: Counted[] = [];
    for (const entry of this.entries) {
      const before = kept.at(-1);
      if (before?.rule === entry.rule) kept.pop();
      kept.push(before?.rule === entry.rule ? { ...entry, count: before.count + entry.count } : entry);
    }
    this.entries = kept;
  }
}

const readAll = (entries: Entries): Counted[] =>
  Array.from({ length: entries.length }, (_, index) => ({
    timeMs: entries.time(index),
    rule: entries.rule(index),
    value: entries.value(index),
    eventId: entries.columns[1][index] ?? '',
    count: entries.count(index),
  }));

describe('entries in a pool', () => {
  it('are what was put in, whatever becomes of the others', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 120, size: 'max' }), (steps) => {
        const all: Entries[] = [];
        const pool = new EntryPool(() => all);
        const models = Array.from({ length: 5 }, () => new Model());
        for (let index = 0; index < 5; index += 1) all.push(new Entries(pool));
        for (const { who, what, entry, from, count } of steps) {
          const [own, model] = [all[who], models[who]];
          assert(own && model);
          const to = Math.min(from + count, own.length);
          if (what === 'add') {
            own.add(entry);
            model.add(entry);
          } else if (what === 'remove') {
            own.remove(Math.min(from, to), to);
            model.entries.splice(Math.min(from, to), to - Math.min(from, to));
          } else if (what === 'filter') {
            own.filter((index) => index % 2 === 0);
            model.entries = model.entries.filter((_entry, index) => index % 2 === 0);
          } else {
            own.merge(
              (index, next) => own.rule(index) === own.rule(next),
              (_index, next) => own.value(next),
            );
            model.merge();
          }
          assert.equal(
            own.hits(0, own.length),
            model.entries.reduce((sum, one) => sum + one.count, 0),
          );
        }
        for (const [index, entries] of all.entries()) {
          assert.deepEqual(readAll(entries), models[index]?.entries);
          const again = new Entries(new EntryPool(() => [again]));
          again.take(entries.columns);
          assert.deepEqual(readAll(again), readAll(entries));
        }
      }),
    );
  });

  it('give their memory back: what stays is bounded by what is in use, not by what has been', () => {
    const all: Entries[] = [];
    const pool = new EntryPool(() => all);
    const entries = new Entries(pool);
    all.push(entries);
    for (let index = 0; index < 100_000; index += 1) {
      entries.add({ timeMs: index, rule: 0, value: '', eventId: `event-${index}` });
      if (entries.length > 50) entries.remove(0, 25);
    }
    assert(pool.size < 20_000, `${pool.size} bytes`);
  });
});

describe('the table of groups', () => {
  const anyName = fc.constantFrom('a', 'A', 'b', 'ä', 'Ä', 'K', '\u212a', '用户', 'a\u0000b', '');
  it('finds groups by unit and values, without regard to case', () => {
    const pool = new EntryPool(() => []);
    const anyStepOfTable = fc.record({
      unit: fc.constantFrom('/1/', '/2/'),
      name: fc.tuple(anyName, fc.nat(30)).map(([name, number]) => name + String(number)),
      drop: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anyStepOfTable, { maxLength: 300, size: 'max' }), (steps) => {
        const table = new GroupTable();
        const model = new Map<string, Group>();
        for (const { unit, name, drop } of steps) {
          const key = `${unit}\n${foldCase(name)}`;
          table.expect(unit, name);
          if (table.size % 3 === 0) table.fetch();
          const known = table.get(unit, name);
          assert.equal(known, model.get(key));
          if (known && drop) {
            table.delete(known);
            model.delete(key);
          } else if (!known) {
            const group = new Group(pool, unit, name, [name]);
            table.set(group);
            model.set(key, group);
          }
          assert.equal(table.size, model.size);
        }
        assert.deepEqual(new Set(table.values()), new Set(model.values()));
      }),
    );
  });
});
