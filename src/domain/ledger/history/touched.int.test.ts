import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../../test/support/units.ts';
import { changeAsset, createAsset } from '../actions.ts';
import { AssetInput } from '../asset.ts';
import { applyRules } from '../gaps/rules.ts';
import { moveAsset } from '../model/moves.ts';
import { observe } from '../observations/observe.ts';
import { FOUND_MAX } from '../query.ts';
import { mergeAssets, splitAsset, undoChange } from '../resolution/actions.ts';
import { setDuty } from '../responsibility/actions.ts';
import { dayOfMoment } from '../responsibility/store.ts';
import { findAsset } from '../store.ts';
import { endOfDay } from './at.ts';
import { DiffQuery, ledgerDiff } from './changes.ts';
import { DayQuery, ledgerOn } from './list.ts';
import { touchedSince } from './past.ts';

const DAY_MS = 86_400_000;
/** Asks the history of every asset, whatever was touched. */
const ALL = -1;

let site: TestPlatform;
let units: readonly TestUnit[];
before(async () => {
  site = await openTestPlatform();
  units = await seedUnits(site, [
    { code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' },
    { code: 'nn-hr', name: '南宁市人社局', divisionCode: '450100' },
    { code: 'lz-data', name: '柳州市大数据发展局', divisionCode: '450200' },
  ]);
});
after(() => site.close());

const ask = (who: Ctx, query: z.input<typeof DayQuery>, rebuiltMax?: number) =>
  who.read((db) => ledgerOn(db, DayQuery.parse(query), { path: who.scope.path, now: site.clock.now() }, rebuiltMax));

/** The same numbers each time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const NAMES = ['社保查询系统', '医保主机', 'Mail Gateway', '备份 主机', 'ＡＢ系统', '终端'];
const CLASSES = ['host', 'system', 'endpoint', 'service'] as const;
const PERSONS = ['', '张三', '李四'];

/** Days of a ledger on which everything happens that may happen to an asset. */
async function live(steps: number): Promise<{ readonly days: readonly string[]; readonly done: ReadonlySet<string> }> {
  const roll = dice(7);
  const one = <T>(of: readonly T[]): T => of[roll(of.length)] ?? assert.fail();
  const dispatcher = site.as({ roles: ['dispatcher'], path: '/450000/' });
  const analyst = site.as({ roles: ['analyst'], path: '/450000/' });
  const officers = new Map(units.map(({ path }) => [path, site.as({ roles: ['unit_officer'], path })]));
  const [ids, changes, days, done] = [[] as string[], [] as string[], [] as string[], new Set<string>()];
  const facts = () => ({
    class: one(CLASSES),
    name: one(NAMES) + (roll(3) === 0 ? roll(9) : ''),
    responsiblePerson: one(PERSONS),
    usedBy: roll(2) === 0 ? one(units).name : '',
  });
  const acts: Record<string, (id: string, other: string) => Promise<unknown>> = {
    create: async () => {
      const { id } = await createAsset(dispatcher, { ...AssetInput.parse(facts()), unitPath: one(units).path });
      ids.push(id);
    },
    change: async (id) => {
      const asset = (await dispatcher.read((db) => findAsset(db, id))) ?? assert.fail();
      const told = AssetInput.parse({ ...asset.facts, ...facts(), class: asset.facts.class });
      await changeAsset(dispatcher, { id, version: asset.version, facts: told });
    },
    assign: (id) => moveAsset(dispatcher, { id, move: 'assign', unitPath: one(units).path, reason: '' }),
    retire: async (id) => {
      const { unitPath } = (await dispatcher.read((db) => findAsset(db, id))) ?? assert.fail();
      const officer = officers.get(unitPath) ?? assert.fail();
      await moveAsset(officer, { id, move: 'claim', unitPath: '', reason: '' }).catch(() => undefined);
      await moveAsset(officer, { id, move: 'retire', unitPath: '', reason: '停用' });
    },
    duty: (id) =>
      setDuty(dispatcher, { id, role: 'used', holder: one(units).name, person: one(PERSONS), fromOn: '2026-03-01' }),
    merge: async (id, otherId) => changes.push((await mergeAssets(analyst, { id, otherId, reason: '同一台' })).id),
    undo: () => undoChange(analyst, { id: one(changes), discardLater: true }),
    observe: async () => {
      const name = `seen-${roll(4)}`;
      const seen = { source: one(['netbox', 'wazuh']), nativeKey: `n-${roll(9)}`, class: 'host' as const };
      const found = { hostNames: [name], serial: `CN${name}`, vendor: 'Dell' };
      const places = await observe(site.system, [
        { ...seen, unitPath: units[0]?.path ?? '', seenAt: site.clock.now(), facts: found },
      ]);
      for (const { assetId } of places) if (assetId != null && !ids.includes(assetId)) ids.push(assetId);
    },
    split: async () => {
      const seen = await site.system.read((db) =>
        db.selectFrom('asset_observation').select(['id', 'asset_id']).where('source', '<>', 'ledger').execute(),
      );
      const of = seen.find(({ id, asset_id }) => seen.some((by) => by.id !== id && by.asset_id === asset_id));
      assert.ok(of?.asset_id);
      const parting = { id: of.asset_id, observationIds: [of.id], reason: '其实是两台' };
      ids.push((await splitAsset(analyst, parting)).id);
    },
    rules: () => applyRules(site.system, {}),
  };
  const names = Object.keys(acts);
  for (let step = 0; step < steps; step += 1) {
    const name = step < 12 ? 'create' : one(names);
    const [id = '', other = ''] = ids.length === 0 ? [] : [one(ids), one(ids)];
    try {
      await acts[name]?.(id, other);
      done.add(name);
    } catch (error) {
      // What the state of an asset does not allow is one more day without it.
      if (!(error instanceof AppError) && !(error instanceof assert.AssertionError)) throw error;
    }
    if (step % 8 === 7) {
      days.push(dayOfMoment(site.clock.now()));
      site.clock.advanceMs((roll(4) === 0 ? 60 : 1) * DAY_MS);
    }
  }
  return { days, done };
}

test('what was touched since a day and what was not give together what the whole history gives', async (t) => {
  const { days, done } = await live(160);
  t.diagnostic(`done: ${[...done].sort().join(' ')}`);
  const needed = ['assign', 'change', 'create', 'duty', 'merge', 'observe', 'retire', 'rules', 'split', 'undo'];
  assert.deepEqual([...done].sort(), needed, 'everything happened');
  const [first] = units;
  const filters: readonly Partial<z.input<typeof DayQuery>>[] = [
    {},
    { class: 'host' },
    { kind: 'application', gone: 'true' },
    { state: 'to_claim', unit: '/450000/450100/' },
    { unit: '/450000/450200/' },
    { unit: '/450000/450300/' },
    { duty: 'none', class: 'host' },
    { mark: 'stale' },
    { mark: 'zombie', unit: '/450000/450100/' },
    { person: '张三' },
    { text: '主机' },
    { text: '份 主' },
    { text: 'ａｂ' },
    { text: '1', gone: 'true' },
    { text: '系统', person: '李四', unit: first?.path },
    { pageSize: 5, page: 2 },
  ];
  const people = [
    site.as({ roles: ['dispatcher'], path: '/450000/' }),
    site.as({ roles: ['dispatcher'], path: '/450000/450100/' }),
    site.as({ roles: ['unit_officer'], path: first?.path ?? '' }),
  ];
  let found = 0;
  for (const day of days.filter((_, at) => at % 7 === 1)) {
    for (const who of people) {
      for (const filter of filters) {
        const query = { day, ...filter };
        const quick = await ask(who, query);
        const whole = await ask(who, query, ALL);
        assert.deepEqual({ ...quick, rebuilt: true }, whole, `${who.scope.path} ${JSON.stringify(query)}`);
        found += quick.total;
      }
    }
  }
  assert.ok(found > 200, `${found}`);
  const parts = await Promise.all(
    days.map((day) => site.system.read(async (db) => (await touchedSince(db, endOfDay(day), 1000))?.length ?? 0)),
  );
  t.diagnostic(`touched since each day: ${parts.join(' ')}`);
  const early = await ask(site.system, { day: days[4] ?? '' });
  assert.ok((parts[4] ?? 0) > 5 && (parts.at(-3) ?? 0) < early.total, 'some were touched, not all');
});

test('the difference of two days is what the lists of both days differ in', async (t) => {
  const days = await site.system.read(async (db) => {
    const rows = await db.selectFrom('asset_change').select('at').orderBy('at').execute();
    return [...new Set(rows.map(({ at }) => dayOfMoment(at)))];
  });
  assert.ok(days.length > 8);
  const pairs = days.flatMap((from, at) =>
    (at % 2 === 0 ? [1, 5] : []).flatMap((apart) => (days[at + apart] ? [[from, days[at + apart]]] : [])),
  );
  const seen = { created: 0, changed: 0, gone: 0 };
  const people = [
    site.as({ roles: ['dispatcher'], path: '/450000/' }),
    site.as({ roles: ['dispatcher'], path: '/450000/450200/' }),
    site.as({ roles: ['unit_officer'], path: units[0]?.path ?? '' }),
  ];
  const listed = async (who: Ctx, day: string) => {
    const { items, total } = await ask(who, { day, gone: 'true', pageSize: 200 });
    assert.equal(items.length, total, 'the list fits on a page');
    return new Map(items.map((item) => [item.id, item]));
  };
  const isGone = (state: string): boolean => state === 'retired' || state === 'written_off';
  for (const who of people) {
    for (const [from = '', to = ''] of pairs) {
      const [before, after] = [await listed(who, from), await listed(who, to)];
      const diff = await who.read((db) => ledgerDiff(db, DiffQuery.parse({ from, to, pageSize: 200 })));
      const of = (kind: string) =>
        diff.items
          .filter((item) => item.kind === kind)
          .map(({ id }) => id)
          .sort();
      const created = [...after.values()]
        .filter(({ id }) => !before.has(id))
        .map(({ id }) => id)
        .sort();
      const gone = [...before.values()]
        .filter(({ id, state }) => !(after.has(id) && (isGone(state) || !isGone(after.get(id)?.state ?? ''))))
        .map(({ id }) => id)
        .sort();
      assert.deepEqual([of('created'), of('gone')], [created, gone], `${who.scope.path} ${from} ${to}`);
      const told = (item: (typeof diff.items)[number] | ReturnType<typeof after.get>) =>
        JSON.stringify(item, (key, value) =>
          ['version', 'changedAt', 'lastSeenAt', 'unknown'].includes(key) ? '' : value,
        );
      const changed = [...after.values()].filter((item) => {
        const was = before.get(item.id);
        return was !== undefined && !gone.includes(item.id) && told(was) !== told(item);
      });
      for (const { id } of changed) assert.ok(of('changed').includes(id), `${who.scope.path} ${from} ${to} ${id}`);
      assert.deepEqual(diff.counts, {
        created: created.length,
        changed: of('changed').length,
        gone: gone.length,
      });
      for (const kind of ['created', 'changed', 'gone'] as const) seen[kind] += of(kind).length;
    }
  }
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.created > 20 && seen.changed > 20 && seen.gone > 5, JSON.stringify(seen));
});

