import { z } from 'zod';
import { isJsonObject, type JsonObject } from '#engine/formats/json.ts';
import { otlpRecords } from '#engine/formats/otlp.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError, invalid } from '#platform/errors.ts';
import { type Route, route } from '#platform/http/route.ts';
import { LINE_BYTES_MAX } from '../intake.ts';
import { needCollector } from '../runtime.ts';
import { DELIVERIES_PER_MINUTE, DELIVERY_BYTES_MAX, keepLines, takeDelivery } from './delivery.ts';
import { readOtlpProtobuf, writeOtlpAnswer } from './otlp-protobuf.ts';

/** Bytes of the texts made of one request: each record carries its resource, so a small request can mean much text. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

function readRequest(body: Buffer, mediaType: string): JsonObject {
  if (mediaType === PROTOBUF) return readOtlpProtobuf(body);
  if (mediaType !== JSON_TYPE) {
    throw new AppError('unsupported_media', { public: `Send ${PROTOBUF} or ${JSON_TYPE}` });
  }
  try {
    const request: unknown = JSON.parse(body.toString('utf8'));
    if (isJsonObject(request)) return request;
  } catch (cause) {
    throw new AppError('invalid_input', { public: 'The body is not JSON', cause });
  }
  throw invalid('The body is no ExportLogsServiceRequest');
}

interface Texts {
  readonly lines: Buffer[];
  readonly rejected: { too_deep: number; too_long: number };
}

/** The texts that are kept of a request. @throws AppError `too_large` */
export function otlpTexts(request: JsonObject): Texts {
  const lines: Buffer[] = [];
  const rejected = { too_deep: 0, too_long: 0 };
  let bytes = 0;
  for (const record of otlpRecords(request)) {
    const line = record && Buffer.from(JSON.stringify(record));
    if (line === undefined) rejected.too_deep += 1;
    else if (line.length > LINE_BYTES_MAX) rejected.too_long += 1;
    else {
      bytes += line.length;
      if (bytes > TEXT_BYTES_MAX) throw new AppError('too_large', { public: 'Too much in one request; send less' });
      lines.push(line);
    }
  }
  return { lines, rejected };
}

/** Senders of OTLP try again only after 429, 502, 503 and 504 (OTLP 1.x, "Retryable Response Codes"). */
function retryable(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'storage_full') return error;
  const { public: sentence, reason } = error;
  return new AppError('unavailable', {
    public: sentence,
    ...(reason === undefined ? {} : { reason }),
    cause: error,
    retryAfterSeconds: 5,
  });
}

async function takeLogs(ctx: Ctx, request: Parameters<Route['handler']>[1]): Promise<void> {
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  await takeDelivery(ctx, request, async (source, body) => {
    const { lines, rejected } = otlpTexts(readRequest(body, mediaType));
    await keepLines(ctx, source, lines, request.ip).catch((error: unknown) => {
      throw retryable(error);
    });
    for (const [reason, count] of Object.entries(rejected)) {
      if (count > 0) needCollector(ctx).health.rejected(source, reason, count);
    }
    const count = rejected.too_deep + rejected.too_long;
    const message = 'records nested too deep or too long were not kept';
    if (mediaType === PROTOBUF) request.reply.send(writeOtlpAnswer(count, message), PROTOBUF);
    else {
      const partial = { partialSuccess: { rejectedLogRecords: String(count), errorMessage: message } };
      request.reply.send(Buffer.from(JSON.stringify(count > 0 ? partial : {})), JSON_TYPE);
    }
  });
}

const logs = route({
  method: 'POST',
  url: '/v1/logs',
  permission: 'public',
  summary: 'Deliver log records of OpenTelemetry (OTLP/HTTP, JSON or protobuf); answered when they are safe on disk',
  rawBody: true,
  bodyBytesMax: DELIVERY_BYTES_MAX,
  ratePerMinute: DELIVERIES_PER_MINUTE,
  response: z.object({
    partialSuccess: z
      .object({ rejectedLogRecords: z.string(), errorMessage: z.string() })
      .optional()
      .describe('records that were not kept; do not send them again'),
  }),
  handler: (ctx, request) => takeLogs(ctx, request).then(() => ({})),
});

export const otlpRoutes: readonly Route[] = [logs];
