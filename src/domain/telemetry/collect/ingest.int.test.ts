import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { openTestApp, type TestApp } from '../../../../test/support/app.ts';
import { changeSource, createSource } from '../actions.ts';

const NANNING = '/450000/450100/';

describe('POST /ingest', () => {
  let test: TestApp;
  let token = '';
  let sourceId = '';

  before(async () => {
    test = await openTestApp({ listen: true });
    const made = await createSource(test.app.system, { name: '门户', unitPath: NANNING, listener: 'http' });
    token = made.token ?? '';
    sourceId = made.source.id;
  });
  after(() => test.stop());

  const post = async (body: string | Buffer, headers: Record<string, string> = {}) => {
    const response = await fetch(`${test.address}/ingest`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    const answer: { accepted?: number; rejected?: object[]; code?: string; reason?: string } = JSON.parse(
      await response.text(),
    );
    return { status: response.status, ...answer };
  };

  it('takes lines, NDJSON and arrays, whatever content type the sender claims', async () => {
    for (const [body, type] of [
      ['one\ntwo\n', 'text/plain'],
      ['{"a":1}\n{"a":2}', 'application/x-ndjson'],
      ['[{"a":1},{"a":2}]', 'application/json'],
      ['<34>a\n<34>b', 'application/octet-stream'],
    ] as const) {
      assert.deepEqual(await post(body, { 'content-type': type }), { status: 200, accepted: 2, rejected: [] }, type);
    }
  });

  it('unpacks gzip and zstd', async () => {
    const packed = { gzip: gzipSync('a\nb\nc'), zstd: zstdCompressSync('a\nb\nc') };
    for (const [encoding, body] of Object.entries(packed)) {
      assert.equal((await post(body, { 'content-encoding': encoding })).accepted, 3);
    }
  });

  it('names the lines it does not take and keeps the others', async () => {
    const answer = await post(`ok\n${'x'.repeat(1024 * 1024 + 1)}\nalso ok`);
    assert.deepEqual(answer, { status: 200, accepted: 2, rejected: [{ line: 2, reason: 'too_long' }] });
  });

  it('keeps nothing of a body that cannot be unpacked or unpacks to too much', async () => {
    assert.equal((await post('no gzip', { 'content-encoding': 'gzip' })).code, 'invalid_input');
    assert.equal((await post(gzipSync(Buffer.alloc(40_000_000)), { 'content-encoding': 'gzip' })).code, 'too_large');
    assert.equal((await post('x', { 'content-encoding': 'br' })).code, 'unsupported_media');
  });

  it('asks for the token of a source, and refuses one that is paused', async () => {
    for (const authorization of ['', 'Bearer tis_wrong_wrong_wrong_wrong', 'Basic abc']) {
      const answer = await post('x', { authorization });
      assert.deepEqual([answer.status, answer.reason], [401, 'source.token']);
    }
    await changeSource(test.app.system, { id: sourceId, change: { state: 'paused' } });
    const paused = await post('x');
    assert.deepEqual([paused.status, paused.reason], [403, 'source.paused']);
    await changeSource(test.app.system, { id: sourceId, change: { state: 'active' } });
    assert.equal((await post('x')).accepted, 1);
  });
});
