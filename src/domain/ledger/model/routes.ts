import { z } from 'zod';
import { type Route, route } from '#platform/http/route.ts';
import { ATTRIBUTE_TYPES, type Attribute } from './attribute.ts';
import { ASSET_CLASSES, ASSET_KINDS, attributesOf, definitionOf, SHARED_FIELDS } from './classes.ts';
import { addField, fieldsAt, NewField, ofClass, retireField } from './fields.ts';
import { ASSET_STATES, assetLifecycle } from './lifecycle.ts';
import { RELATION_KINDS, RELATIONS } from './relations.ts';

const TitleView = z.object({ zh: z.string(), en: z.string() });

const AttributeView = z.object({
  key: z.string(),
  title: TitleView,
  type: z.enum(ATTRIBUTE_TYPES),
  unit: TitleView.nullable(),
  hint: TitleView.nullable(),
  choices: z.array(z.object({ value: z.string(), title: TitleView })),
  source: z.string().describe('standard that asks for it'),
  own: z.boolean().describe('added by a centre'),
  required: z.boolean(),
});

const ModelView = z.object({
  classes: z.array(
    z.object({
      class: z.enum(ASSET_CLASSES),
      title: TitleView,
      hint: TitleView,
      kinds: z.array(z.enum(ASSET_KINDS)),
      shared: z.array(z.enum(SHARED_FIELDS)),
      attributes: z.array(AttributeView),
      due: z.string().nullable().describe('attribute that says by when it has to be looked after'),
    }),
  ),
  states: z.array(
    z.object({ state: z.enum(ASSET_STATES), title: TitleView, tone: z.enum(['waiting', 'moving', 'done']) }),
  ),
  relations: z.array(
    z.object({
      kind: z.enum(RELATION_KINDS),
      title: TitleView,
      back: TitleView,
      impact: z.enum(['from_to', 'to_from', 'both']),
    }),
  ),
});

const attributeView = (attribute: Attribute): z.input<typeof AttributeView> => ({
  key: attribute.key,
  title: attribute.title,
  type: attribute.type,
  unit: attribute.unit ?? null,
  hint: attribute.hint ?? null,
  choices: [...(attribute.choices ?? [])],
  source: attribute.source ?? '',
  own: attribute.key.startsWith('x_'),
  required: attribute.required ?? false,
});

const FieldView = z.object({
  id: z.uuid(),
  attribute: AttributeView,
  classes: z.array(z.enum(ASSET_CLASSES)),
  retired: z.boolean(),
  mine: z.boolean().describe('of the own centre; those of centres above are only read'),
});

export const modelRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/assets/model',
    permission: 'asset.read',
    summary: 'Classes of assets with their attributes and own fields, states, and kinds of relations',
    response: ModelView,
    handler: (ctx) =>
      ctx.read(async (db) => {
        const own = (await fieldsAt(db, ctx.scope.path)).filter(({ retired }) => !retired);
        return {
          classes: ASSET_CLASSES.map((name) => {
            const { title, hint, kinds, shared, due } = definitionOf(name);
            return {
              class: name,
              title,
              hint,
              kinds: [...kinds],
              shared: [...shared],
              attributes: [...attributesOf(name), ...ofClass(own, name)].map(attributeView),
              due: due ?? null,
            };
          }),
          states: ASSET_STATES.map((state) => {
            const { title, tone } = assetLifecycle.states[state];
            return { state, title, tone };
          }),
          relations: RELATIONS.map(({ kind, title, back, impact }) => ({ kind, title, back, impact })),
        };
      }),
  }),
  route({
    method: 'GET',
    url: '/api/assets/fields',
    permission: 'asset.read',
    summary: 'Fields that centres added to the ledger, of the own area and above',
    response: z.object({ items: z.array(FieldView) }),
    handler: (ctx) =>
      ctx.read(async (db) => ({
        items: (await fieldsAt(db, ctx.scope.path)).map(({ id, attribute, classes, retired, unitPath }) => ({
          id,
          attribute: attributeView(attribute),
          classes: [...classes],
          retired,
          mine: unitPath === ctx.scope.path,
        })),
      })),
  }),
  route({
    method: 'POST',
    url: '/api/assets/fields',
    permission: 'asset.define',
    summary: 'Add a field to the ledger of the own area',
    body: NewField,
    response: z.object({ id: z.uuid() }),
    handler: (ctx, { body }) => addField(ctx, body),
  }),
  route({
    method: 'POST',
    url: '/api/assets/fields/:id/retire',
    permission: 'asset.define',
    summary: 'Take a field out of forms and templates; values stay',
    params: z.object({ id: z.uuid() }),
    response: z.object({ id: z.uuid() }),
    handler: (ctx, { params }) => retireField(ctx, params),
  }),
];
