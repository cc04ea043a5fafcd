import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { loadConfig, settings } from '#platform/config.ts';

const FOLDER = join(import.meta.dirname, '../../deploy');
const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));
const known = new Set(settings().map(({ variable }) => variable));

test('every setting that deploy/ names exists', () => {
  let named = 0;
  for (const file of files) {
    for (const [variable] of readFileSync(file, 'utf8').matchAll(/\bTONGAN_[A-Z_]+\b/g)) {
      named += 1;
      assert.ok(known.has(variable), `${file}: ${variable}`);
    }
  }
  assert.ok(named > 20);
});

test('every YAML file in deploy/ can be read', () => {
  const manifests = files.filter((file) => /\.ya?ml$/.test(file));
  assert.ok(manifests.length >= 2);
  for (const file of manifests) {
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'), { merge: true })) {
      assert.deepEqual(document.errors, [], file);
      assert.ok(document.toJS(), file);
    }
  }
});

test('the example settings for services make a lawful configuration of each role', () => {
  const text = readFileSync(join(FOLDER, 'systemd/tongan.env.example'), 'utf8');
  const variables = text
    .split('\n')
    .filter((line) => /^\w+=/.test(line))
    .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  for (const role of ['collect', 'detect', 'work', 'api']) {
    assert.deepEqual(loadConfig(Object.fromEntries(variables), undefined, { roles: [role] }).roles, [role]);
  }
});

test('detectors are replaced all at once: an older one would store a newer one’s group of batches again', () => {
  const text = readFileSync(join(FOLDER, 'kubernetes/tongan.yaml'), 'utf8');
  const documents = parseAllDocuments(text, { merge: true }).map((document) => document.toJS());
  const detect = documents.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'detect');
  assert.deepEqual(detect?.spec.strategy, { type: 'Recreate' });
});
