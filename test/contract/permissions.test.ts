import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { modules } from '#app/modules.ts';
import { PERMISSIONS, permissionsOf, ROLES } from '#domain/identity/permissions.ts';
import { READING } from '#domain/journal/routes.ts';
import { texts } from '../../web/src/pages/identity/rights/texts.ts';

interface Texts {
  readonly [key: string]: string | Texts;
}

function textOf(language: Texts, permission: string): unknown {
  let found: string | Texts | undefined = language;
  for (const part of permission.split('.')) found = typeof found === 'object' ? found[part] : undefined;
  return found;
}

test('every permission has its words in both languages', () => {
  for (const permission of PERMISSIONS) {
    for (const language of [texts.zh, texts.en])
      assert.equal(typeof textOf(language, permission), 'string', permission);
  }
});

test('every route asks for a permission of the catalogue that some role holds', () => {
  const held = new Set(ROLES.flatMap((role) => [...permissionsOf([role])]));
  const open = new Set(['public', 'signed-in']);
  for (const { slice } of modules) {
    for (const { method, url, permission } of slice.routes ?? []) {
      assert.ok(
        open.has(permission) || held.has(permission),
        `${method} ${url} asks for ${permission}, which nobody has`,
      );
    }
  }
});

test('the past of every type of object that is journalled can be read with a permission of the catalogue', () => {
  const source = globSync('src/**/*.ts', { cwd: new URL('../..', import.meta.url) })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'))
    .join('\n');
  const types = new Set([...source.matchAll(/\bobject: \{\s*type: '([^']+)'/g)].map(([, type]) => type ?? ''));
  assert.ok(types.size > 20, `${types.size} types found`);
  assert.deepEqual([...types].filter((type) => READING[type] === undefined).sort(), []);
  const unknown = Object.entries(READING).filter(([, permission]) => !PERMISSIONS.some((one) => one === permission));
  assert.deepEqual(unknown, []);
});
