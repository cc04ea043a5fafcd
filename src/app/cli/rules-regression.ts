import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { RuleFile, RulePack } from '#engine/sigma/pack.ts';
import { formatProblem } from '#engine/sigma/problem.ts';
import { parseRegression, type RegressionTest } from '#engine/sigma/regression.ts';
import { type ReadyPack, readyPack } from './rules-cases.ts';
import { eachEvent } from './rules-load.ts';
import type { TestCase } from './rules-report.ts';

/** Recorded events of one test that are read at most. */
const EVENTS_MAX = 100_000;

/**
 * The recording a test names. Its path begins at the root of the repository, wherever that lies here: what counts is the
 * file beside the description, an EVTX file or the same events as JSON.
 */
function recordingOf(infoFile: string, path: string): string | undefined {
  const name = basename(path);
  const stem = name.replace(/\.[^.]+$/, '');
  return [name, `${stem}.json`, `${stem}.ndjson`].map((one) => join(dirname(infoFile), one)).find(existsSync);
}

/** How many events of a recording the rules are true of, and how many events there are. */
async function matchesIn(path: string, ready: ReadyPack): Promise<[matched: number, events: number]> {
  let matched = 0;
  let events = 0;
  await eachEvent(path, { normalise: ready.normalise, most: EVENTS_MAX }, (event) => {
    events += 1;
    if (ready.matcher.match(event).length > 0) matched += 1;
  });
  return [matched, events];
}

/** @returns what went wrong; none = the test is passed */
async function runTest(infoFile: string, { path, matches }: RegressionTest, ready: ReadyPack): Promise<string[]> {
  const recording = recordingOf(infoFile, path);
  if (recording === undefined) return [`${basename(path)} is missing beside ${infoFile}`];
  const [matched, events] = await matchesIn(recording, ready);
  return matched >= matches ? [] : [`must match ${matches} of ${events} recorded events, and matches ${matched}`];
}

/**
 * Runs the tests that one `info.yml` describes: the named rules, of those that were read, must match its recordings.
 * A test of a rule that was not read fails: it proves nothing. More matches than asked for are right: recordings hold what
 * else happened at the time.
 */
export async function regressionCases(
  { file, text }: RuleFile,
  pack: RulePack,
  normalise: ReadyPack['normalise'],
): Promise<TestCase[]> {
  const { ruleIds, tests, problems } = parseRegression(text, file);
  if (problems.some(({ severity }) => severity === 'error'))
    return [{ group: file, name: 'reads without errors', failures: problems.map(formatProblem), seconds: 0 }];
  const rules = pack.rules.filter(({ id }) => ruleIds.includes(id.toLowerCase()));
  const ready = readyPack({ ...pack, rules, correlations: [] }, normalise);
  const cases: TestCase[] = [];
  for (const one of tests) {
    const startedMs = performance.now();
    const unread = [`none of the rules ${ruleIds.join(', ')} was read`];
    const failures = rules.length === 0 ? unread : await runTest(file, one, ready);
    cases.push({ group: file, name: one.name, failures, seconds: (performance.now() - startedMs) / 1000 });
  }
  return cases;
}
