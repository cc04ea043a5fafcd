import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import * as engine from './index.ts';

const TEXT = `title: Whoami
logsource: { product: windows, category: process_creation }
detection:
  selection: { Image|endswith: '\\whoami.exe' }
  filter: { User: SYSTEM }
  condition: selection and not filter
`;

const event: engine.SecurityEvent = {
  id: '1',
  timeMs: 0,
  receivedAtMs: 0,
  source: 'test',
  logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
  unitPath: '/',
  fields: { Image: 'C:\\Windows\\Whoami.exe', User: 'x' },
  raw: '',
  problem: '',
};

test('the public face does what its README says', () => {
  const pack = engine.loadPack([{ file: 'whoami.yml', text: TEXT }]);
  assert.deepEqual(pack.problems.map(engine.formatProblem), []);
  const [rule] = pack.rules;
  assert(rule);
  const [hit] = engine.compileRules(pack.rules).match(event);
  assert.deepEqual(hit?.matched, [
    { field: 'Image', value: 'C:\\Windows\\Whoami.exe', condition: 'endswith \\whoami.exe' },
  ]);
  const explained = engine.explainRule(rule, event);
  assert.deepEqual(
    [explained.fires, explained.selections.map(({ name, outline }) => [name, outline.holds])],
    [
      true,
      [
        ['selection', true],
        ['filter', false],
      ],
    ],
  );
  assert.match(engine.toSql(rule.condition).text, /endsWith\(lower\(process_executable\)/);
  assert.deepEqual(engine.feasibility(rule, []), { possible: false, reason: 'no-source', fields: [] });
});

test('every name the README calls is exported', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const called = new Set([...readme.matchAll(/\b([a-z][A-Za-z]+)\(/g)].map(([, name]) => name ?? ''));
  const methods = new Set(['match', 'feed', 'error', 'log', 'lower', 'endsWith']);
  const missing = [...called].filter((name) => !methods.has(name) && !(name in engine));
  assert.deepEqual(missing, []);
});

test('what would be published is three folders and one package', () => {
  const source = resolve(import.meta.dirname, '../..');
  const reached = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(/^(?:import|export) [^'"]*?from '([^']+)'/gm)) {
      if (name.startsWith('#')) visit(join(source, name.slice(1)));
      else if (name.startsWith('.')) visit(resolve(dirname(path), name));
      else packages.add(name);
    }
  };
  visit(join(import.meta.dirname, 'index.ts'));
  const folders = new Set(
    [...reached].map((path) =>
      path
        .slice(source.length + 1)
        .split('/')
        .slice(0, 2)
        .join('/'),
    ),
  );
  assert.deepEqual([...folders].sort(), ['engine/condition', 'engine/fields', 'engine/sigma']);
  assert.deepEqual([...packages], ['yaml']);
  assert(reached.size > 30);
});
