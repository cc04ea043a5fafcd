import { sql } from 'kysely';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { Attribute, Choice } from './attribute.ts';
import { ATTRIBUTES } from './attributes.ts';
import { ASSET_CLASSES, type AssetClass } from './classes.ts';

/** Fields that a centre adds to the ledger of its area. Their keys begin with `x_`, so that no built-in one ever collides. */

const FIELD_TYPES = ['text', 'integer', 'number', 'boolean', 'date', 'choice', 'list'] as const;
const FIELDS_MAX = 60;
const CHOICES_MAX = 60;

const Words = z
  .string()
  .trim()
  .min(1)
  .max(40)
  .regex(/^[^\p{Cc}]*$/u, 'Control characters are not allowed');

export const NewField = z.object({
  key: z
    .string()
    .regex(/^x_[a-z][a-z0-9_]{0,39}$/, 'begins with x_, then small letters, digits and _')
    .describe('its name in the API and in sheets'),
  zh: Words,
  en: Words,
  type: z.enum(FIELD_TYPES),
  choices: z.array(Words).max(CHOICES_MAX).default([]).describe('of type choice'),
  classes: z.array(z.enum(ASSET_CLASSES)).max(ASSET_CLASSES.length).default([]).describe('empty: all classes'),
  required: z.boolean().default(false),
  hint: z.string().trim().max(200).default(''),
});

export interface OwnField {
  readonly id: string;
  readonly unitPath: string;
  readonly attribute: Attribute;
  readonly classes: readonly AssetClass[];
  readonly retired: boolean;
}

/** The fields that hold for a path: those of the centres above it and of its own. */
export async function fieldsAt(db: Db, unitPath: string): Promise<OwnField[]> {
  const rows = await db
    .selectFrom('asset_field')
    .selectAll()
    .where(sql<boolean>`starts_with(${unitPath}, unit_path)`)
    .orderBy('created_at')
    .orderBy('key')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    unitPath: row.unit_path,
    attribute: {
      key: row.key,
      title: { zh: row.title_zh, en: row.title_en },
      type: row.type,
      required: row.required,
      choices: (row.choices as string[]).map((text): Choice => ({ value: text, title: { zh: text, en: text } })),
      ...(row.hint === '' ? {} : { hint: { zh: row.hint, en: row.hint } }),
    },
    classes: row.classes,
    retired: row.retired_at !== null,
  }));
}

/** The attributes among them that an asset of a class can have now; retired ones still hold what is there. */
export const ofClass = (fields: readonly OwnField[], name: AssetClass): Attribute[] =>
  fields.filter(({ classes }) => classes.length === 0 || classes.includes(name)).map(({ attribute }) => attribute);

/** Adds a field. @throws AppError `conflict` when the key is taken */
export const addField = action('asset.define', NewField, async (tx, input) => {
  const unitPath = tx.scope.path;
  if (input.type === 'choice' && input.choices.length === 0) {
    throw invalid('A choice needs something to choose from', [{ at: '/choices', message: 'Name at least one choice' }]);
  }
  const there = await fieldsAt(tx.db, unitPath);
  if (there.length >= FIELDS_MAX) throw invalid(`A ledger has at most ${FIELDS_MAX} fields of its own`);
  const titles = [...there.map(({ attribute }) => attribute), ...ATTRIBUTES.values()].map(({ title }) => title.zh);
  if (there.some(({ attribute }) => attribute.key === input.key) || titles.includes(input.zh)) {
    throw conflict('A field with this name is there already', 'asset.field.taken');
  }
  const id = tx.ids.next();
  await tx.db
    .insertInto('asset_field')
    .values({
      id,
      unit_path: unitPath,
      key: input.key,
      title_zh: input.zh,
      title_en: input.en,
      type: input.type,
      choices: JSON.stringify(input.choices),
      classes: input.classes,
      required: input.required,
      hint: input.hint,
      created_at: tx.clock.now(),
      created_by_name: tx.actor.name,
      retired_at: null,
    })
    .execute();
  tx.record({ object: { type: 'asset_field', id }, unitPath, data: { change: 'add', ...input } });
  return { id };
});

/** Takes a field out of forms and templates. Values that are there stay and stay visible. */
export const retireField = action('asset.define', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const changed = await tx.db
    .updateTable('asset_field')
    .set({ retired_at: tx.clock.now() })
    .where('id', '=', id)
    .where('retired_at', 'is', null)
    .returning(['unit_path', 'key'])
    .executeTakeFirst();
  if (changed === undefined) throw notFound('The field');
  tx.record({
    object: { type: 'asset_field', id },
    unitPath: changed.unit_path,
    data: { change: 'retire', key: changed.key },
  });
  return { id };
});
