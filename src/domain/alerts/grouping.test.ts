import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { detectionMaker } from '../../../test/support/detections.ts';
import { cluster, entityText, fits } from './grouping.ts';
import { fitsPattern, type SuppressionRule, suppresses } from './suppression.ts';

const { aDetection, anEvent } = detectionMaker('grouping');
const window = { windowMs: 100, spanMs: 1000 };

test('both ends of the window belong to it, and the span limits the whole group', () => {
  const span = { firstMs: 1000, lastMs: 1500 };
  assert.deepEqual(
    [899, 900, 1200, 1600, 1601].map((at) => fits(span, at, window)),
    [false, true, true, true, false],
  );
  assert.equal(fits({ firstMs: 0, lastMs: 950 }, 1001, window), false);
});

test('no detection is lost, every group keeps its window and span, and the order of arrival does not matter', () => {
  const times = fc.array(fc.nat({ max: 5000 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 3 }), (atMs, entities) => {
      const detections = atMs.map((at, index) =>
        aDetection({ atMs: at, entity: { kind: 'host', value: `h${index % entities}` } }),
      );
      const { fresh } = cluster(detections, [], window);
      assert.equal(
        fresh.reduce((sum, group) => sum + group.detections.length, 0),
        detections.length,
      );
      for (const group of fresh) {
        assert.ok(group.lastMs - group.firstMs <= window.spanMs);
        assert.equal(new Set(group.detections.map(({ entity }) => entity.value)).size, 1);
      }
      const shape = (groups: typeof fresh) =>
        groups.map(({ key, firstMs, lastMs }) => `${key} ${firstMs} ${lastMs}`).sort();
      assert.deepEqual(shape(cluster([...detections].reverse(), [], window).fresh), shape(fresh));
    }),
  );
});

test('an entity text is never longer than an index takes and holds nothing the store refuses', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (value) => {
      const text = entityText({ kind: 'user', value });
      assert.ok(text.length <= 300 && text.isWellFormed() && !text.includes('\0'));
    }),
  );
});

test('a pattern fits as the equivalent regular expression does', () => {
  const piece = fc.stringMatching(/^[ab.*]{0,6}$/);
  fc.assert(
    fc.property(piece, fc.stringMatching(/^[ab.]{0,8}$/), (pattern, text) => {
      const expression = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
      assert.equal(fitsPattern(text, pattern), new RegExp(`^${expression}$`).test(text));
    }),
  );
});

test('every condition of a suppression rule must hold', () => {
  const rule: SuppressionRule = {
    id: 's',
    unitPath: '/450000/450100/',
    ruleId: 'rule-1',
    entityKind: 'host',
    entityValue: 'web01',
    field: 'CommandLine',
    fieldValue: 'who*',
    expiresAt: new Date(1000),
    endedAt: null,
  };
  const now = new Date(999);
  const detection = aDetection();
  assert.ok(suppresses(rule, detection, now));
  const unmet: Partial<SuppressionRule>[] = [
    { unitPath: '/450000/450200/' },
    { ruleId: 'rule-2' },
    { entityValue: 'web02' },
    { entityKind: 'user' },
    { fieldValue: 'who' },
    { field: 'Missing' },
    { expiresAt: now },
    { endedAt: now },
  ];
  for (const change of unmet) assert.equal(suppresses({ ...rule, ...change }, detection, now), false);
  const listed = aDetection({ event: anEvent({ fields: { CommandLine: ['dir', 'WHOAMI'] } }) });
  assert.ok(suppresses(rule, listed, now));
});
