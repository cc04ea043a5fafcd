/**
 * The public face of the Sigma engine: everything a program needs to read, check, match, explain and convert Sigma rules.
 * Pure: no files, network, clock or logging; one package, a YAML reader. See README.md in this folder.
 *
 * What is not exported here is an inner part and may change.
 */
export type { Condition } from '#engine/condition/condition.ts';
export { evaluate, explain, type Match } from '#engine/condition/evaluate.ts';
export { type Outline, outline } from '#engine/condition/outline.ts';
export { type ConditionSql, logSourceSql, toSql } from '#engine/condition/sql.ts';
export type { FieldValue, LogSource, SecurityEvent } from '#engine/fields/event.ts';
export { isZone } from '#engine/fields/zone.ts';
export { type CaseEvent, parseCases, type RuleCase, type RuleCases } from './cases.ts';
export { type CorrelationAnswer, Correlator, type LimitReached } from './correlator.ts';
export type { CorrelationHit, CorrelatorLimits } from './correlator-part.ts';
export { explainRule, type RuleExplanation } from './explain.ts';
export { type Feasibility, feasibility, type Supplied } from './feasibility.ts';
export { categoriesOf, describeLogSource, inScope } from './logsource.ts';
export { compileRules, type Matcher } from './matcher.ts';
export type { Placeholders } from './modifiers.ts';
export { loadPack, type RuleFile, type RulePack } from './pack.ts';
export { type ParsedFile, type ParseOptions, parseRules } from './parse.ts';
export { parsePlaceholders } from './placeholders.ts';
export { formatProblem, PROBLEMS, type Problem, type ProblemCode } from './problem.ts';
export {
  CORRELATION_TYPES,
  LEVELS,
  type Level,
  type RuleHead,
  type SigmaCorrelation,
  type SigmaDocument,
  type SigmaFilter,
  type SigmaRule,
  techniquesOf,
} from './rule.ts';
