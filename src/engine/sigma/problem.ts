/** Stable words for what can be wrong with a rule text, and what each means. */
export const PROBLEMS = {
  'yaml.syntax': 'the file is no YAML',
  'yaml.too-large': 'the file is too large',
  'rule.shape': 'the document is no rule',
  'rule.missing': 'something every rule needs is missing',
  'rule.value': 'an attribute has a value that means nothing',
  'rule.unknown-key': 'an attribute is misspelt',
  'rule.duplicate-id': 'two rules have one id',
  'rule.no-source': 'no source delivers the log source of the rule: it cannot fire',
  'rule.no-field': 'no source fills the fields of the rule: it cannot fire',
  'detection.empty': 'a selection or list is empty',
  'detection.shape': 'a selection has a form that Sigma does not know',
  'modifier.unknown': 'there is no such modifier',
  'modifier.order': 'modifiers stand in an order that means nothing',
  'modifier.value': 'the modifier cannot work on the value',
  'regex.refused': 'the regular expression cannot be read, or not be matched in linear time',
  'placeholder.unresolved': 'no list is known for a placeholder',
  'placeholder.value': 'a list of placeholders cannot be read',
  'condition.syntax': 'the condition cannot be read',
  'condition.unknown-name': 'the condition names a selection that is not there',
  'condition.matches-nothing': 'a pattern of the condition matches no selection',
  'condition.unused': 'the condition never uses a selection',
  'condition.aggregation': 'counting in a condition was replaced by correlations',
  'correlation.value': 'an attribute of the correlation is missing or wrong',
  'correlation.alias': 'an alias leads nowhere',
  'correlation.unknown-rule': 'the correlation names a rule that is not there',
  'correlation.cycle': 'the correlation refers to itself',
  'filter.unknown-rule': 'the filter names a rule that is not there',
  'filter.keeps': 'the filter keeps what it names instead of leaving it out',
  'case.value': 'a case beside a rule cannot be read',
} as const satisfies Record<string, string>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One thing that is wrong, where, and what would mend it. A rule with an error is not used; a warning only informs. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint: string;
}

/** `rules/a.yml:12:5 error modifier.unknown: … (hint)` */
export const formatProblem = (problem: Problem): string =>
  `${problem.file}:${problem.line}:${problem.column} ${problem.severity} ${problem.code}: ${problem.message} (${problem.hint})`;
