import { z } from 'zod';
import { type Job, job } from '#platform/slice.ts';
import { RATE_JOB, rateAll } from './feeds.ts';
import { runImport } from './import/actions.ts';
import { IMPORT_JOB } from './import/import.ts';

export const vulnerabilityJobs: readonly Job[] = [
  job({ name: IMPORT_JOB, payload: z.object({ id: z.uuid() }), handler: (ctx, { id }) => runImport(ctx, id) }),
  job({ name: RATE_JOB, payload: z.object({}), handler: (ctx) => rateAll(ctx) }),
];
