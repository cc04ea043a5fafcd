import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { isJsonObject, type JsonObject } from '#engine/formats/json.ts';
import { otlpRecords } from '#engine/formats/otlp.ts';
import { receivedJson } from '#engine/formats/received.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError, ERROR_CODES, type ErrorCode, invalid } from '#platform/errors.ts';
import { type ForeignAnswer, type Route, route } from '#platform/http/route.ts';
import { LINE_BYTES_MAX } from '../intake.ts';
import { needCollector } from '../runtime.ts';
import { delivering, keepLines, takeDelivery } from './delivery.ts';
import { readOtlpProtobuf, writeOtlpAnswer, writeOtlpStatus } from './otlp-protobuf.ts';

/** Bytes of the texts made of one request: each record carries its resource, so a small request can mean much text. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

function readRequest(body: Buffer, mediaType: string): JsonObject {
  if (mediaType === PROTOBUF) return readOtlpProtobuf(body);
  if (mediaType !== JSON_TYPE) {
    throw new AppError('unsupported_media', { public: `Send ${PROTOBUF} or ${JSON_TYPE}` });
  }
  return objectOf(body);
}

function objectOf(body: Buffer): JsonObject {
  let request: unknown;
  try {
    request = JSON.parse(receivedJson(body));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    throw new AppError('invalid_input', { public: `The body is not JSON: ${why}`, cause });
  }
  if (!isJsonObject(request)) throw invalid('The body is no ExportLogsServiceRequest: it must be an object');
  refuseOtherThanLists([request], ['resourceLogs', 'scopeLogs', 'logRecords'], '');
  return request;
}

/**
 * Something else where a list of objects must be would be passed over, and a sender believe it kept.
 *
 * @throws AppError `invalid_input` naming the place
 */
function refuseOtherThanLists(objects: readonly JsonObject[], [name, ...inner]: readonly string[], at: string): void {
  if (name === undefined) return;
  for (const [index, object] of objects.entries()) {
    const list = object[name];
    const place = `${at}${at === '' ? '' : `[${index}].`}${name}`;
    if (list === undefined || list === null) continue;
    if (!Array.isArray(list) || !list.every(isJsonObject)) throw invalid(`${place} must be a list of objects`);
    refuseOtherThanLists(list, inner, place);
  }
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

const mediaTypeOf = (headers: IncomingHttpHeaders): string =>
  (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

/** The codes of gRPC (google.rpc.Code) for our own. */
const CODES: Readonly<Record<ErrorCode, number>> = {
  invalid_input: 3,
  unauthenticated: 16,
  forbidden: 7,
  not_found: 5,
  conflict: 9,
  too_large: 8,
  unsupported_media: 3,
  too_many_requests: 8,
  internal: 13,
  unavailable: 14,
  storage_full: 8,
};

/** A failure as senders of OTLP read it: a Status in the form of the request (OTLP 1.x, "Failures"). */
function otlpFailure({ code, public: message }: AppError, headers: IncomingHttpHeaders): ForeignAnswer {
  const { status } = ERROR_CODES[code];
  if (mediaTypeOf(headers) === PROTOBUF) {
    return { status, mediaType: PROTOBUF, body: writeOtlpStatus(CODES[code], message) };
  }
  return { status, mediaType: JSON_TYPE, body: Buffer.from(JSON.stringify({ code: CODES[code], message })) };
}

async function takeLogs(ctx: Ctx, request: Parameters<Route['handler']>[1]): Promise<void> {
  const mediaType = mediaTypeOf(request.headers);
  await takeDelivery(ctx, 'otlp', request, async (source, body) => {
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
  ...delivering('otlp'),
  summary: 'Deliver log records of OpenTelemetry (OTLP/HTTP, JSON or protobuf); answered when they are safe on disk',
  response: z.object({
    partialSuccess: z
      .object({ rejectedLogRecords: z.string(), errorMessage: z.string() })
      .optional()
      .describe('records that were not kept; do not send them again'),
  }),
  failure: otlpFailure,
  handler: (ctx, request) => takeLogs(ctx, request).then(() => ({})),
});

export const otlpRoutes: readonly Route[] = [logs];
