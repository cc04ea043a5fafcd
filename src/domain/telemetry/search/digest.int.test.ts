import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import { finds } from '#engine/search/evaluate.ts';
import { parseSearch } from '#engine/search/parse.ts';
import type { Ctx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { find } from './find.ts';

const START = Date.UTC(2026, 2, 1);
const DAY = { from: new Date(START), to: new Date(START + 86_400_000) };
const signal = new AbortController().signal;

const SHA256 = 'D286348DE31501385A3A3D2C6F43A2A5B1B7B0C8E4F2C6B4D1B5C1A0E9F8D7C6';
const SHA1 = '98B13ABB701577AC88E360D702BB89160B50E378';
const MD5 = 'C78D58386504CAF3437EED37FBFF77B5';
const IMPHASH = '0123456789ABCDEF0123456789ABCDEF';

/** Fields of events as sources write digests: all in one text, alone, under the other name, and in fields of their own. */
const FIELDS: Readonly<Record<string, Record<string, string>>> = {
  whole: { Image: 'a.exe', Hashes: `SHA1=${SHA1},MD5=${MD5},SHA256=${SHA256},IMPHASH=${IMPHASH}` },
  other: { Hash: `SHA256=${SHA256}` },
  alone: { Hashes: MD5.toLowerCase() },
  own: { sha256: SHA256.toLowerCase(), md5: 'none' },
  foreign: { Hashes: `MD5=${IMPHASH}`, Note: SHA256 },
};
const events: SecurityEvent[] = Object.entries(FIELDS).map(([id, fields], index) => ({
  id,
  timeMs: START + index * 1000,
  receivedAtMs: START + index * 1000,
  source: 'microsoft-windows',
  logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
  unitPath: '/450000/450100/',
  fields,
  raw: JSON.stringify(fields),
  problem: '',
}));

describe('a search for a digest', () => {
  let test: TestPlatform;
  let region: Ctx;

  before(async () => {
    test = await openTestPlatform({ events: true });
    region = test.as({ roles: ['analyst'], path: '/450000/' });
    const lines = events.map((event) => `${JSON.stringify(toRow(event))}\n`).join('');
    await test.platform.events.writer.insert('event', Buffer.from(lines), 'digests');
  });
  after(() => test.close());

  const CASES: readonly [query: string, ...ids: string[]][] = [
    [`hash:${SHA256}`, 'other', 'whole'],
    [`Hashes:${SHA256.toLowerCase()}`, 'other', 'whole'],
    [`hash:"${MD5}"`, 'alone', 'whole'],
    [`hash:SHA1=${SHA1}`, 'whole'],
    [`file.hash:(${SHA1} or ${MD5})`, 'alone', 'whole'],
    [`sha256:${SHA256}`, 'other', 'own', 'whole'],
    [`md5:${MD5.toLowerCase()}`, 'alone', 'whole'],
    [`file.hash.sha1:${SHA1}`, 'whole'],
    [`imphash:${IMPHASH}`, 'whole'],
    [`md5:${IMPHASH}`, 'foreign', 'whole'],
    ['sha256:d286*', 'other', 'own', 'whole'],
    ['sha256:*D7C6', 'other', 'own', 'whole'],
    ['sha256:d286*d7c7'],
    ['sha256:*', 'other', 'own', 'whole'],
    [`not hash:${SHA256}`, 'alone', 'foreign', 'own'],
    ['md5:none', 'own'],
  ];
  for (const [query, ...ids] of CASES) {
    it(`finds ${query}, in the store and without one`, async () => {
      const parsed = parseSearch(query);
      assert.ok(parsed.ok);
      const without = events.filter((event) => finds(parsed.search, event)).map(({ id }) => id);
      assert.deepEqual(without.toSorted(), ids);
      let found: string[] = [];
      const asked = { query, ...DAY, columns: [], top: 1, shown: [], limit: 10 };
      for await (const { items, absent } of find(region, asked, signal)) {
        found = items.map((item) => item.event_id ?? '');
        assert.deepEqual(absent, [], 'the field is not called absent where digests are');
      }
      assert.deepEqual(found.toSorted(), ids);
    });
  }
});
