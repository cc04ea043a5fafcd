import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { eventsOf, type ReadyPack, readyPack, runCase } from '#app/cli/rules-cases.ts';
import { ENTITY_KINDS } from '#domain/alerts/detection-input.ts';
import { isCategory } from '#domain/incidents/standards.ts';
import { normaliser } from '#domain/telemetry/normalise.ts';
import { loadSources } from '#domain/telemetry/sources.ts';
import type { RuleCase } from '#engine/sigma/cases.ts';
import { feasibility } from '#engine/sigma/feasibility.ts';
import { loadPack } from '#engine/sigma/pack.ts';
import { formatProblem } from '#engine/sigma/problem.ts';
import { techniquesOf } from '#engine/sigma/rule.ts';
import { referenceData, withoutReferenceData } from '../support/reference-data.ts';
import { rulesWithCases } from '../support/rule-cases.ts';

/** Every rule of the pack against the cases beside it: raw lines go through the normaliser and the engine. */
const files = rulesWithCases();
const sources = await loadSources();
const normalise = normaliser(sources);

/** What the console shows of a rule in Chinese, and what an alert of it is about. */
const tongan = z.strictObject({
  title_zh: z.string().min(4),
  description_zh: z.string().min(10),
  advice_zh: z.string().min(10),
  falsepositives_zh: z.string().min(2),
  advice_en: z.string().min(10),
  category: z.string().refine(isCategory, 'not a category of content/standards/categories'),
  entity: z.enum(ENTITY_KINDS),
});

/** What is only counted by a correlation raises nothing, but stands in the ledger and under tried lines. */
const counted = tongan.pick({ title_zh: true, description_zh: true, falsepositives_zh: true });

/** Ids of the rules and correlations that one case makes raise a detection. */
function fired(ready: ReadyPack, ruleCase: RuleCase): ReadonlySet<string> {
  const { fired: ids, faults } = runCase(ready, ruleCase);
  assert.deepEqual(faults, [], 'every line is read, every hit can be counted');
  return ids;
}

/** A line alone is read by the kind of source that the case names, whatever else would take it. */
function checkSource(ruleCase: RuleCase): void {
  if (!ruleCase.single) return;
  for (const event of eventsOf(ruleCase, normalise))
    assert.equal(event.source, ruleCase.events[0]?.source, event.problem);
}

for (const { file, text, hits, misses } of files) {
  describe(`rule ${file}`, () => {
    const pack = loadPack([{ file, text }]);
    const ready = readyPack(pack, normalise);
    const heads = [...pack.rules, ...pack.correlations];
    const loud = heads.filter(({ id }) => !pack.silent.has(id));

    test('reads without problems, and raises detections of exactly one rule', () => {
      assert.deepEqual(pack.problems.map(formatProblem), []);
      assert.equal(loud.length, 1);
    });

    test('says what it is about in both languages, with technique, level and false positives', () => {
      for (const head of heads) {
        assert.notEqual(techniquesOf(head.tags).length, 0, `${head.title}: no ATT&CK technique`);
        assert.notEqual(head.falsePositives.length, 0, `${head.title}: no false positives`);
        const chinese = (head.extra.falsepositives_zh ?? '').split('；');
        assert.equal(chinese.length, head.falsePositives.length, `${head.title}: each in Chinese, divided by ；`);
        for (const text of chinese) assert.match(text, /\p{Script=Han}/u, `${head.title}: false positives in Chinese`);
        assert.match(head.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
      }
      for (const document of parseAllDocuments(text)) {
        const content: Record<string, unknown> = document.toJS();
        const shown = content.id === loud[0]?.id ? tongan : counted;
        shown.parse(content.tongan);
      }
    });

    test('each line is of the kind of source it names', () => [...hits, ...misses].forEach(checkSource));
    for (const ruleCase of hits) {
      test(`fires: ${ruleCase.name}`, () => assert.ok(fired(ready, ruleCase).has(loud[0]?.id ?? '')));
    }
    for (const ruleCase of misses) {
      test(`stays silent: ${ruleCase.name}`, () => assert.equal(fired(ready, ruleCase).size, 0));
    }
  });
}

test('all rules load together: no id or name is used twice', () => {
  const pack = loadPack(files);
  assert.deepEqual(pack.problems.map(formatProblem), []);
  const names = [...pack.rules, ...pack.correlations].map((head) => head.name).filter((name) => name !== '');
  assert.equal(new Set(names).size, names.length);
  const titles = [...pack.rules, ...pack.correlations].flatMap(({ title, extra }) => [title, extra.title_zh ?? '']);
  assert.equal(new Set(titles).size, titles.length, 'titles tell rules apart');
});

test('every rule can fire: a source supplies its log source and its fields', () => {
  const supplies = [...sources.values()].flatMap((source) => source.supplies);
  for (const rule of loadPack(files).rules) {
    assert.deepEqual(feasibility(rule, supplies), { possible: true }, `${rule.file}: ${rule.title}`);
  }
});

const attack = referenceData('attack');
test('techniques and tactics are ATT&CK v19 names', {
  skip: attack === undefined && withoutReferenceData('attack'),
}, () => {
  const techniques = z
    .array(z.object({ id: z.string(), tactics: z.array(z.string()) }))
    .parse(JSON.parse(readFileSync(join(attack ?? '', 'techniques.json'), 'utf8')));
  const known = new Map(techniques.map(({ id, tactics }) => [id, tactics]));
  const tactics = new Set(techniques.flatMap((technique) => technique.tactics));
  const pack = loadPack(files);
  for (const { file, tags } of [...pack.rules, ...pack.correlations]) {
    for (const technique of techniquesOf(tags)) assert.ok(known.has(technique), `${file}: ${technique}`);
    for (const tag of tags.filter((name) => !/^attack\.t\d/.test(name))) {
      assert.ok(tactics.has(tag.replace('attack.', '')), `${file}: ${tag}`);
    }
  }
});
