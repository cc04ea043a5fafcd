import { all } from '#engine/condition/condition.ts';
import type { LogSource } from '#engine/fields/event.ts';
import { inScope } from './logsource.ts';
import type { Placeholders } from './modifiers.ts';
import { type ParseOptions, parseRules } from './parse.ts';
import { isPlaceholderFile, joinPlaceholders, parsePlaceholders } from './placeholders.ts';
import type { Problem, ProblemCode } from './problem.ts';
import type { RuleHead, SigmaCorrelation, SigmaFilter, SigmaRule } from './rule.ts';

export interface RuleFile {
  readonly file: string;
  readonly text: string;
}

/** Rules that can be used together: names resolved, filters applied. */
export interface RulePack {
  readonly rules: readonly SigmaRule[];
  readonly correlations: readonly SigmaCorrelation[];
  readonly problems: readonly Problem[];
  /** The lists of `expand`, from the options and from the files named `placeholders.yml`. */
  readonly placeholders: Placeholders;
  /** Rules that only feed correlations: they raise no detections of their own. */
  readonly silent: ReadonlySet<string>;
}

const complain = (
  head: RuleHead,
  severity: Problem['severity'],
  code: ProblemCode,
  message: string,
  hint: string,
): Problem => ({ file: head.file, line: head.line, column: 1, severity, code, message, hint });

/** Finds documents by id or name. */
class Names<Head extends RuleHead> {
  private readonly byName = new Map<string, Head>();

  constructor(heads: readonly Head[]) {
    for (const head of heads) {
      this.byName.set(head.id.toLowerCase(), head);
      if (head.name !== '') this.byName.set(head.name.toLowerCase(), head);
    }
  }

  find(name: string): Head | undefined {
    return this.byName.get(name.toLowerCase());
  }
}

/** The first document of each id; later ones become problems. */
function withoutDuplicates<Head extends RuleHead>(heads: readonly Head[], problems: Problem[]): Head[] {
  const seen = new Map<string, Head>();
  for (const head of heads) {
    const first = seen.get(head.id);
    if (first === undefined) seen.set(head.id, head);
    else {
      problems.push(
        complain(
          head,
          'error',
          'rule.duplicate-id',
          `the id is already used by ${first.file}`,
          'give this rule its own id',
        ),
      );
    }
  }
  return [...seen.values()];
}

const covers = (filter: LogSource, rule: LogSource): boolean => inScope(filter, rule);

/** Global filters: joined with "and", as written, to the rules they name, or to all of their log source. */
function applyFilters(rules: readonly SigmaRule[], filters: readonly SigmaFilter[], problems: Problem[]): SigmaRule[] {
  const names = new Names(rules);
  const added = new Map<string, SigmaFilter[]>();
  for (const filter of filters) {
    const named = filter.rules.flatMap((name) => {
      const rule = names.find(name);
      if (!rule)
        problems.push(
          complain(filter, 'warning', 'filter.unknown-rule', `there is no rule "${name}"`, 'name it by id or name'),
        );
      return rule ? [rule] : [];
    });
    const targets = filter.rules.length > 0 ? named : rules;
    for (const rule of targets) {
      if (covers(filter.logsource, rule.logsource)) added.set(rule.id, [...(added.get(rule.id) ?? []), filter]);
    }
  }
  return rules.map((rule) => {
    const own = added.get(rule.id);
    if (!own) return rule;
    return { ...rule, condition: all([rule.condition, ...own.map((filter) => filter.condition)]), filters: own };
  });
}

/** Correlations whose rules all exist, without circles; the others become problems. Ids replace names. */
function resolveCorrelations(
  rules: readonly SigmaRule[],
  correlations: readonly SigmaCorrelation[],
  problems: Problem[],
): SigmaCorrelation[] {
  const names = new Names<RuleHead>([...rules, ...correlations]);
  const usable = correlations.filter((correlation) => {
    const unknown = correlation.rules.filter((name) => !names.find(name));
    for (const name of unknown) {
      problems.push(
        complain(
          correlation,
          'error',
          'correlation.unknown-rule',
          `there is no rule "${name}"`,
          'load the rule together with this one',
        ),
      );
    }
    return unknown.length === 0;
  });
  const byId = new Map(usable.map((correlation) => [correlation.id, correlation]));
  const circular = (id: string, path: ReadonlySet<string>): boolean => {
    if (path.has(id)) return true;
    const parts = byId.get(id)?.rules ?? [];
    return parts.some((name) => circular(names.find(name)?.id ?? '', new Set([...path, id])));
  };
  return usable.filter((correlation) => {
    const circle = circular(correlation.id, new Set());
    if (circle)
      problems.push(complain(correlation, 'error', 'correlation.cycle', 'it refers to itself', 'take the circle out'));
    return !circle;
  });
}

/** Which rules only feed correlations: every correlation that names them leaves `generate` off. */
function silentRules(
  correlations: readonly SigmaCorrelation[],
  find: (name: string) => RuleHead | undefined,
): Set<string> {
  const silent = new Set<string>();
  const loud = new Set<string>();
  for (const correlation of correlations) {
    for (const name of correlation.rules) {
      const id = find(name)?.id;
      if (id !== undefined) (correlation.generate ? loud : silent).add(id);
    }
  }
  for (const id of loud) silent.delete(id);
  return silent;
}

/**
 * Reads rule files and makes them ready to be used together. A file named `placeholders.yml` holds lists for `expand`
 * instead of rules.
 */
export function loadPack(files: readonly RuleFile[], options: ParseOptions = {}): RulePack {
  const problems: Problem[] = [];
  const lists = files.filter(({ file }) => isPlaceholderFile(file));
  const placeholders = joinPlaceholders([
    options.placeholders ?? {},
    ...lists.map(({ text, file }) => {
      const result = parsePlaceholders(text, file);
      problems.push(...result.problems);
      return result.placeholders;
    }),
  ]);
  const ruleFiles = files.filter(({ file }) => !isPlaceholderFile(file));
  const parsed = ruleFiles.flatMap(({ text, file }) => {
    const result = parseRules(text, file, { ...options, placeholders });
    problems.push(...result.problems);
    return result.documents;
  });
  const documents = withoutDuplicates(parsed, problems);
  const written = documents.filter((document) => document.kind === 'rule');
  const filters = documents.filter((document) => document.kind === 'filter');
  const rules = applyFilters(written, filters, problems);
  const named = documents.filter((document) => document.kind === 'correlation');
  const correlations = resolveCorrelations(rules, named, problems);
  const names = new Names<RuleHead>([...rules, ...correlations]);
  return { rules, correlations, problems, placeholders, silent: silentRules(correlations, (name) => names.find(name)) };
}