test('of two days that too much lies between, the latest is told, and from when on', async () => {
  const [from, to] = ['2026-03-01', dayOfMoment(site.clock.now())];
  const diff = (most?: number) =>
    site.system.read((db) => ledgerDiff(db, DiffQuery.parse({ from, to, pageSize: 200 }), most));
  const whole = await diff();
  assert.equal(whole.countedFrom, null);
  const parts = await Promise.all([12, 60, 120].map((most) => diff(most)));
  const part = parts.find(({ total, countedFrom }) => total > 0 && countedFrom !== null) ?? assert.fail();
  assert.ok(part.total < whole.total, `${part.total} of ${whole.total}`);
  assert.ok(part.items.every(({ at }) => at > (part.countedFrom ?? '')));
  const apart = site.as({ roles: ['unit_officer'], path: '/450000/450200/elsewhere/' });
  const nothing = await apart.read((db) => ledgerDiff(db, DiffQuery.parse({ from, to }), 12));
  assert.deepEqual(
    [nothing.total, nothing.countedFrom],
    [0, parts[0]?.countedFrom],
    'also where nothing of it is seen',
  );
});

test('where more were touched than are told one by one, the whole history is asked', async () => {
  const [day, later] = ['2026-03-03', dayOfMoment(site.clock.now())];
  const touched = (most: number) => site.system.read((db) => touchedSince(db, endOfDay(day), most));
  const all = (await touched(1000)) ?? assert.fail();
  assert.ok(all.length > 2);
  assert.equal(await touched(all.length - 1), undefined);
  assert.equal((await touched(all.length))?.length, all.length);
  for (const query of [{ day }, { day: later }]) {
    const [whole, quick] = [await ask(site.system, query, 2), await ask(site.system, query)];
    assert.deepEqual([whole.rebuilt, quick.rebuilt], [query.day === day, false], 'the answer says which it was');
    assert.deepEqual(whole, { ...quick, rebuilt: whole.rebuilt });
  }
});

