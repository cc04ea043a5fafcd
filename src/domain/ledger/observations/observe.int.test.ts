import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { appendEntry } from '#domain/journal/index.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import type { ObservationInput } from './observation.ts';
import { observe } from './observe.ts';

const UNIT = '/450000/450100/nn-health/';

let platform: TestPlatform;
before(async () => {
  platform = await openTestPlatform({ append: appendEntry });
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
