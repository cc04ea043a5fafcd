import { z } from 'zod';

export const REPARSE_STATES = ['queued', 'running', 'done', 'failed'] as const;
export type ReparseState = (typeof REPARSE_STATES)[number];

/** What is to be read again: a source's stored texts of a span of receipt. */
export const ReparseInput = z
  .object({
    from: z.iso.datetime({ offset: true }),
    to: z.iso.datetime({ offset: true }),
    wasKind: z.string().trim().max(100).default('').describe('only what was taken for this kind; empty: everything'),
    asKind: z.string().trim().max(100).default('').describe('read as this kind; empty: told by the content'),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), {
    path: ['to'],
    message: 'must be after the beginning',
  });

/** A run of reading again, and how far it is. */
export interface Reparse {
  readonly id: string;
  readonly sourceId: string;
  readonly unitPath: string;
  /** Number its rows carry; rows of an earlier reading have a smaller one. */
  readonly revision: number;
  readonly from: Date;
  readonly to: Date;
  readonly wasKind: string;
  readonly asKind: string;
  readonly state: ReparseState;
  /** Receipt and id of the last event that is done. */
  readonly doneUntil: Date;
  readonly doneId: string;
  readonly total: number;
  readonly done: number;
  /** Events that were taken for something else than before. */
  readonly changed: number;
  readonly unparsed: number;
  readonly fault: string;
  readonly askedByName: string;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}
