import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { AppError, invalid, notFound } from '#platform/errors.ts';
import { type Route, route, type Upload } from '#platform/http/route.ts';
import { encloseFile, handInFile } from './actions.ts';
import { printOrder } from './document.ts';
import { ATTACHMENT_BYTES_MAX, ATTACHMENT_ENDINGS, cleanFileName, mediaTypeOf } from './order.ts';
import { attachmentsOf, orderById } from './store.ts';

const Id = z.object({ id: z.uuid() });
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

const Attached = z.object({
  files: z.array(z.object({ sha256: z.string(), fileName: z.string(), bytes: z.number().int() })),
});

/** Keeps one upload and enters it into the order. The bytes are stored first: a file no order names is harmless. */
async function keep(ctx: Ctx, id: string, upload: Upload) {
  const fileName = cleanFileName(upload.fileName);
  const mediaType = mediaTypeOf(fileName);
  if (mediaType === undefined) {
    throw new AppError('unsupported_media', {
      public: `${fileName}: attach one of ${ATTACHMENT_ENDINGS.join(', ')}`,
      reason: 'order.attach.kind',
    });
  }
  const { sha256, bytes } = await ctx.files.put(upload.content, ATTACHMENT_BYTES_MAX);
  if (bytes === 0) throw invalid(`${fileName} is empty`, [], 'order.attach.empty');
  const input = { id, sha256, fileName, mediaType, bytes };
  await (ctx.scope.side === 'unit' ? handInFile(ctx, input) : encloseFile(ctx, input));
  return { sha256, fileName, bytes };
}

const attach = route({
  method: 'POST',
  url: '/api/orders/:id/attachments',
  permission: 'order.read',
  summary: 'Attach files: a unit hands in evidence (order.submit), a centre encloses (order.draft)',
  params: Id,
  upload: true,
  response: Attached,
  handler: async (ctx, { params, uploads }) => {
    ctx.allow(ctx.scope.side === 'unit' ? 'order.submit' : 'order.draft');
    if (!(await ctx.read((db) => orderById(db, params.id)))) throw notFound('The order');
    const files = [];
    for await (const upload of uploads()) files.push(await keep(ctx, params.id, upload));
    if (files.length === 0) throw invalid('Choose at least one file', [], 'order.attach.none');
    return { files };
  },
});

const download = route({
  method: 'GET',
  url: '/api/orders/:id/attachments/:sha256',
  permission: 'order.read',
  summary: 'A file of the order, always as a download',
  params: z.object({ id: z.uuid(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  response: null,
  handler: async (ctx, { params, reply }) => {
    const files = await ctx.read((db) => attachmentsOf(db, params.id));
    const file = files.find(({ sha256 }) => sha256 === params.sha256);
    if (!file) throw notFound('The file');
    reply.send(await ctx.files.get(file.sha256), file.media_type, file.file_name);
  },
});

/** A name for the printed order that every system can store. */
const documentName = (number: string | null, title: string): string =>
  `${[number, title].filter((part) => part !== null).join(' ')}.docx`.replaceAll(/[\\/:*?"<>|]/g, '_');

const print = route({
  method: 'GET',
  url: '/api/orders/:id/document',
  permission: 'order.read',
  summary: 'The order as an official document (.docx)',
  params: Id,
  response: null,
  handler: async (ctx, { params, reply }) => {
    const { order, files } = await ctx.read(async (db) => ({
      order: await orderById(db, params.id),
      files: await attachmentsOf(db, params.id),
    }));
    if (!order) throw notFound('The order');
    const document = await printOrder({
      kind: order.kind,
      authority: order.authority,
      authorityBasis: order.authority_basis,
      number: order.number,
      title: order.title,
      unitName: order.unit_name,
      body: order.body,
      advice: order.advice,
      evidence: order.evidence,
      deadlineAt: order.deadline_at,
      deadlineProvisional: order.deadline_provisional,
      enclosures: files.filter(({ purpose }) => purpose === 'enclosure').map(({ file_name }) => file_name),
      issuedAt: order.issued_at,
    });
    reply.send(document, DOCX, documentName(order.number, order.title));
  },
});

export const fileRoutes: readonly Route[] = [attach, download, print];
