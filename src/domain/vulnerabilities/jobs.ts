import { z } from 'zod';
import { type Job, job } from '#platform/slice.ts';
import { EXPIRE_JOB, expireAcceptances } from './acceptance.ts';
import { MATCH_JOB } from './advisory/advisory.ts';
import { matchSome } from './advisory/match.ts';
import { rateAll } from './feeds.ts';
import { runImport } from './import/actions.ts';
import { IMPORT_JOB, UNDO_JOB } from './import/import.ts';
import { runUndo } from './import/undo.ts';
import { OVERDUE_JOB, orderOverdue } from './overdue.ts';
import { RATE_JOB } from './policy.ts';

export const vulnerabilityJobs: readonly Job[] = [
  job({ name: IMPORT_JOB, payload: z.object({ id: z.uuid() }), handler: (ctx, { id }) => runImport(ctx, id) }),
  job({ name: UNDO_JOB, payload: z.object({ id: z.uuid() }), handler: (ctx, { id }) => runUndo(ctx, id) }),
  job({ name: RATE_JOB, payload: z.object({}), handler: (ctx) => rateAll(ctx) }),
  job({
    name: MATCH_JOB,
    payload: z.object({ id: z.uuid().optional() }),
    handler: (ctx, { id }) => matchSome(ctx, id),
  }),
  job({ name: EXPIRE_JOB, payload: z.object({}), cron: '10 * * * *', handler: (ctx) => expireAcceptances(ctx) }),
  // In the morning of each day: whoever reviews the drafts finds them at the desk.
  job({
    name: OVERDUE_JOB,
    payload: z.object({}),
    cron: '30 7 * * *',
    handler: async (ctx) => void (await orderOverdue(ctx)),
  }),
];
