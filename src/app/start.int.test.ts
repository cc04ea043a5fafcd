import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openLog } from '#platform/log.ts';
import { arrivalsOf } from '../../test/support/arrivals.ts';
import { settingsFor, startPlatform } from '../../test/support/start-process.ts';
import { checkEventStore, checkMigrations, checkRecordStore } from './doctor/stores.ts';
import { openApp } from './server.ts';

/** From the first step of a first start to the last ones of a later one, whatever the speed of the machine. */
const KILLS_MS = [150, 700, 1500, 2500, 4000, 6500];

it('a start that is killed at any moment, in the middle of a migration too, is made good by the next one', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tongan-start-'));
  try {
    let killed = 0;
    for (const afterMs of KILLS_MS) {
      const { child, ready } = startPlatform(dataDir);
      const isReady = await Promise.race([ready.then(() => true), delay(afterMs, false)]);
      assert.equal(child.exitCode, null, 'a start after a kill does not fail');
      if (!isReady) killed += 1;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    assert.ok(killed >= 2, `${killed} starts were killed before they were done`);
    const app = await openApp({ config: settingsFor(dataDir), log: openLog('silent') });
    try {
      const address = await app.start();
      const { postgres, events } = app.platform;
      const found = [
        await checkMigrations(postgres),
        ...(await checkRecordStore(postgres)),
        await checkEventStore(events),
      ].flat();
      assert.deepEqual(
        found.filter(({ state }) => state !== 'ok'),
        [],
      );
      const arrivals = await arrivalsOf({ app, address, stop: async () => undefined }, { listener: 'http' });
      const headers = { authorization: `Bearer ${arrivals.token}` };
      assert.equal(
        (await fetch(`${address}/ingest`, { method: 'POST', headers, body: 'after the kills' })).status,
        200,
      );
      assert.equal((await arrivals.stored('after the kills', 1)).length, 1);
    } finally {
      await app.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
