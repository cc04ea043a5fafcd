import type { ReactNode } from 'react';
import type { TimePreset } from '../time-range.tsx';

/** One column of a list. */
export interface Column<Row> {
  /** Also what the server is told to sort by. */
  readonly key: string;
  readonly title: string;
  readonly render: (row: Row) => ReactNode;
  readonly width?: number;
  /** Figures stand at the right. */
  readonly align?: 'right';
  readonly sortable?: boolean;
  /** Not shown until somebody chooses it. */
  readonly hidden?: boolean;
  /** On a phone a row is a card: its title, a line (default) or nothing. */
  readonly phone?: 'title' | 'line' | 'hidden';
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

/** A condition above the list, kept in the address under `key` and sent to the server under the same name. */
export type Filter =
  | {
      readonly kind: 'select';
      readonly key: string;
      readonly label: string;
      readonly options: readonly Option[];
      /** Several values, sent as one text with commas. */
      readonly multiple?: boolean;
    }
  /** An area or unit, found by typing; `options` are offered while nothing is typed. */
  | { readonly kind: 'place'; readonly key: string; readonly label: string; readonly options?: readonly Option[] }
  /** Sends `from` and `to` (ISO), or the two names given. */
  | {
      readonly kind: 'time';
      readonly key: string;
      readonly label: string;
      readonly names?: readonly [string, string];
      /** What the server takes while nothing is chosen, if that is not any time. */
      readonly standard?: TimePreset['key'];
    }
  /** Sends `true` when on. */
  | { readonly kind: 'switch'; readonly key: string; readonly label: string }
  /** A word typed by hand. */
  | { readonly kind: 'text'; readonly key: string; readonly label: string };

/** Something done to all chosen rows. */
export interface BulkAction<Row> {
  readonly key: string;
  readonly label: string;
  readonly danger?: boolean;
  /** Hidden from people without it. */
  readonly permission?: string;
  /** The choice is cleared when it ends without an error. */
  run(rows: readonly Row[]): Promise<unknown>;
}
