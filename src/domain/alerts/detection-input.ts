import type { SecurityEvent } from '#engine/fields/event.ts';

/** Sigma's levels, lowest first. */
export const ALERT_LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type AlertLevel = (typeof ALERT_LEVELS)[number];

/** What an alert is about: the thing that detections of one rule are grouped by. */
export const ENTITY_KINDS = ['host', 'user', 'address', 'caller'] as const;
export type EntityKind = (typeof ENTITY_KINDS)[number];

export interface Entity {
  readonly kind: EntityKind;
  readonly value: string;
}

/** Why a rule fired: the field, the value it had, and the condition of the rule that the value met. */
export interface MatchedValue {
  readonly field: string;
  readonly value: string;
  readonly condition: string;
}

/** What a scheduled search counted in one of its spans. */
export interface CountedSpan {
  /** Received from … to, the end excluded. */
  readonly from: Date;
  readonly to: Date;
  readonly events: number;
  readonly threshold: number;
  readonly query: string;
  /** Finds these events and no others between the first and the last of them; '' where no query can. */
  readonly exactQuery: string;
  readonly firstEventAt: Date;
  readonly lastEventAt: Date;
  readonly runId: string;
}

/** One match of one rule: what detection hands over. A retry of the same batch gives the same `id`. */
export interface Detection {
  /** Deterministic, from the rule and the event; raising is idempotent per id. */
  readonly id: string;
  readonly ruleId: string;
  readonly ruleTitle: { readonly zh: string; readonly en: string };
  readonly level: AlertLevel;
  /** ATT&CK techniques, `T1505.003`. */
  readonly techniques: readonly string[];
  /** ATT&CK tactics, `persistence`. */
  readonly tactics: readonly string[];
  /** Proposed sub-category of GB/T 20986-2023, or ''. */
  readonly category: string;
  readonly event: SecurityEvent;
  /** Other events that a correlation counted. */
  readonly relatedEventIds: readonly string[];
  readonly matched: readonly MatchedValue[];
  readonly entity: Entity;
  /** Of a scheduled search: it matched as many events. */
  readonly counted?: CountedSpan;
  /** True when stored events were searched for it. */
  readonly foundInHistory?: boolean;
  /** When it happened, Unix milliseconds. */
  readonly atMs: number;
}

/** How many matches some detections are. */
export const matchesOf = (detections: readonly Detection[]): number =>
  detections.reduce((sum, { counted }) => sum + (counted?.events ?? 1), 0);
