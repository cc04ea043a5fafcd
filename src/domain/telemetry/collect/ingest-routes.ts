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
import { readBody } from './body.ts';
import { splitAll } from './lines.ts';

/** Bodies held in memory at the same time. */
const BODIES_MAX = 16;
const REJECTIONS_SHOWN = 100;
let bodiesInHand = 0;

const Rejection = z.object({ line: z.int(), reason: z.string() });

async function sourceOfToken(ctx: Ctx, authorization: string | undefined) {
  const token = /^Bearer (tis_[\w-]{20,100})$/.exec(authorization ?? '')?.[1];
  const source = token === undefined ? undefined : await needCollector(ctx).registry.byToken(token);
  if (source !== undefined) return source;
  throw new AppError('unauthenticated', {
    public: 'Send the token of a source: "authorization: Bearer tis_…"',
    reason: 'source.token',
  });
}

const ingest = route({
  method: 'POST',
  url: '/ingest',
  permission: 'public',
  summary: 'Deliver events: NDJSON, a JSON array or plain lines; answered when they are safe on disk',
  rawBody: true,
  bodyBytesMax: 32 * 1024 * 1024,
  ratePerMinute: 60_000,
  response: z.object({
    accepted: z.int().describe('records that are kept'),
    rejected: z.array(Rejection).describe('records that were not taken; do not send them again'),
  }),
  handler: async (ctx, { headers, stream, ip }) => {
    const { intake, health } = needCollector(ctx);
    const source = await sourceOfToken(ctx, headers.authorization);
    if (bodiesInHand >= BODIES_MAX) {
      const sentence = 'Too many deliveries at the same time; send again in a moment';
      throw new AppError('too_many_requests', { public: sentence, reason: 'ingest.busy', retryAfterSeconds: 1 });
    }
    bodiesInHand += 1;
    try {
      const items = splitAll(await readBody(stream, headers), LINE_BYTES_MAX);
      const lines = items.flatMap((item) => (item.kind === 'line' ? [item.bytes] : []));
      const rejected = items.flatMap((item) =>
        item.kind === 'rejected' ? [{ line: item.line, reason: item.reason }] : [],
      );
      await intake.accept(source, lines, ip).catch((error: unknown) => {
        intake.refused(source, error, lines.length);
        throw error;
      });
      for (const { reason } of rejected) health.rejected(source, reason);
      return { accepted: lines.length, rejected };
    } finally {
      bodiesInHand -= 1;
    }
  },
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
