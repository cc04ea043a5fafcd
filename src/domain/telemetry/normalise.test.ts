import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { defineSource } from '#engine/formats/define.ts';
import { normaliser } from './normalise.ts';
import { loadSources } from './sources.ts';

const receivedAtMs = Date.UTC(2026, 4, 20, 2, 0, 0);
const line = (text: string, sourceHint = '') => ({
  id: 'seg-0',
  text,
  receivedAtMs,
  unitPath: '/450000/450100/',
  sourceHint,
  sender: '10.0.0.1',
});
const access = '59.211.8.4 - - [20/May/2026:09:58:00 +0800] "GET / HTTP/1.1" 200 5 "-" "-"';

describe('choosing the source of a line', async () => {
  const normalise = normaliser(await loadSources());

  test('the configured source wins over what the content looks like', () => {
    assert.equal(normalise(line(access)).source, 'nginx-access');
    assert.equal(normalise(line(access, 'apache-access')).source, 'apache-access');
    assert.equal(normalise(line(access, 'apache-access')).problem, '');
  });

  test('a line that is not of the configured source is still read, and the misfit is said', () => {
    const event = normalise(
      line('<38>May 20 09:58:00 h sshd[1]: Accepted password for a from 10.0.0.9 port 5 ssh2', 'nginx-access'),
    );
    assert.equal(event.source, 'linux-sshd');
    assert.match(event.problem, /configured source "nginx-access"/);
  });

  test('a configured source that does not exist is said', () => {
    assert.match(normalise(line(access, 'no-such')).problem, /does not exist/);
  });

  test('unknown text is kept whole as unparsed, at the time of its receipt', () => {
    const event = normalise(line('完全 unknown text'));
    assert.deepEqual(
      [event.source, event.raw, event.timeMs, event.unitPath, event.id],
      ['unparsed', '完全 unknown text', receivedAtMs, '/450000/450100/', 'seg-0'],
    );
    assert.notEqual(event.problem, '');
  });

  test('the same line gives the same event', () => {
    assert.deepEqual(normalise(line(access)), normalise(line(access)));
  });

  test('a source that throws loses no line', () => {
    const faulty = defineSource({
      id: 'faulty',
      title: { zh: '坏', en: 'faulty' },
      vendor: 'x',
      product: 'x',
      formats: ['text'],
      watches: ['network'],
      asks: { always: true },
      supplies: [],
      detect: () => 1,
      parse: () => {
        throw new Error('bug');
      },
    });
    const event = normaliser(new Map([['faulty', faulty]]))(line('text'));
    assert.equal(event.source, 'unparsed');
    assert.equal(event.raw, 'text');
  });
});

describe('loading sources', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sources-'));
  after(() => rmSync(folder, { recursive: true }));

  const fails = async (name: string, text: string | undefined, reason: RegExp) => {
    const root = join(folder, name);
    await mkdir(join(root, 'acme-box'), { recursive: true });
    if (text !== undefined) await writeFile(join(root, 'acme-box', 'source.ts'), text);
    await assert.rejects(loadSources(root), (error: Error) => {
      assert.match(error.message, /acme-box.source\.ts/);
      assert.match(error.message, reason);
      return true;
    });
  };

  test('a broken, empty or misnamed source stops the start and is named', async () => {
    await fails('syntax', 'export const source = {', /cannot be loaded/);
    await fails('nothing', 'export const other = 1;', /must export `source`/);
    await fails('absent', undefined, /no source\.ts/);
    const named =
      'export const source = { id: "x", supplies: [], asks: {}, watches: [], detect: () => 0, parse: () => null };';
    await fails('misnamed', named, /must be the same/);
  });
});
