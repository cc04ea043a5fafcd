/** Stable words for what can be wrong with a rule text. */
export type ProblemCode =
  | 'yaml.syntax'
  | 'yaml.too-large'
  | 'rule.shape'
  | 'rule.missing'
  | 'rule.value'
  | 'rule.unknown-key'
  | 'detection.empty'
  | 'detection.shape'
  | 'modifier.unknown'
  | 'modifier.order'
  | 'modifier.value'
  | 'regex.refused'
  | 'placeholder.unresolved'
  | 'placeholder.value'
  | 'condition.syntax'
  | 'condition.unknown-name'
  | 'condition.matches-nothing'
  | 'condition.unused'
  | 'condition.aggregation'
  | 'correlation.value'
  | 'correlation.alias'
  | 'correlation.unknown-rule'
  | 'correlation.cycle'
  | 'filter.unknown-rule'
  | 'filter.keeps'
  | 'rule.duplicate-id';

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
