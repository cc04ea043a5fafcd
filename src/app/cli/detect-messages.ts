import type { Match } from '#engine/condition/evaluate.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import type { RuleFile } from '#engine/sigma/pack.ts';
import type { ParseOptions } from '#engine/sigma/parse.ts';

/** What a thread is started with. */
export interface DetectStart {
  readonly files: readonly RuleFile[];
  readonly options: ParseOptions;
  /** Rules to ask; the others of the files are left out. */
  readonly ruleIds: readonly string[];
  /** Rules whose hits a correlation counts, with the fields it needs of them. */
  readonly counted: ReadonlyMap<string, readonly string[]>;
  /** Rules that only feed correlations. */
  readonly silent: ReadonlySet<string>;
  /** Kind of source of all lines; '' leaves the choice to the content. */
  readonly source: string;
}

/** A piece of a file: whole records one after the other, or one chunk of an EVTX file. */
export interface Piece {
  readonly file: string;
  readonly kind: 'records' | 'evtx';
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each record ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
}

/** A rule that is true of an event, as it is written out. */
export interface Finding {
  readonly ruleId: string;
  readonly timeMs: number;
  readonly host: string;
  readonly user: string;
  readonly source: string;
  readonly file: string;
  readonly matched: readonly Match[];
  /** The event's fields as JSON; '' for a correlation. */
  readonly fields: string;
}

/** What a piece gave. */
export interface Found {
  readonly events: number;
  /** Records of which no source knows the kind, with the first one's problem. */
  readonly unknown: number;
  readonly unknownWhy: string;
  /** Records that could not be read at all. */
  readonly damaged: number;
  readonly findings: readonly Finding[];
  /** Hits for the correlations, with the fields they need. */
  readonly counted: readonly { readonly ruleId: string; readonly event: SecurityEvent }[];
}

/** From a thread. */
export type DetectAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'found'; readonly number: number; readonly found: Found }
  | { readonly kind: 'failed'; readonly message: string };
