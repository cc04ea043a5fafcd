import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DemoLine, everyday } from '#app/demo/background.ts';
import { SOURCES } from '#app/demo/hosts.ts';
import { INTRUSION } from '#app/demo/intrusion.ts';
import { seededChance } from '#app/demo/random.ts';
import { normaliser } from '#domain/telemetry/normalise.ts';
import { loadSources } from '#domain/telemetry/sources.ts';
import { Correlator } from '#engine/sigma/correlator.ts';
import { compileRules } from '#engine/sigma/matcher.ts';
import { loadPack } from '#engine/sigma/pack.ts';
import { rulesWithCases } from '../support/rule-cases.ts';

/** The demo's lines go through our sources and our rules as they do in the running platform. */
const normalise = normaliser(await loadSources());
const pack = loadPack(rulesWithCases());
const heads = [...pack.rules, ...pack.correlations];
const kindOf = new Map(SOURCES.map(({ key, kind }) => [key, kind]));
const startMs = Date.UTC(2026, 4, 20, 2, 0, 0);

/** Titles of the rules that raise a detection, with the lines in the order in which they come. */
function raised(moments: readonly { readonly atMs: number; readonly lines: readonly DemoLine[] }[]): Set<string> {
  const matcher = compileRules(pack.rules);
  const correlator = new Correlator(pack.correlations, (name) => heads.find((head) => head.name === name)?.id);
  const ids = new Set<string>();
  for (const { atMs, lines } of moments) {
    const hits = lines.flatMap(({ source, text }, index) => {
      const sourceHint = kindOf.get(source) ?? '';
      const event = normalise({
        id: `${atMs}-${index}`,
        text,
        receivedAtMs: atMs,
        unitPath: '/450000/',
        sourceHint,
        sender: '',
      });
      assert.equal(event.problem, '', text);
      return matcher.match(event).map(({ ruleId }) => ({ ruleId, event }));
    });
    const completed = correlator.feed(hits).hits.map(({ correlation }) => correlation.id);
    for (const id of [...hits.map(({ ruleId }) => ruleId), ...completed]) if (!pack.silent.has(id)) ids.add(id);
  }
  return new Set(heads.filter(({ id }) => ids.has(id)).map(({ title }) => title));
}

test('a quarter of an hour of everyday traffic raises nothing, by day and by night', () => {
  for (const fromMs of [startMs, startMs + 14 * 3_600_000]) {
    const chance = seededChance(45);
    const moments = Array.from({ length: 900 }, (_, second) => {
      const atMs = fromMs + second * 1000;
      return { atMs, lines: everyday(new Date(atMs), 25, chance) };
    });
    assert.deepEqual(raised(moments), new Set());
  }
});

test('the intrusion is seen at every step of its story', () => {
  const titles = raised(
    INTRUSION.map(({ afterSeconds, lines }) => {
      const atMs = startMs + afterSeconds * 1000;
      return { atMs, lines: lines(new Date(atMs)) };
    }),
  );
  for (const title of [
    'Web Scanner by Its Client Name',
    'SQL Injection in a Request',
    'SSH Password Guessed',
    'Script Run From an Upload Folder',
    "Command Run by the Web Server's Account",
    'PowerShell Runs Hidden and Encoded',
    'Account Added to Administrators',
    'Bulk Pull of an Interface by One Caller',
    'Interface Returns Sensitive Data Nobody Declared',
    'Windows Event Log Cleared',
    'Log Files Destroyed',
  ]) {
    assert.ok(titles.has(title), `${title} among ${[...titles].join(', ')}`);
  }
});
