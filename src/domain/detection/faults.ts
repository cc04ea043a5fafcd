import { z } from 'zod';
import { valuesOf } from '#engine/condition/evaluate.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { chunks } from '#platform/chunks.ts';
import type { Tx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { errorText, shortText } from './error-text.ts';
import { ROWS_MAX, withoutNul } from './store.ts';
import type { FaultStage } from './tables.ts';

/** Something detection failed on; it is set aside and everything else goes on. */
export interface Fault {
  readonly stage: FaultStage;
  /** '' when it is not known which rule failed. */
  readonly ruleId: string;
  readonly event: SecurityEvent;
  readonly error: string;
}

/** Faults kept from one batch; the ledger counts all. */
const KEPT_MAX = 200;
const FIELDS_MAX = 200;
const LISTED_MAX = 200;

function shortEvent(event: SecurityEvent): SecurityEvent {
  const fields = Object.entries(event.fields)
    .slice(0, FIELDS_MAX)
    .map(([name, value]) => [
      shortText(name),
      typeof value === 'string' ? shortText(value) : valuesOf(value).slice(0, FIELDS_MAX).map(shortText),
    ]);
  return { ...event, fields: Object.fromEntries(fields), raw: shortText(event.raw) };
}

export async function insertFaults(tx: Tx, batchId: string, faults: readonly Fault[]): Promise<void> {
  const rows = faults.slice(0, KEPT_MAX).map(({ stage, ruleId, event, error }) => ({
    id: tx.ids.next(),
    at: tx.clock.now(),
    batch_id: batchId,
    stage,
    rule_id: shortText(ruleId),
    unit_path: event.unitPath,
    event_id: shortText(event.id),
    event_at: new Date(event.timeMs),
    error: errorText(error),
    event: withoutNul(JSON.stringify(shortEvent(event))),
  }));
  for (const values of chunks(rows, ROWS_MAX)) await tx.db.insertInto('detection_fault').values(values).execute();
}

export const FaultList = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      at: z.string(),
      stage: z.enum(['match', 'correlate', 'raise']),
      ruleId: z.string().describe('empty when it is not known which rule failed'),
      unitPath: z.string(),
      eventId: z.string(),
      eventAt: z.string(),
      error: z.string(),
      event: z.record(z.string(), z.unknown()).describe('the event as it was evaluated, shortened'),
    }),
  ),
  total: z.number().int(),
});

/** The latest faults within the caller's scope, at most 200. */
export async function listFaults(db: Db, ruleId: string | undefined): Promise<z.input<typeof FaultList>> {
  const asked = db
    .selectFrom('detection_fault')
    .$if(ruleId !== undefined, (query) => query.where('rule_id', '=', ruleId ?? ''));
  const rows = await asked.selectAll().orderBy('at', 'desc').orderBy('id').limit(LISTED_MAX).execute();
  const { total } = await asked
    .select((expression) => expression.fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow();
  return {
    items: rows.map((row) => ({
      id: row.id,
      at: row.at.toISOString(),
      stage: row.stage,
      ruleId: row.rule_id,
      unitPath: row.unit_path,
      eventId: row.event_id,
      eventAt: row.event_at.toISOString(),
      error: row.error,
      event: row.event as Record<string, unknown>,
    })),
    total: Number(total),
  };
}
