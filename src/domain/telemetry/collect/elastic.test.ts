import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#platform/errors.ts';
import { tokenOf } from './credentials.ts';
import { bulkAnswer, readBulk } from './elastic-bulk.ts';
import { probeAnswer } from './elastic-probes.ts';
import { RecentIds } from './recent-ids.ts';

const read = (text: string) =>
  readBulk(Buffer.from(text), 'of-address').map(({ action, index, id, document }) => [
    action,
    index,
    id,
    document?.toString(),
  ]);

describe("Elasticsearch's bulk format", () => {
  it('reads actions with their documents, whatever the line ends', () => {
    assert.deepEqual(read('{"create":{"_index":"logs"}}\r\n{"a":1}\r\n\n{"index":{"_id":7}}\n{"b":2}'), [
      ['create', 'logs', '', '{"a":1}'],
      ['index', 'of-address', '7', '{"b":2}'],
    ]);
    assert.deepEqual(read('{"delete":{"_id":"x"}}\n{"update":{"_id":"y"}}\n{"doc":{}}\n').length, 2);
    assert.deepEqual(read('{"create":{"_id":null}}\n{}\n'), [['create', 'of-address', '', '{}']]);
  });

  it('keeps a document that is no JSON: what it is, is for the pipeline', () => {
    assert.deepEqual(read('{"index":{}}\nnot json\n'), [['index', 'of-address', '', 'not json']]);
  });

  it('refuses what is not the format, naming the line', () => {
    for (const [text, message] of [
      ['{"a":1}\n{"b":2}\n', /Line 1: expected an action/],
      ['{"create":{}}\n{"a":1}\n{"create":{}}\n', /Line 3: .* has no document/],
      ['[]\n', /Line 1/],
      ['\n', /empty/],
      ['{"create":{"_index":5}}\n{}\n', /Line 1/],
    ] as const) {
      assert.throws(() => read(text), message);
    }
  });

  it('reads or refuses any bytes', () => {
    const piece = fc.oneof(fc.constantFrom('{"create":{}}', '{"index":{"_id":"1"}}', '\n', '{', '\u0000'), fc.string());
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          read(pieces.join('\n'));
        } catch (error) {
          assert.ok(error instanceof AppError && error.code === 'invalid_input');
        }
      }),
    );
  });

  it('answers item by item: kept 201, known 409 or 200, never kept 400 or 413', () => {
    const items = readBulk(
      Buffer.from('{"create":{"_id":"1"}}\n{}\n{"create":{"_id":"1"}}\n{}\n{"index":{"_id":"1"}}\n{}\n{"delete":{}}\n'),
      'i',
    );
    const answer = bulkAnswer(items, ['created', 'repeated', 'repeated', 'unsupported'], 3);
    assert.equal(answer.errors, true);
    const status = (item: object): unknown => Reflect.get(Object.values(item)[0] ?? {}, 'status');
    assert.deepEqual(answer.items.map(status), [201, 409, 200, 400]);
    assert.equal(bulkAnswer(items.slice(0, 1), ['created'], 0).errors, false);
  });
});

describe('what agents ask an Elasticsearch before they deliver', () => {
  it('is answered so that they go on', () => {
    for (const [method, path, status] of [
      ['GET', '', 200],
      ['GET', '_license', 200],
      ['GET', '_xpack', 200],
      ['GET', '_cluster/health', 200],
      ['GET', '_cat/health', 200],
      ['GET', '_nodes/ingest', 200],
      ['GET', '_ilm/policy/filebeat', 404],
      ['PUT', '_ilm/policy/filebeat', 200],
      ['GET', '_index_template/filebeat-8', 404],
      ['PUT', '_index_template/filebeat-8', 200],
      ['PUT', '_ingest/pipeline/x', 200],
      ['PUT', 'logs-2026', 200],
      ['PUT', 'logs/_doc/1/more', 404],
      ['PUT', '_bulk/x', 404],
      ['PUT', '', 404],
      ['GET', 'constructor', 404],
      ['POST', '_search', 404],
    ] as const) {
      assert.equal(probeAnswer(method, path).status, status, `${method} ${path}`);
    }
  });
});

describe('the token of a sender', () => {
  const token = `tis_${'a'.repeat(43)}`;
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  it('is found in every form an agent can be set to', () => {
    for (const form of [
      `Bearer ${token}`,
      `bearer  ${token}`,
      `Splunk ${token}`,
      `Basic ${base64(`anybody:${token}`)}`,
      `ApiKey ${base64(`tongan:${token}`)}`,
    ]) {
      assert.equal(tokenOf(form), token, form);
    }
  });

  it('is not found in anything else', () => {
    const all = fc.oneof(
      fc.string(),
      fc.string().map((text) => `Basic ${text}`),
      fc.string().map((text) => `Bearer ${text}`),
    );
    fc.assert(fc.property(all, (text) => assert.equal(tokenOf(text), undefined)));
    for (const form of [undefined, '', token, `Digest ${token}`, `Basic ${base64(token.slice(0, 10))}`]) {
      assert.equal(tokenOf(form), undefined);
    }
  });
});

describe('remembered identifiers', () => {
  const inFolder = async (work: (folder: string) => Promise<void> | void) => {
    const folder = await mkdtemp(join(tmpdir(), 'tongan-ids-'));
    await Promise.resolve(work(folder)).finally(() => rm(folder, { recursive: true, force: true }));
  };
  const known = (recent: RecentIds, ids: readonly string[]) => ids.map((id) => recent.has(id));

  it('are forgotten oldest first, not before twice as many have come', () =>
    inFolder((folder) => {
      const recent = new RecentIds(folder, 2);
      for (const id of ['a', 'b', 'c', 'd', 'e']) recent.add([id]);
      assert.deepEqual(known(recent, ['a', 'b', 'c', 'd', 'e']), [false, false, true, true, true]);
      recent.close();
    }));

  it('are known after a restart, also when a kill cut the last one', () =>
    inFolder(async (folder) => {
      const first = new RecentIds(folder, 2);
      for (const id of ['a', 'b', 'c']) first.add([id]);
      first.close();
      await appendFile(join(folder, 'younger'), 'f00');
      const second = new RecentIds(folder, 2);
      assert.deepEqual(known(second, ['a', 'b', 'c', 'd']), [true, true, true, false]);
      second.add(['d']);
      second.close();
      const third = new RecentIds(folder, 2);
      assert.deepEqual(known(third, ['c', 'd']), [true, true]);
      third.close();
    }));
});
