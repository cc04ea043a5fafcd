import type { Condition, ValueTest } from '#engine/condition/condition.ts';

/** Columns every event has that no source names: what the platform itself knows of the event. */
export type FactColumn =
  | 'source'
  | 'source_id'
  | 'product'
  | 'category'
  | 'service'
  | 'unit_path'
  | 'event_id'
  | 'raw'
  /** Everything that is looked at by free text: values, and what the original text has besides them. */
  | 'searchable'
  /** When the platform received it: compared with moments only, apart from the time it happened. */
  | 'received_at'
  | 'problem'
  /** How the bytes of its original text became text. */
  | 'encoding';

/** A search, as a tree. A leaf is a condition of the rule engine, or a test of a fact. */
export type Search =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Search[] }
  | { readonly kind: 'not'; readonly of: Search }
  | { readonly kind: 'condition'; readonly condition: Condition }
  | { readonly kind: 'fact'; readonly column: FactColumn; readonly test: ValueTest };

/** What is wrong with a text, where, and what would mend it. */
export interface SearchProblem {
  /** Character from 1. */
  readonly column: number;
  /** A stable word the console translates. */
  readonly reason:
    | 'too_long'
    | 'too_deep'
    | 'too_many'
    | 'quote'
    | 'bracket'
    | 'value'
    | 'operand'
    | 'number'
    | 'moment'
    | 'network'
    | 'regex'
    | 'range'
    | 'digest'
    | 'comparison'
    | 'equality'
    | 'interval'
    | 'expression';
  readonly message: string;
  readonly hint: string;
}

export type ParsedSearch =
  | { readonly ok: true; readonly search: Search | undefined; readonly fields: readonly string[] }
  | { readonly ok: false; readonly problem: SearchProblem };

export const SEARCH_LIMITS = { length: 4000, depth: 30, leaves: 200 } as const;

/** Thrown inside the parser only. */
export class SearchFault extends Error {
  readonly problem: SearchProblem;
  constructor(column: number, reason: SearchProblem['reason'], message: string, hint: string) {
    super(message);
    this.problem = { column, reason, message, hint };
  }
}
