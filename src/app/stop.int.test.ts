import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pino } from 'pino';
import { createSource } from '#domain/telemetry/index.ts';
import { openTestApp } from '../../test/support/app.ts';
import { servicesInOrder } from './modules.ts';

it('what is asked by the pipeline starts before it and stops after it', () => {
  const names = servicesInOrder().map(({ name }) => name);
  assert.ok(names.indexOf('detection') < names.indexOf('telemetry-pipeline'), names.join(', '));
  assert.ok(names.indexOf('telemetry-pipeline') < names.indexOf('telemetry-collector'), names.join(', '));
});

it('a stop in the middle of the work finishes what is in hand, without a fault', async () => {
  const faults: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void faults.push(line) });
  const test = await openTestApp({ listen: true, log });
  const { token } = await createSource(test.app.system, {
    name: '门户',
    unitPath: '/450000/450100/',
    listener: 'http',
  });
  const pad = 'x'.repeat(1000);
  const body = Array.from({ length: 3000 }, (_, n) => `{"event":"stop ${n}","pad":"${pad}"}`).join('\n');
  const headers = { authorization: `Bearer ${token}` };
  const deliver = async () => (await fetch(`${test.address}/ingest`, { method: 'POST', headers, body })).status;
  // More than one batch: the threads are at work when the stop begins.
  assert.deepEqual(await Promise.all(Array.from({ length: 7 }, deliver)), Array(7).fill(200));
  await test.stop();
  assert.deepEqual(faults, []);
});
