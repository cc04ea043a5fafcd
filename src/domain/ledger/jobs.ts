import { z } from 'zod';
import { job } from '#platform/slice.ts';
import { IMPORT_JOB, runImport } from './import/actions.ts';

export const importJob = job({
  name: IMPORT_JOB,
  payload: z.object({ id: z.uuid() }),
  handler: (ctx, { id }) => runImport(ctx, id),
});
