import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Ctx } from '#platform/context.ts';
import { detectionMaker, HOUR_MS, LIUZHOU_UNIT, NANNING_UNIT, START_MS } from '../../../test/support/detections.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import type { Detection } from './detection-input.ts';
import { raiseDetections } from './raise.ts';

let platform: TestPlatform;
before(async () => {
  platform = await openTestPlatform();
});
after(() => platform.close());

const { anEvent, aDetection } = detectionMaker('raise');

const raise = (ctx: Ctx, detections: readonly Detection[], batch = 'batch') =>
  ctx.transaction((tx) => raiseDetections(tx, detections, batch));

const alertOf = (id: string) =>
  platform.system.read((db) => db.selectFrom('alert').selectAll().where('id', '=', id).executeTakeFirstOrThrow());

test('detections of one rule and host within the window become one alert, later ones a new one', async () => {
  const rule = 'rule-window';
  const at = (hours: number) => aDetection({ ruleId: rule, atMs: START_MS + hours * HOUR_MS });
  const first = await raise(platform.system, [at(0), at(0.5), at(1.4)]);
  assert.equal(first.raised.length, 1);
  const [id = ''] = first.raised;
  const second = await raise(platform.system, [at(2.3), at(4)]);
  assert.deepEqual(second.grown, [id]);
  assert.equal(second.raised.length, 1);
  const alert = await alertOf(id);
  assert.equal(alert.detection_count, 4);
  assert.equal(alert.first_seen_at.getTime(), START_MS);
  assert.equal(alert.last_seen_at.getTime(), START_MS + 2.3 * HOUR_MS);
});

test('the same batch raised again changes nothing', async () => {
  const batch = [0, 1, 2].map((step) => aDetection({ ruleId: 'rule-replay', atMs: START_MS + step * 1000 }));
  const [id = ''] = (await raise(platform.system, batch, 'b1')).raised;
  const before = await alertOf(id);
  const again = await raise(platform.system, [...batch, ...batch], 'b1');
  assert.deepEqual(again, { raised: [], grown: [], suppressed: {}, repeated: 6 });
  assert.deepEqual(await alertOf(id), before);
});

test('a transaction that fails leaves neither alerts nor remembered ids', async () => {
  const batch = [aDetection({ ruleId: 'rule-abort' })];
  await assert.rejects(
    platform.system.transaction(async (tx) => {
      await raiseDetections(tx, batch, 'b2');
      throw new Error('the checkpoint could not be written');
    }),
  );
  assert.equal((await raise(platform.system, batch, 'b2')).raised.length, 1);
});

test('the same address in two units makes two alerts', async () => {
  const entity = { kind: 'address', value: '10.0.0.5' } as const;
  const { raised } = await raise(platform.system, [
    aDetection({ ruleId: 'rule-units', entity }),
    aDetection({ ruleId: 'rule-units', entity, event: anEvent({ unitPath: LIUZHOU_UNIT }) }),
  ]);
  assert.equal(raised.length, 2);
});

test('a closed alert is not grown: what comes after it is a new alert', async () => {
  const one = aDetection({ ruleId: 'rule-closed' });
  const [id = ''] = (await raise(platform.system, [one])).raised;
  await platform.asOwner(`UPDATE alert SET state = 'closed', verdict = 'benign' WHERE id = '${id}'`);
  const next = await raise(platform.system, [aDetection({ ruleId: 'rule-closed' })]);
  assert.equal(next.raised.length, 1);
  assert.deepEqual(next.grown, []);
});

test('an alert keeps five whole events and counts the others', async () => {
  const batch = Array.from({ length: 40 }, (_, step) => aDetection({ ruleId: 'rule-many', atMs: START_MS + step }));
  const [id = ''] = (await raise(platform.system, batch)).raised;
  const samples = await platform.system.read((db) =>
    db.selectFrom('alert_sample').selectAll().where('alert_id', '=', id).execute(),
  );
  assert.equal(samples.length, 5);
  const alert = await alertOf(id);
  assert.equal(alert.detection_count, 40);
  assert.equal(alert.event_ids.length, 40);
});

