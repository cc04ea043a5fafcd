import { isMap, isSeq, type YAMLMap } from 'yaml';
import type { Problem } from './problem.ts';
import { entries, items, plainText, Source, scalar, type YamlValue } from './source.ts';

/** One recording that rules must match. */
export interface RegressionTest {
  readonly name: string;
  /** As written: from the root of the repository it comes from. */
  readonly path: string;
  /** Events that must be matched at least. */
  readonly matches: number;
}

/** What SigmaHQ keeps beside recorded events (`info.yml`): which rules must match them. */
export interface Regression {
  /** Ids of rules, in lower case. */
  readonly ruleIds: readonly string[];
  readonly tests: readonly RegressionTest[];
  readonly problems: readonly Problem[];
}

/** True for the text of a description of regression tests, which lies among rules and is none. */
export const isRegressionText = (text: string): boolean => /^rule_metadata:/m.test(text);

/** The mappings of a list, each as its members by name. */
function records(root: YAMLMap, key: string): ReadonlyMap<string, YamlValue>[] {
  const list = entries(root, root).find((entry) => entry.key === key)?.value;
  if (!isSeq(list)) return [];
  return items(root, list)
    .filter(isMap)
    .map((map) => new Map(entries(root, map).map((entry) => [entry.key, entry.value])));
}

/**
 * Reads a description of regression tests. Never throws: whatever is wrong is a problem with its place. Without tests is right:
 * SigmaHQ has such for recordings that are still to come.
 */
export function parseRegression(text: string, file: string): Regression {
  const source = new Source(text, file);
  const [first] = source.documents();
  const root = first?.root;
  if (!root) return { ruleIds: [], tests: [], problems: source.problems };
  const word = (record: ReadonlyMap<string, YamlValue>, key: string): string => plainText(record.get(key)) ?? '';
  const ruleIds = records(root, 'rule_metadata').flatMap((record) => word(record, 'id').toLowerCase() || []);
  if (ruleIds.length === 0)
    source.error('case.value', root, '"rule_metadata" names no rule', 'give it a list with the id of each rule');
  const tests = records(root, 'regression_tests_info').map((record): RegressionTest => {
    const path = word(record, 'path');
    if (path === '') source.error('case.value', root, 'a regression test names no recording', 'add "path: …"');
    const count = scalar(record.get('match_count'));
    return {
      name: word(record, 'name') || path,
      path,
      matches: count?.type === 'number' ? Math.max(1, count.value) : 1,
    };
  });
  return { ruleIds, tests, problems: source.problems };
}
