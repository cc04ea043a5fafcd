import type { SourceSums } from '#domain/telemetry/reading.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import type { Supply } from '#engine/formats/define.ts';
import type { AssetIndexParts } from '#engine/identity/asset-index.ts';
import type { Found } from './found.ts';
import type { Matched } from './match.ts';
import type { Place } from './progress.ts';
import type { Catalogue } from './rule.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly directories: readonly string[];
  /** IANA zone in which rules count hours and days. */
  readonly timeZone: string;
  /** What known sources supply, for "cannot fire here". */
  readonly supplies: readonly Supply[];
  /** Keeps Windows' rendered message in a column of its own. */
  readonly keepMessage: boolean;
  /** Where the thread says what it is doing. @see Progress */
  readonly progress: SharedArrayBuffer;
}

/** A line or event that a thread was stuck at: it is set aside. */
export interface Stuck extends Place {
  readonly error: string;
}

/** A record of the queue inside the bytes of its batch. */
export interface RecordPlace {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/** To a worker: records to read and match, events to match, the rules that are off, or the ledger as it is now. */
export type Question =
  | {
      readonly kind: 'work';
      readonly number: number;
      /** Shared or handed over, not copied. */
      readonly bytes: Uint8Array;
      readonly records: readonly RecordPlace[];
      /** Where the rows are written, as far as it suffices. */
      readonly room: SharedArrayBuffer;
      readonly stuck: readonly Stuck[];
    }
  | { readonly kind: 'match'; readonly number: number; readonly events: readonly SecurityEvent[] }
  | { readonly kind: 'switch-off'; readonly ruleIds: readonly string[] }
  | { readonly kind: 'assets'; readonly parts: AssetIndexParts };

/** From a worker. */
export type Answer =
  | { readonly kind: 'ready'; readonly catalogue: Catalogue }
  | { readonly kind: 'failed'; readonly message: string }
  | {
      readonly kind: 'worked';
      readonly number: number;
      /** How many bytes of the room that was given are rows; or the rows, handed over, where it did not suffice. */
      readonly rows: number | Uint8Array;
      readonly sums: readonly SourceSums[];
      readonly found: Found;
    }
  | { readonly kind: 'not-worked'; readonly number: number; readonly error: string }
  | { readonly kind: 'matched'; readonly number: number; readonly matched: Matched };
