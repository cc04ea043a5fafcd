import { z } from 'zod';
import { action } from '#platform/action.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { ENTITY_KINDS } from './detection-input.ts';

const DAY_MS = 86_400_000;
/** A suppression is a temporary judgement: at most a year, then somebody judges again. */
const DAYS_MAX = 366;

const UnitPath = z
  .string()
  .max(300)
  .regex(/^\/([A-Za-z0-9._-]+\/)*$/, 'A path such as /450000/450100/');

/** What a suppression needs: one condition at least, a reason and an end. */
export const SuppressionInput = z
  .object({
    ruleId: z.string().trim().max(100).default(''),
    ruleTitle: z.string().trim().max(300).default(''),
    unitPath: UnitPath.optional().describe('where it holds; default: the whole scope of the caller'),
    entity: z.object({ kind: z.enum(ENTITY_KINDS), value: z.string().trim().min(1).max(300) }).optional(),
    field: z
      .object({
        name: z.string().trim().min(1).max(100),
        value: z.string().min(1).max(1000).describe('may hold * for any run of characters'),
      })
      .optional(),
    reason: z.string().trim().min(2).max(1000),
    expiresAt: z.iso.datetime({ offset: true }),
  })
  .refine((input) => input.ruleId !== '' || input.entity !== undefined || input.field !== undefined, {
    message: 'Name a rule, an entity or a field: a suppression of everything is not possible',
    path: ['ruleId'],
  });

export const createSuppression = action('alert.suppress', SuppressionInput, async (tx, input) => {
  const now = tx.clock.now();
  const expiresAt = new Date(input.expiresAt);
  const unitPath = input.unitPath ?? tx.scope.path;
  if (!unitPath.startsWith(tx.scope.path)) {
    throw invalid('The place is outside your area', [{ at: '/unitPath', message: 'Choose a unit of your area' }]);
  }
  if (expiresAt <= now || expiresAt.getTime() - now.getTime() > DAYS_MAX * DAY_MS) {
    throw invalid('A suppression ends within a year from now', [
      { at: '/expiresAt', message: 'Choose a time between now and one year from now' },
    ]);
  }
  const id = tx.ids.next();
  await tx.db
    .insertInto('alert_suppression')
    .values({
      id,
      unit_path: unitPath,
      rule_id: input.ruleId,
      rule_title: input.ruleTitle,
      entity_kind: input.entity?.kind ?? null,
      entity_value: input.entity?.value ?? '',
      field: input.field?.name ?? '',
      field_value: input.field?.value ?? '',
      reason: input.reason,
      owner_id: tx.actor.id,
      owner_name: tx.actor.name,
      created_at: now,
      expires_at: expiresAt,
      ended_at: null,
      last_hit_at: null,
    })
    .execute();
  tx.record({ object: { type: 'suppression', id }, unitPath, data: { ...input, unitPath } });
  tx.publish({ topic: 'suppression', id, action: 'alert.suppress', unitPath, side: 'centre' });
  return { id };
});

/** Ends a suppression before its time. The rule and its count stay to be seen. */
export const endSuppression = action('alert.suppress', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const row = await tx.db
    .selectFrom('alert_suppression')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw notFound('The suppression');
  if (row.ended_at !== null) throw conflict('The suppression has ended already', 'suppression.ended');
  const now = tx.clock.now();
  await tx.db
    .updateTable('alert_suppression')
    .set({ ended_at: now, ended_by: tx.actor.name })
    .where('id', '=', id)
    .execute();
  tx.record({
    object: { type: 'suppression', id },
    unitPath: row.unit_path,
    data: { change: 'end', ruleId: row.rule_id, hitCount: row.hit_count },
  });
  tx.publish({ topic: 'suppression', id, action: 'alert.suppress', unitPath: row.unit_path, side: 'centre' });
  return { id };
});
