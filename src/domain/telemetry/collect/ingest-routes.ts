import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline as streamPipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { AppError, invalid, notFound } from '#platform/errors.ts';
import { type Route, route, type Upload } from '#platform/http/route.ts';
import { recordImport } from '../actions.ts';
import { fileBytes, importFile } from '../import-file.ts';
import { LINE_BYTES_MAX } from '../intake.ts';
import { needCollector } from '../runtime.ts';
import { sourceById } from '../source-store.ts';
import { delivering, deliveryOf, keepLines, takeDelivery } from './delivery.ts';
import { splitAll } from './lines.ts';

const REJECTIONS_SHOWN = 100;

const Rejection = z.object({ line: z.int(), reason: z.string() });

const ingest = route({
  method: 'POST',
  url: '/ingest',
  ...delivering('ingest'),
  summary: 'Deliver events: NDJSON, a JSON array or plain lines; answered when they are safe on disk',
  response: z.object({
    accepted: z.int().describe('records that are kept'),
    rejected: z.array(Rejection).describe('records that were not taken; do not send them again'),
  }),
  handler: (ctx, request) =>
    takeDelivery(ctx, 'ingest', request, async (source, body) => {
      const delivery = deliveryOf(request.headers);
      const items = splitAll(body, LINE_BYTES_MAX);
      const lines = items.flatMap((item) => (item.kind === 'line' ? [item.bytes] : []));
      const rejected = items.flatMap((item) =>
        item.kind === 'rejected' ? [{ line: item.line, reason: item.reason }] : [],
      );
      await keepLines(ctx, source, lines, request.ip, delivery);
      for (const { reason } of rejected) needCollector(ctx).health.rejected(source, reason);
      return { accepted: lines.length, rejected };
    }),
});

/** What a form may carry; larger files go through the command line, which sends them in portions. */
const UPLOAD_BYTES_MAX = 64 * 1024 * 1024;

const ImportResult = z.object({
  accepted: z.int(),
  rejected: z.int(),
  files: z.array(z.string()).describe('what was found in the archive'),
  rejections: z.array(Rejection.extend({ file: z.string() })).describe('the first hundred'),
});

const importUpload = route({
  method: 'POST',
  url: '/api/sources/:id/import',
  permission: 'source.import',
  summary: 'Import a file of events into a source: NDJSON, JSON, log; also packed as zip, gz, zst, tar',
  params: z.object({ id: z.uuid() }),
  upload: true,
  bodyBytesMax: UPLOAD_BYTES_MAX,
  ratePerMinute: 60,
  response: ImportResult,
  handler: async (ctx, { params, uploads }) => {
    if (!(await ctx.read((db) => sourceById(db, params.id)))) throw notFound('The source');
    for await (const upload of uploads()) return importOne(ctx, params.id, upload);
    throw invalid('There is no file in the request', [{ at: '/file', message: 'choose a file' }]);
  },
});

async function importOne(ctx: Ctx, sourceId: string, upload: Upload): Promise<z.input<typeof ImportResult>> {
  const { registry, intake, health } = needCollector(ctx);
  const source = await registry.byId(sourceId);
  if (source === undefined) throw notFound('The source');
  const folder = await mkdtemp(join(tmpdir(), 'tongan-import-'));
  try {
    const path = join(folder, 'upload');
    await streamPipeline(upload.content, createWriteStream(path));
    // The form parser ends a file at its bound without an error of its own.
    if (Reflect.get(upload.content, 'truncated') === true) {
      throw new AppError('too_large', { public: 'The file is too large for the browser; use "tongan import FILE"' });
    }
    const result = await importFile(path, upload.fileName, ({ lines }) => intake.accept(source, lines, ''));
    if (result.rejected > 0) health.rejected(source, 'too_long', result.rejected);
    const { accepted, rejected, files, rejections } = result;
    const bytes = await fileBytes(path);
    await recordImport(ctx, { id: sourceId, fileName: upload.fileName, bytes, accepted, rejected });
    return { accepted, rejected, files: files.slice(0, REJECTIONS_SHOWN), rejections };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const ingestRoutes: readonly Route[] = [ingest, importUpload];
