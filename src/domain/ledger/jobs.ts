import { z } from 'zod';
import { job } from '#platform/slice.ts';
import { remindDue } from './campaigns/actions.ts';
import { applyRules } from './gaps/rules.ts';
import { IMPORT_JOB, runImport } from './import/actions.ts';
import { runUndo, UNDO_JOB, UndoneBy } from './import/undo.ts';
import { observeChangedRecords } from './observations/records.ts';
import { observeTelemetry } from './observations/telemetry.ts';

export const importJob = job({
  name: IMPORT_JOB,
  payload: z.object({ id: z.uuid() }),
  handler: (ctx, { id }) => runImport(ctx, id),
});

/** Every hour: marks, expired periods, inherited responsibility. */
export const rulesJob = job({
  name: 'ledger.rules',
  payload: z.object({}),
  cron: '17 * * * *',
  handler: async (ctx) => applyRules(ctx, {}),
});

/** Each morning at nine: units that have not confirmed their lists are reminded. */
export const remindJob = job({
  name: 'ledger.remind',
  payload: z.object({}),
  cron: '0 9 * * *',
  handler: (ctx) => remindDue(ctx),
});

export const undoJob = job({
  name: UNDO_JOB,
  // One that was asked for before an update does not say by whom.
  payload: z.object({ id: z.uuid(), by: UndoneBy.optional() }),
  handler: (ctx, { id, by }) => runUndo(ctx, id, by),
});

/** What people enter and change takes part in telling assets apart. */
export const recordsJob = job({
  name: 'ledger.observe-records',
  payload: z.object({}),
  cron: '* * * * *',
  handler: (ctx) => observeChangedRecords(ctx),
});

/** What events name becomes known to the ledger. */
export const telemetryJob = job({
  name: 'ledger.observe-telemetry',
  payload: z.object({}),
  cron: '*/10 * * * *',
  handler: (ctx) => observeTelemetry(ctx),
});
