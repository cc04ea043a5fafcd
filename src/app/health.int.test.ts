import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { openSigner } from '#domain/journal/signer.ts';
import { action } from '#platform/action.ts';
import { openTestApp, type TestApp } from '../../test/support/app.ts';
import { openTestPlatform } from '../../test/support/stores.ts';
import { checkSigning } from './doctor/stores.ts';
import { healthRoute } from './health.ts';

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

const Check = z.object({
  check: z.string(),
  state: z.string(),
  sentence: z.string().optional(),
  mend: z.string().optional(),
});

test('who looks after the platform is told what is wrong and what to do about it', async () => {
  const scene = await openTestPlatform();
  try {
    await scene.asOwner("UPDATE telemetry_retention_clock SET trusted_at = '2026-01-01', clock_at = '2026-01-01'");
    const queue = { stats: () => ({ bytes: 0, bytesMax: 1, backlogBytes: 0, damages: [] }) };
    const route = healthRoute(scene.platform, queue);
    const asked = async (role: string) => {
      const answer = await route.handler(scene.as({ roles: [role], path: '/' }), Object.create(null));
      const { checks } = z.object({ checks: z.array(Check) }).parse(answer);
      return checks.find(({ check }) => check === 'retention-clock');
    };
    const told = await asked('system_admin');
    assert.equal(told?.state, 'warn');
    assert.match(told?.sentence ?? '', /the clock says 2026-03-02.*got to 2026-01-05/);
    assert.match(told?.mend ?? '', /correct the clock.*confirm it under Retention/);
    assert.deepEqual(await asked('unit_officer'), { check: 'retention-clock', state: 'warn' });
  } finally {
    await scene.close();
  }
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
