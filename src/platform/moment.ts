import { type RawBuilder, sql } from 'kysely';

/** Something that happened, as a time axis shows it. Facts only: words are the console's, unless the workflow has them. */
export interface Moment {
  readonly at: Date;
  /** Unique among the moments of its source; of two at the same time the greater one is the later. ASCII. */
  readonly key: string;
  /** What happened, a word of its source: `opened`, `merge`. */
  readonly what: string;
  /** The same in words, where a workflow names it. */
  readonly verb: { readonly zh: string; readonly en: string } | null;
  readonly by: string;
  /** Name of the object. The same in both languages where it has only one. */
  readonly title: { readonly zh: string; readonly en: string };
  readonly object: { readonly kind: string; readonly id: string } | null;
  /** How many things it is about, and the first of them. */
  readonly count: number;
  readonly things: readonly MomentThing[];
  /** Level or grade of the object, or ''. */
  readonly level: string;
  readonly note: string;
  readonly changes: readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[];
}

/** One of the things that a moment is about. `of`: what it belongs to. */
export interface MomentThing {
  readonly id: string;
  readonly title: string;
  readonly level: string;
  readonly of: string;
}

/** A moment with what it does not have left empty. */
export const moment = (facts: Pick<Moment, 'at' | 'key' | 'what'> & Partial<Moment>): Moment => ({
  verb: null,
  by: '',
  title: { zh: '', en: '' },
  object: null,
  count: 1,
  things: [],
  level: '',
  note: '',
  changes: [],
  ...facts,
});

/** A title that has one language only. */
export const plain = (text: string): Moment['title'] => ({ zh: text, en: text });

/** Where on an axis to go on, backwards: at `at` only what has a smaller key, and everything before. */
export interface MomentPage {
  readonly at: Date;
  readonly key: string;
  /** Moments asked for. */
  readonly limit: number;
}

/** Greater than every key. */
export const KEY_MAX = '~';

/** The condition of a page. Keys are compared by their bytes, whatever language the database sorts in. */
export const earlier = (at: RawBuilder<unknown>, key: RawBuilder<unknown>, page: MomentPage): RawBuilder<boolean> =>
  sql<boolean>`(${at} < ${page.at} OR (${at} = ${page.at} AND (${key})::text COLLATE "C" < ${page.key}))`;

/** The order of a page: the newest first. */
export const newestFirst = (at: RawBuilder<unknown>, key: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`${at} DESC, (${key})::text COLLATE "C" DESC`;