test('the highest level of the group is the level of the alert', async () => {
  const [id = ''] = (await raise(platform.system, [aDetection({ ruleId: 'rule-level', level: 'low' })])).raised;
  await raise(platform.system, [aDetection({ ruleId: 'rule-level', level: 'critical' })]);
  assert.equal((await alertOf(id)).level, 'critical');
});

test('values with NUL, half characters and enormous length are kept in a safe form', async () => {
  const hostile = `a\0b\ud800${'x'.repeat(100_000)}`;
  const event = anEvent({ fields: { Computer: hostile, CommandLine: hostile }, raw: hostile });
  const batch = [aDetection({ ruleId: 'rule-hostile', event, entity: { kind: 'host', value: hostile } })];
  const [id = ''] = (await raise(platform.system, batch)).raised;
  assert.ok((await alertOf(id)).entity_value.length <= 300);
});

test('a unit officer sees no alert, not even of the own unit; a centre sees only its area', async () => {
  const { raised } = await raise(platform.system, [aDetection({ ruleId: 'rule-scope' })]);
  const seenBy = async (roles: string[], path: string) => {
    const rows = await platform.as({ roles, path }).read((db) =>
      db
        .selectFrom('alert')
        .select('id')
        .where('id', 'in', [...raised])
        .execute(),
    );
    return rows.length;
  };
  assert.equal(await seenBy(['unit_officer'], NANNING_UNIT), 0);
  assert.equal(await seenBy(['analyst'], '/450000/450200/'), 0);
  assert.equal(await seenBy(['analyst'], '/450000/450100/'), 1);
  assert.equal(await seenBy(['analyst'], '/450000/'), 1);
});

test('an alert belongs to the asset its events are about: the writing machine, or what an observer saw', async () => {
  const asset = (id: number, unit: string, name: string, keys: readonly (readonly [string, string])[]) => `
    INSERT INTO asset (id, unit_path, class, kind, name, state, importance, source, created_at, first_seen_at, last_seen_at, changed_at)
      VALUES ('00000000-0000-7000-8000-${String(id).padStart(12, '0')}', '${unit}', 'host', 'endpoint', '${name}', 'confirmed', '',
        'manual', now(), now(), now(), now());
    ${keys
      .map(
        ([kind, value]) => `INSERT INTO asset_key (asset_id, kind, value, unit_path)
      VALUES ('00000000-0000-7000-8000-${String(id).padStart(12, '0')}', '${kind}', '${value}', '${unit}');`,
      )
      .join('\n')}`;
  const exit = '/450000/450100/exit/';
  await platform.asOwner(
    [
      asset(1, NANNING_UNIT, 'his-server', [
        ['host', 'his01'],
        ['address', '10.66.0.9'],
      ]),
      asset(2, exit, 'exit-firewall', [['host', 'fw01']]),
      asset(3, LIUZHOU_UNIT, 'same-address', [['address', '10.66.0.9']]),
    ].join('\n'),
  );
  const firewall = { product: 'huawei', category: 'firewall', service: '' };
  const seen = (fields: Record<string, string>, logsource = firewall) =>
    aDetection({
      ruleId: `rule-asset-${JSON.stringify(fields)}`,
      event: anEvent({ unitPath: exit, logsource, fields }),
      entity: { kind: 'address', value: fields.src_ip ?? '' },
    });
  const assetOf = async (detection: ReturnType<typeof seen>) => {
    const [id = ''] = (await raise(platform.system, [detection])).raised;
    const { asset_name, unit_path } = await alertOf(id);
    return [asset_name, unit_path];
  };
  assert.deepEqual(await assetOf(seen({ Computer: 'fw01', src_ip: '10.66.0.9', dst_ip: '198.51.100.1' })), [
    'his-server',
    NANNING_UNIT,
  ]);
  assert.deepEqual(await assetOf(seen({ Computer: 'fw01', src_ip: '10.66.0.77' })), ['', exit]);
  const own = { product: 'linux', category: '', service: 'sshd' };
  assert.deepEqual(await assetOf(seen({ Computer: 'fw01', src_ip: '10.66.0.78' }, own)), ['exit-firewall', exit]);
});