test('names that very many have are counted up to a bound, and the list says so', async () => {
  const path = units[2]?.path ?? '';
  await site.asOwner(`INSERT INTO asset (id, unit_path, class, kind, name, state, importance, source, created_at, first_seen_at,
      last_seen_at, changed_at, terms)
    SELECT gen_random_uuid(), '${path}', 'host', 'cloud', '批量主机' || lpad(n::text, 5, '0'), 'confirmed', '', 'import',
      t, t, t, t, ARRAY['批量', '量主', '主机']
    FROM generate_series(1, ${FOUND_MAX + 2}) n, (VALUES (timestamptz '${site.clock.now().toISOString()}')) c(t)`);
  const who = site.as({ roles: ['dispatcher'], path: '/450000/450200/' });
  const query = { day: dayOfMoment(site.clock.now()), text: '批量主机', pageSize: 3 };
  const { bounded, total, items } = await ask(who, query);
  assert.deepEqual([bounded, total], [true, FOUND_MAX]);
  const whole = await ask(who, query, ALL);
  assert.deepEqual([whole.bounded, whole.total, whole.items], [false, FOUND_MAX + 2, items]);
  const counted = await ask(who, { ...query, text: '', class: 'host' });
  assert.ok(!counted.bounded && counted.total >= FOUND_MAX + 2, 'what is counted as it changes is told whole');
});
