import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSources, normaliser } from '#domain/telemetry/index.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { compileRules } from '#engine/sigma/matcher.ts';
import { loadPack } from '#engine/sigma/pack.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import { foundIn } from './found.ts';
import { joinMatched, matchAll } from './match.ts';

const RULES = `title: Tool
id: tool
logsource: { product: windows }
detection:
  selection: { Image|endswith: '\\tool.exe', CommandLine|contains: ' -x' }
  condition: selection
---
title: Others
id: others
logsource: { product: windows }
detection:
  selection: { EventID: 1 }
  filter: { Broken: a }
  condition: selection and not filter
`;
const { rules } = loadPack([{ file: 'rules.yml', text: RULES }]);

const event = (fields: SecurityEvent['fields']): SecurityEvent => ({
  id: 'e',
  timeMs: 0,
  receivedAtMs: 0,
  source: 'test',
  logsource: { product: 'windows', category: '', service: '' },
  unitPath: '/',
  fields: { EventID: '1', ...fields },
  raw: '',
  problem: '',
});

const broken = (given: SecurityEvent['fields']): SecurityEvent => {
  const fields = Object.defineProperty({ EventID: '1', ...given }, 'Broken', {
    enumerable: true,
    get: () => {
      throw new Error('this value breaks');
    },
  });
  return { ...event({}), fields };
};

describe('the rules asked of a batch', () => {
  it('counts for each rule the events of which its condition was evaluated', () => {
    const events = [
      event({ Image: 'C:\\tool.exe', CommandLine: 'tool -x' }),
      event({ Image: 'C:\\tool.exe', CommandLine: 'tool -y' }),
      event({ Image: 'C:\\other.exe', CommandLine: 'other -x' }),
    ];
    const matcher = compileRules(rules);
    const { hits, candidates } = matchAll(matcher, events);
    assert.deepEqual(
      hits.map(({ ruleId, event: at }) => [ruleId, at]),
      [
        ['tool', 0],
        ['others', 0],
        ['others', 1],
        ['others', 2],
      ],
    );
    // One of the two texts that must occur is looked for; which one is the rarer of them is not the rule's business.
    assert.ok((candidates.get('tool') ?? 0) >= 1 && (candidates.get('tool') ?? 0) < 3);
    assert.equal(candidates.get('others'), 3);
    assert.deepEqual([...matchAll(matcher, []).candidates], []);
  });

  it('counts them as well when lines are told from their bytes', async () => {
    const sources = await loadSources();
    const layout = sources.get('microsoft-windows')?.rawLayout;
    assert(layout);
    const normalise = normaliser(sources);
    const line = (image: string, commandLine: string) =>
      normalise({
        id: 'e',
        text: JSON.stringify({ EventID: 1, Channel: 'Security', Image: image, CommandLine: commandLine }),
        receivedAtMs: 0,
        unitPath: '/',
        sourceHint: '',
        sender: '',
      });
    const matcher = compileRules(rules, new Map([['microsoft-windows', layout]]));
    const { hits, candidates } = matchAll(matcher, [line('C:\\tool.exe', 'tool -x'), line('C:\\other.exe', '')]);
    assert.equal(hits.filter(({ ruleId }) => ruleId === 'tool').length, 1);
    assert.deepEqual([candidates.get('tool'), candidates.get('others')], [1, 2]);
  });

  it('asks rules about what the ledger knows of events that are otherwise told from their bytes', async () => {
    const sources = await loadSources();
    const layout = sources.get('microsoft-windows')?.rawLayout;
    assert(layout);
    const [template] = rules;
    assert(template);
    const test = { op: 'text', pattern: [{ text: '办公系统' }], cased: false } as const;
    const field = 'tongan.system.name';
    const about: SigmaRule = { ...template, id: 'about', condition: { kind: 'field', field, test } };
    const matcher = compileRules([...rules, about], new Map([['microsoft-windows', layout]]));
    const text = JSON.stringify({ EventID: 1, Channel: 'Security', Image: 'C:\\tool.exe', CommandLine: 'tool -x' });
    const line = { id: 'e', text, receivedAtMs: 0, unitPath: '/', sourceHint: '', sender: '' };
    const told = normaliser(sources)(line);
    const idsOf = (one: SecurityEvent) => matcher.match(one).map(({ ruleId }) => ruleId);
    assert.deepEqual(
      idsOf(told),
      idsOf(told).filter((id) => id !== 'about'),
    );
    const known = { ...told, fields: { ...told.fields, [field]: '办公系统' } };
    assert.deepEqual(idsOf(known), [...idsOf(told), 'about']);
  });

  it('counts a rule that breaks as an error of this rule; the others find what they find', () => {
    const events = [event({}), broken({ Image: 'C:\\tool.exe', CommandLine: 'tool -x' })];
    const { hits, failures } = matchAll(compileRules(rules), events);
    assert.deepEqual(
      hits.map(({ ruleId, event: at }) => [ruleId, at]),
      [
        ['others', 0],
        ['tool', 1],
      ],
    );
    assert.deepEqual(failures, [{ ruleId: 'others', event: 1, error: 'this value breaks' }]);
    const found = foundIn(events, { hits, failures, candidates: new Map() });
    assert.deepEqual(
      found.scopes.map(({ errors }) => errors),
      [0],
      'no error of all rules of the log source',
    );
    assert.deepEqual(
      found.failed.map(({ ruleId }) => ruleId),
      ['others'],
    );
  });

  it('joins what parts of a batch gave, at their places in it', () => {
    const one = matchAll(compileRules(rules), [event({})]);
    const joined = joinMatched([
      { from: 0, matched: one },
      { from: 7, matched: one },
    ]);
    assert.deepEqual(
      joined.hits.map(({ event: at }) => at),
      [0, 7],
    );
    assert.equal(joined.candidates.get('others'), 2);
  });
});
