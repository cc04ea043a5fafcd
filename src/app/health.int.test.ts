import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { openSigner } from '#domain/journal/signer.ts';
import { action } from '#platform/action.ts';
import { openTestApp, type TestApp } from '../../test/support/app.ts';
import { checkSigning } from './doctor/stores.ts';

let running: TestApp;
before(async () => {
  running = await openTestApp();
});
after(() => running.stop());

const touch = action('order.issue', z.object({}), async (tx) => {
  tx.record({ object: { type: 'order', id: 'a' }, unitPath: '/', data: {} });
});

test('anybody may ask whether the platform works, and is told no reasons', async () => {
  const response = await running.app.server.inject({ url: '/api/health' });
  assert.equal(response.statusCode, 200);
  const { status, checks } = response.json();
  assert.equal(status, 'ok');
  assert.deepEqual(checks.map((one: { check: string }) => one.check).sort(), [
    'event-store',
    'journal',
    'queue',
    'retention',
    'retention-clock',
    'row-security',
  ]);
  assert.ok(checks.every((one: { sentence?: string }) => one.sentence === undefined));
});

test('a journal that grows but is not signed is a failure after two minutes, until it is signed', async () => {
  const { system, platform } = running.app;
  await touch(system, {});
  const soon = new Date(system.clock.now().getTime() + 60_000);
  const late = new Date(system.clock.now().getTime() + 180_000);
  assert.equal((await checkSigning(platform.postgres, soon)).state, 'ok');
  const finding = await checkSigning(platform.postgres, late);
  assert.equal(finding.state, 'fail');
  assert.match(finding.sentence, /the journal is not signed since 20/);
  await (await openSigner(platform.config)).sign(system);
  assert.equal((await checkSigning(platform.postgres, late)).state, 'ok');
});
