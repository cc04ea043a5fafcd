import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { appendEntries } from '#domain/journal/index.ts';
import { AppError } from '#platform/errors.ts';
import { serveRoutes } from '../../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { vulnerabilitiesSlice } from '../index.ts';
import { withUpload } from './upload.ts';

let site: TestPlatform;
let server: FastifyInstance;
before(async () => {
  site = await openTestPlatform({ append: appendEntries, jobs: vulnerabilitiesSlice.jobs ?? [] });
  const [unit] = await seedUnits(site, [{ code: 'nn-health', name: '南宁市卫健委', divisionCode: '450100' }]);
  assert.ok(unit);
  const officer = site.as({ roles: ['unit_officer'], path: unit.path });
  server = await serveRoutes(site, vulnerabilitiesSlice.routes ?? [], new Map([['officer', officer]]));
});
after(async () => {
  await server.close();
  await site.close();
});

async function* uploaded(...chunks: string[]) {
  const content = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  yield { field: 'file', fileName: 'a.csv', mediaType: 'text/csv', content };
}
const left = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('tongan-report-'));

test('a file of as much as is allowed is handed out, one of a byte more is refused, and neither is left behind', async () => {
  const before = await left();
  const read = (path: string) => readFile(path, 'utf8');
  const kept = await withUpload(uploaded('12345', '67890'), 10, async ({ fileName, path }) => [
    fileName,
    await read(path),
  ]);
  assert.deepEqual(kept, ['a.csv', '1234567890']);
  await assert.rejects(
    withUpload(uploaded('12345', '678901'), 10, () => assert.fail('it was handed out')),
    (error) => error instanceof AppError && error.code === 'too_large' && /at most/.test(error.public),
  );
  await assert.rejects(
    withUpload(uploaded('1'), 10, () => Promise.reject(new Error('unreadable'))),
    /unreadable/,
  );
  assert.deepEqual(await left(), before);
});

const LINES = 70;
const MIB = 1024 * 1024;

test('a report of more than other uploads may have is taken whole', { timeout: 120_000 }, async () => {
  const long = 'x'.repeat(MIB);
  const lines = Array.from({ length: LINES }, (_, index) =>
    JSON.stringify({
      'template-id': `t-${index}`,
      info: { name: `Weakness ${index}`, severity: 'high' },
      host: '10.9.1.1',
      ip: '10.9.1.1',
      port: '443',
      'matched-at': '10.9.1.1:443',
      type: 'tcp',
      response: long,
      timestamp: '2026-02-01T02:00:00Z',
    }),
  );
  const boundary = 'of-this-test';
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="n.jsonl"\r\ncontent-type: text/plain\r\n\r\n`;
  const payload = Buffer.from(`${head}${lines.join('\n')}\n\r\n--${boundary}--\r\n`);
  assert.ok(payload.length > 64 * MIB);
  const headers = { authorization: 'officer', 'content-type': `multipart/form-data; boundary=${boundary}` };
  const made = await server.inject({ method: 'POST', url: '/api/vulnerabilities/imports', headers, payload });
  assert.equal(made.statusCode, 200, made.body);
  const shown = await server.inject({
    method: 'GET',
    url: `/api/vulnerabilities/imports/${made.json<{ id: string }>().id}`,
    headers: { authorization: 'officer' },
  });
  const { bytes, counts } = shown.json<{ bytes: number; counts: { create: number; problems: number } }>();
  assert.deepEqual([counts.create, counts.problems], [LINES, 0], 'nothing of it was cut off');
  assert.ok(bytes > 64 * MIB);
});
