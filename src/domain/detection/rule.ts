import { type Condition, fieldsOf } from '#engine/condition/condition.ts';
import type { LogSource } from '#engine/fields/event.ts';
import type { RulePack } from '#engine/sigma/pack.ts';
import type { ParseOptions } from '#engine/sigma/parse.ts';
import type { Problem } from '#engine/sigma/problem.ts';
import { type Level, type RuleHead, type SigmaCorrelation, tacticsOf, techniquesOf } from '#engine/sigma/rule.ts';

/** A rule as lists and alerts need it: everything but its condition, which stays in the workers. */
export interface RuleSummary extends RuleHead {
  readonly kind: 'rule' | 'correlation';
  /** Empty parts for a correlation. */
  readonly logsource: LogSource;
  /** Fields its condition looks at. */
  readonly fieldsRead: readonly string[];
  readonly techniques: readonly string[];
  readonly tactics: readonly string[];
  /** Ids of the rules a correlation counts. */
  readonly parts: readonly string[];
  /** Only feeds correlations, or is only there to mark events (level informational): raises no alert. */
  readonly silent: boolean;
}

/** What the workers found when they loaded the rules. */
export interface Catalogue {
  readonly rules: readonly RuleSummary[];
  readonly correlations: readonly SigmaCorrelation[];
  readonly problems: readonly Problem[];
  /** With what a rule's text is read again. */
  readonly reading: ParseOptions;
  /** Id → why no source known to the platform can make it fire; '' parts are absent. */
  readonly cannotFire: Readonly<Record<string, CannotFire>>;
  readonly loadMs: number;
}

/** Why a rule cannot fire whatever arrives: nobody supplies its log source, or these fields of it. */
export interface CannotFire {
  readonly reason: 'no-source' | 'no-field';
  readonly fields: readonly string[];
}

function summary(
  head: RuleHead,
  own: Pick<RuleSummary, 'kind' | 'logsource' | 'fieldsRead' | 'parts' | 'silent'>,
): RuleSummary {
  const { id, name, title, description, author, status, level, date, modified, license } = head;
  const { references, tags, falsePositives, fields, extra, file, line, text } = head;
  return {
    ...{ id, name, title, description, author, status, level, date, modified, license },
    ...{ references, tags, falsePositives, fields, extra, file, line, text },
    techniques: techniquesOf(tags),
    tactics: tacticsOf(tags),
    ...own,
  };
}

/** Sigma: "informational … no case or alerting should be triggered by such rules". */
const marksOnly = (level: Level): boolean => level === 'informational';

/** Finds the id of the rule that another names by id or name. */
export function idOfNames(rules: readonly { readonly id: string; readonly name: string }[]) {
  const ids = new Map<string, string>();
  for (const { id, name } of rules) {
    ids.set(id.toLowerCase(), id);
    if (name !== '') ids.set(name.toLowerCase(), id);
  }
  return (name: string): string | undefined => ids.get(name.toLowerCase());
}

/** The summaries of a pack, and the id of each rule that a correlation names. */
export function summarise(pack: RulePack): { rules: RuleSummary[]; idOf: (name: string) => string | undefined } {
  const idOf = idOfNames([...pack.rules, ...pack.correlations]);
  const silent = (head: RuleHead): boolean => pack.silent.has(head.id) || marksOnly(head.level);
  const fieldsRead = (condition: Condition): string[] => [...fieldsOf(condition)].sort();
  const rules = pack.rules.map((rule) =>
    summary(rule, {
      kind: 'rule',
      logsource: rule.logsource,
      fieldsRead: fieldsRead(rule.condition),
      parts: [],
      silent: silent(rule),
    }),
  );
  const correlations = pack.correlations.map((rule) =>
    summary(rule, {
      kind: 'correlation',
      logsource: { product: '', category: '', service: '' },
      fieldsRead: [],
      parts: rule.rules.flatMap((name) => idOf(name) ?? []),
      silent: silent(rule),
    }),
  );
  return { rules: [...rules, ...correlations], idOf };
}
