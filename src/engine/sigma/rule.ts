import type { Comparison, Condition } from '#engine/condition/condition.ts';
import type { LogSource } from '#engine/fields/event.ts';

export const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

export const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'] as const;

/** What every document of a rule file says of itself. Missing texts are ''. */
export interface RuleHead {
  readonly id: string;
  /** Short name other documents of the pack refer to. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly author: string;
  readonly status: string;
  readonly level: Level;
  readonly date: string;
  readonly modified: string;
  readonly license: string;
  readonly references: readonly string[];
  readonly tags: readonly string[];
  readonly falsePositives: readonly string[];
  /** Fields the author wants shown with a hit. */
  readonly fields: readonly string[];
  /** The document's own section `tongan`: Chinese title, category, entity … Missing = {}. */
  readonly extra: Readonly<Record<string, string>>;
  readonly file: string;
  /** Line of the document in its file, from 1. */
  readonly line: number;
  /** The document's own YAML text. */
  readonly text: string;
}

/** A rule about single events. */
export interface SigmaRule extends RuleHead {
  readonly kind: 'rule';
  readonly logsource: LogSource;
  /** The whole of it, global filters included. */
  readonly condition: Condition;
  /** What the condition was put together from, for explanations. */
  readonly parts: DetectionParts;
  /** Global filters that were joined to the condition. */
  readonly filters: readonly SigmaFilter[];
}

/** A detection as it is written: named selections and the conditions over them, of which any may hold. */
export interface DetectionParts {
  readonly selections: ReadonlyMap<string, Condition>;
  readonly conditions: readonly string[];
}

/** `absence` is our own, written `tongan_absence` (ADR 13); the others are Sigma's. */
export const CORRELATION_TYPES = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
  'absence',
] as const;
export type CorrelationType = (typeof CORRELATION_TYPES)[number];

/** One bound of a correlation: `gte: 10`. Several must all hold. */
export interface Bound {
  readonly compare: Comparison | 'neq';
  readonly value: number;
}

/** Which of a temporal correlation's rules must have been seen. */
export type NameCondition =
  | { readonly kind: 'name'; readonly rule: string }
  | { readonly kind: 'and' | 'or'; readonly of: readonly NameCondition[] }
  | { readonly kind: 'not'; readonly of: NameCondition };

/** A rule about what several events are together. */
export interface SigmaCorrelation extends RuleHead {
  readonly kind: 'correlation';
  readonly type: CorrelationType;
  /** Names or ids as written. */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  readonly timespanMs: number;
  /** Alias → rule as written → field of that rule's events. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly bounds: readonly Bound[];
  /** Fields that value_* types count. */
  readonly valueFields: readonly string[];
  readonly percentile: number;
  /** Over rule names, for temporal types; undefined = all of them. */
  readonly names: NameCondition | undefined;
  /** Whether the rules it refers to raise detections of their own as well. */
  readonly generate: boolean;
}

const NO_PROSE = {
  description: '',
  author: '',
  license: '',
  references: [],
  tags: [],
  falsePositives: [],
  fields: [],
  extra: {},
  text: '',
  parts: { selections: new Map(), conditions: [] },
  filters: [],
} satisfies Partial<SigmaRule>;

/** The rule with what a matcher asks and nothing people read: half its size, for those who hold thousands of them. */
export const withoutProse = (rule: SigmaRule): SigmaRule => ({ ...rule, ...NO_PROSE });

/** A global filter: added with `and` to the condition of the rules it names. */
export interface SigmaFilter extends RuleHead {
  readonly kind: 'filter';
  readonly logsource: LogSource;
  /** Names or ids; empty = every rule of the log source. */
  readonly rules: readonly string[];
  readonly condition: Condition;
}

export type SigmaDocument = SigmaRule | SigmaCorrelation | SigmaFilter;

/** ATT&CK techniques of a rule, upper case: `attack.t1059.001` → `T1059.001`. */
export const techniquesOf = (tags: readonly string[]): string[] =>
  tags.flatMap((tag) => {
    const found = /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag);
    return found?.[1] ? [found[1].toUpperCase()] : [];
  });

/** ATT&CK tactics of a rule, also as older rules write them: `attack.credential_access` → `credential-access`. */
export const tacticsOf = (tags: readonly string[]): string[] =>
  tags.flatMap((tag) => {
    const name = /^attack\.([a-z][a-z_-]+)$/.exec(tag.toLowerCase())?.[1];
    return name === undefined ? [] : [name.replaceAll('_', '-')];
  });
