import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { needCollector } from '../runtime.ts';
import type { Acceptor } from '../source-store.ts';
import { readBody } from './body.ts';
import { tokenOf } from './credentials.ts';

/** Largest request body as sent; what it unpacks to is bounded by `readBody`. */
export const DELIVERY_BYTES_MAX = 32 * 1024 * 1024;
/** Deliveries of one address per minute: agents send a few batches a second. */
export const DELIVERIES_PER_MINUTE = 60_000;
/** Bodies held in memory at the same time, over all protocols. */
const BODIES_MAX = 16;
let bodiesInHand = 0;

interface Request {
  readonly headers: IncomingHttpHeaders;
  readonly stream: Readable;
  readonly ip: string;
}

/**
 * The source whose token the sender shows.
 *
 * @throws AppError `unauthenticated` with how to show it
 */
export async function sourceOfSender(ctx: Ctx, { headers }: Pick<Request, 'headers'>): Promise<Acceptor> {
  const token = tokenOf(headers.authorization);
  const source = token === undefined ? undefined : await needCollector(ctx).registry.byToken(token);
  if (source !== undefined) return source;
  throw new AppError('unauthenticated', {
    public: 'Send the token of a source: "authorization: Bearer tis_…", or as password, API key or HEC token',
    reason: 'source.token',
  });
}

/**
 * Takes in one request of a sender: who it is, whether there is room, and its unpacked body.
 *
 * @throws AppError `unauthenticated`; `too_many_requests` when too many bodies are in memory; faults of `readBody`
 */
export async function takeDelivery<Result>(
  ctx: Ctx,
  request: Request,
  work: (source: Acceptor, body: Buffer) => Promise<Result>,
): Promise<Result> {
  const source = await sourceOfSender(ctx, request);
  if (bodiesInHand >= BODIES_MAX) {
    const sentence = 'Too many deliveries at the same time; send again in a moment';
    throw new AppError('too_many_requests', { public: sentence, reason: 'ingest.busy', retryAfterSeconds: 1 });
  }
  bodiesInHand += 1;
  try {
    return await work(source, await readBody(request.stream, request.headers));
  } finally {
    bodiesInHand -= 1;
  }
}

/**
 * Keeps lines of a delivery; resolves when they are durable. What could not be kept is counted with its reason.
 *
 * @throws AppError of the intake: paused, busy, unavailable, disk full
 */
export async function keepLines(ctx: Ctx, source: Acceptor, lines: readonly Buffer[], ip: string): Promise<void> {
  const { intake } = needCollector(ctx);
  await intake.accept(source, lines, ip).catch((error: unknown) => {
    intake.refused(source, error, lines.length);
    throw error;
  });
}
