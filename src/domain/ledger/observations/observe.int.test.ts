import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { appendEntries } from '#domain/journal/index.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import type { ObservationInput } from './observation.ts';
import { observe } from './observe.ts';

const UNIT = '/450000/450100/nn-health/';

let platform: TestPlatform;
before(async () => {
  platform = await openTestPlatform({ append: appendEntries });
});
after(() => platform.close());

const at = (day: string) => new Date(`${day}T02:00:00Z`);

const agent = (nativeKey: string, facts: ObservationInput['facts'], day = '2026-03-01'): ObservationInput => ({
  source: 'wazuh',
  nativeKey,
  class: 'host',
  unitPath: UNIT,
  seenAt: at(day),
  facts: { agentId: nativeKey, ...facts },
});

const assets = () => platform.system.read((db) => db.selectFrom('asset').selectAll().orderBy('id').execute());
const entries = async () =>
  Number(
    (
      await platform.system.read((db) =>
        db
          .selectFrom('journal_entry')
          .select(({ fn }) => fn.countAll().as('n'))
          .executeTakeFirstOrThrow(),
      )
    ).n,
  );

test('what a source sees becomes an asset; the same again changes nothing but its time', async () => {
  const seen = agent('001', {
    hostNames: ['web01'],
    addresses: ['10.1.1.10'],
    uuid: '4C4C4544-0042-3510-8051-B7C04F4E3732',
  });
  const [first] = await observe(platform.system, [seen]);
  assert.equal(first?.state, 'linked');
  const [made] = await assets();
  assert.equal(made?.id, first?.assetId);
  assert.equal(made?.name, 'web01');
  assert.equal(made?.unit_path, UNIT);
  const journal = await entries();
  const [again] = await observe(platform.system, [{ ...seen, seenAt: at('2026-03-02') }]);
  assert.deepEqual({ ...again, rule: '' }, { ...first, rule: '' });
  assert.equal(await entries(), journal);
  assert.equal((await assets()).length, 1);
});

test('a second source is linked by a strong key, and says by which', async () => {
  const [linked] = await observe(platform.system, [
    {
      source: 'netbox',
      nativeKey: 'device/7',
      class: 'host',
      unitPath: UNIT,
      seenAt: at('2026-03-02'),
      // The other byte order of the same UUID.
      facts: { hostNames: ['srv-web'], uuid: '44454c4c-4200-1035-8051-b7c04f4e3732' },
    },
  ]);
  assert.equal(linked?.rule, 'strong-key');
  assert.equal((await assets()).length, 1);
});

test('an address alone is no asset', async () => {
  const [place] = await observe(platform.system, [
    {
      source: 'nessus',
      nativeKey: '10.1.1.10',
      class: 'host',
      unitPath: UNIT,
      seenAt: at('2026-03-02'),
      facts: { addresses: ['10.1.1.10'] },
    },
  ]);
  assert.equal(place?.state, 'unresolved');
  assert.equal(place?.assetId, null);
  assert.equal((await assets()).length, 1);
});

/** Machines as two sources see them, with nothing but a UUID in common. */
const machines = (from: number, count: number) => {
  const made = (source: string, number: number): ObservationInput => ({
    source,
    nativeKey: `m-${number}`,
    class: 'host',
    unitPath: UNIT,
    seenAt: at('2026-03-03'),
    facts: { uuid: `5b1f0e1c-0000-4000-8000-${String(number).padStart(12, '0')}` },
  });
  return (source: string) => Array.from({ length: count }, (_, nth) => made(source, from + nth));
};

test('machines that two calls report at the same time become one asset each', async () => {
  const seenBy = machines(0, 600);
  const before = (await assets()).length;
  const [left = [], right = []] = await Promise.all(
    ['wazuh:a', 'netbox:b'].map((source) => observe(platform.system, seenBy(source))),
  );
  assert.deepEqual(
    left.map(({ assetId }) => assetId),
    right.map(({ assetId }) => assetId),
  );
  assert.equal((await assets()).length, before + 600);
});

test('what one part of a call wrote is known to the next, which began before it was written', async () => {
  const seenBy = machines(1000, 1200);
  const before = (await assets()).length;
  // The second part begins with what the first one holds: another source, and some of the same records again.
  const places = await observe(platform.system, [
    ...seenBy('wazuh:a'),
    ...seenBy('netbox:b'),
    ...seenBy('wazuh:a').map((one) => ({ ...one, facts: { ...one.facts, model: 'R740' } })),
  ]);
  const ids = places.map(({ assetId }) => assetId);
  assert.deepEqual(ids.slice(1200, 2400), ids.slice(0, 1200));
  assert.deepEqual(ids.slice(2400), ids.slice(0, 1200));
  assert.equal((await assets()).length, before + 1200);
});

test('where the count of takings was lost, what others wrote is still looked for', async () => {
  await platform.asOwner('DELETE FROM asset_resolution');
  const seenBy = machines(5000, 600);
  const before = (await assets()).length;
  await Promise.all(['wazuh:a', 'netbox:b'].map((source) => observe(platform.system, seenBy(source))));
  assert.equal((await assets()).length, before + 600);
});
