import { z } from 'zod';
import { action } from '#platform/action.ts';
import { conflict, notFound } from '#platform/errors.ts';
import { AdvisoryInput, ANSWERS, MATCH_JOB, NO_COUNTS } from './advisory.ts';
import '../tables.ts';

/** Enters an advisory for the own area; a job compares it with what is installed. */
export const createAdvisory = action('vulnerability.advise', AdvisoryInput, async (tx, input) => {
  const id = tx.ids.next();
  const unitPath = tx.scope.path;
  await tx.db
    .insertInto('vulnerability_advisory')
    .values({
      id,
      unit_path: unitPath,
      title: input.title,
      ids: input.ids,
      grade: input.grade,
      summary: input.summary,
      advice: input.advice,
      products: JSON.stringify(input.products),
      state: 'open',
      counts: JSON.stringify(NO_COUNTS),
      matched_at: null,
      created_by_name: tx.actor.name,
      created_at: tx.clock.now(),
    })
    .execute();
  tx.record({ object: { type: 'vulnerability_advisory', id }, unitPath, data: { change: 'create', ...input } });
  await tx.enqueue(MATCH_JOB, { id }, { singletonKey: id });
  return { id };
});

/** Ends an advisory: it is compared no more and its questions need no answer. */
export const closeAdvisory = action('vulnerability.advise', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const advisory = await tx.db
    .selectFrom('vulnerability_advisory')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (advisory === undefined) throw notFound('The advisory');
  if (advisory.state === 'closed') throw conflict('The advisory is closed already', 'vulnerability.advisory.closed');
  await tx.db.updateTable('vulnerability_advisory').set({ state: 'closed' }).where('id', '=', id).execute();
  tx.record({
    object: { type: 'vulnerability_advisory', id },
    unitPath: advisory.unit_path,
    data: { change: 'close' },
  });
  return { id };
});

export const Answer = z.object({
  answer: z.enum(ANSWERS),
  note: z.string().trim().max(2000).default(''),
});

/** The unit answers what nobody can tell from the data; it may correct itself. */
export const answerQuestion = action(
  'vulnerability.answer',
  Answer.extend({ id: z.uuid() }),
  async (tx, { id, answer, note }) => {
    const question = await tx.db
      .selectFrom('vulnerability_question')
      .selectAll()
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (question === undefined) throw notFound('The question');
    await tx.db
      .updateTable('vulnerability_question')
      .set({ answer, note, answered_by_name: tx.actor.name, answered_at: tx.clock.now() })
      .where('id', '=', id)
      .execute();
    tx.record({
      object: { type: 'vulnerability_question', id },
      unitPath: question.unit_path,
      data: {
        advisory: question.advisory_id,
        title: question.title,
        from: question.answer,
        answer,
        ...(note === '' ? {} : { note }),
      },
      related: [{ type: 'vulnerability_advisory', id: question.advisory_id }],
    });
    return { id };
  },
);
