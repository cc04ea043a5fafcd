import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError, ERROR_CODES, type ErrorCode } from '../errors.ts';
import type { Route } from './route.ts';

/** RFC 9457 problem details, as every failing endpoint answers. */
export const Problem = z.object({
  type: z.string().describe('urn:tongan:problem:<code>'),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  reason: z.string().optional().describe('stable word for translation'),
  faults: z.array(z.object({ at: z.string(), message: z.string(), reason: z.string().optional() })).optional(),
  requestId: z.string(),
});

const codeOfStatus = (status: number): ErrorCode => {
  const found = Object.entries(ERROR_CODES).find(([, entry]) => entry.status === status)?.[0];
  return isErrorCode(found) ? found : 'invalid_input';
};

const isErrorCode = (code: string | undefined): code is ErrorCode => code !== undefined && code in ERROR_CODES;

/** Turns whatever was thrown into an AppError; what is unknown becomes `internal` and keeps its cause for the log. */
function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const faults = error.validation.map((issue) => ({
      at: issue.instancePath || '/',
      message: issue.message ?? 'is not valid',
      reason: `input.${issue.keyword}`,
    }));
    const where = error.validationContext ?? 'input';
    return new AppError('invalid_input', {
      public: faults.map((fault) => `${where} ${fault.at}: ${fault.message}`).join('; '),
      faults,
      cause: error,
    });
  }
  if (UNKEEPABLE.has(sqlState(error))) {
    return new AppError('invalid_input', {
      public: 'A text holds a character that cannot be kept (U+0000 or half of a surrogate pair): remove it',
      cause: error,
    });
  }
  const status = isFastifyError(error) ? error.statusCode : undefined;
  if (status !== undefined && status >= 400 && status < 500) {
    return new AppError(codeOfStatus(status), { public: isFastifyError(error) ? error.message : '', cause: error });
  }
  return new AppError('internal', {
    public: 'The request failed on our side and was logged under its request id',
    cause: error,
  });
}

/** PostgreSQL's codes for text it cannot keep: character_not_in_repertoire, untranslatable_character. */
const UNKEEPABLE: ReadonlySet<unknown> = new Set(['22021', '22P05']);

const sqlState = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

const isFastifyError = (error: unknown): error is FastifyError => error instanceof Error && 'statusCode' in error;

/** The one place where errors become answers. @param foreign how the route's clients are told, if not by a problem document */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  foreign?: Route['failure'],
): void {
  const failure = toAppError(error);
  const { status, title } = ERROR_CODES[failure.code];
  if (status >= 500) request.log.error({ err: failure.cause ?? failure }, failure.message);
  if (failure.retryAfterSeconds !== undefined) reply.header('retry-after', String(failure.retryAfterSeconds));
  // RFC 9110, 15.5.2. Browsers ask nobody for a password because of this scheme.
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="tongan"');
  if (foreign !== undefined) {
    const answer = foreign(failure, request.headers);
    reply
      .headers({ ...answer.headers })
      .status(answer.status)
      .type(answer.mediaType);
    void reply.serializer((payload: string) => payload).send(answer.body);
    return;
  }
  void reply
    .status(status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({
      type: `urn:tongan:problem:${failure.code}`,
      title: title || STATUS_CODES[status],
      status,
      code: failure.code,
      detail: failure.public,
      ...(failure.reason ? { reason: failure.reason } : {}),
      ...(failure.faults.length > 0 ? { faults: failure.faults } : {}),
      requestId: request.id,
    });
}
