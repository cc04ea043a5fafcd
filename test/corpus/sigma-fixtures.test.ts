import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { compileRules } from '#engine/sigma/matcher.ts';
import { loadPack } from '#engine/sigma/pack.ts';
import { normaliser } from '../../src/domain/telemetry/normalise.ts';
import { loadSources } from '../../src/domain/telemetry/sources.ts';
import { referenceData, withoutReferenceData } from '../support/reference-data.ts';

/** The JSON objects of a text that holds several one after the other. */
function objectsOf(text: string): string[] {
  const objects: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:\\.|[^"\\])*"|[{}]/gs)) {
    if (token === '{') {
      if (depth === 0) start = index;
      depth += 1;
    } else if (token === '}') {
      depth -= 1;
      if (depth === 0) objects.push(JSON.stringify(JSON.parse(text.slice(start, index + 1))));
    }
  }
  return objects;
}

async function readPack(folder: string) {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => /^rules[^/]*\/.*\.yml$/.test(name)).sort();
  return loadPack(
    await Promise.all(files.map(async (file) => ({ file, text: await readFile(join(folder, file), 'utf8') }))),
  );
}

describe('published Sigma rules', () => {
  const folder = referenceData('sigma');

  it('load, save those whose placeholders nobody has defined', async (t) => {
    if (!folder) return t.skip(withoutReferenceData('sigma'));
    const pack = await readPack(folder);
    const codes = new Set(pack.problems.map((problem) => problem.code));
    assert.deepEqual([...codes], ['placeholder.unresolved']);
    assert(pack.rules.length > 3_700);
    t.diagnostic(`${pack.rules.length} rules, ${pack.problems.length} problems`);
  });

  it('fire on the events published with them', async (t) => {
    if (!folder) return t.skip(withoutReferenceData('sigma'));
    const matcher = compileRules((await readPack(folder)).rules);
    const normalise = normaliser(await loadSources());
    const names = await readdir(join(folder, 'regression'), { recursive: true });
    const missed: string[] = [];
    const cases = names.filter((name) => name.endsWith('.json'));
    for (const name of cases) {
      const texts = objectsOf(await readFile(join(folder, 'regression', name), 'utf8'));
      const fired = texts.some((text) => {
        const line = { id: '1', text, receivedAtMs: 0, sourceHint: '', unitPath: '/', sender: '' };
        return matcher.match(normalise(line)).some((hit) => hit.ruleId === basename(name, '.json'));
      });
      if (!fired) missed.push(name);
    }
    assert.deepEqual(missed, []);
    assert(cases.length > 90);
  });
});
