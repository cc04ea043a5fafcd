import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Ctx } from '#platform/context.ts';
import { AppError, invalid } from '#platform/errors.ts';
import type { Endpoint } from '../refusals.ts';
import { collectorOf, needCollector } from '../runtime.ts';
import { plainAddress } from '../source.ts';
import type { Acceptor } from '../source-store.ts';
import { readBody } from './body.ts';
import { tokenOf } from './credentials.ts';
import { Room } from './room.ts';

/** Largest request body as sent; what it unpacks to is bounded by `readBody`. */
const DELIVERY_BYTES_MAX = 32 * 1024 * 1024;
/** Deliveries of one address per minute: agents send a few batches a second. */
const DELIVERIES_PER_MINUTE = 60_000;
/** Bodies held in memory at the same time, over all protocols: four of the largest, or two thousand small ones. */
const room = new Room(4 * DELIVERY_BYTES_MAX);

/**
 * What whoever may knock without a session has in common. Who does so too often is refused unread, and so counted as one who
 * is not known: nobody looks at the token.
 */
export const knocking = (endpoint: Endpoint) =>
  ({
    permission: 'public',
    rawBody: true,
    ratePerMinute: DELIVERIES_PER_MINUTE,
    overRate: (ctx: Ctx, ip: string): void =>
      collectorOf(ctx)?.health.turnedAway(endpoint, plainAddress(ip), 'rate.limited'),
  }) as const;

/** What the routes of an endpoint for deliveries have in common: senders prove themselves by the token of their source. */
export const delivering = (endpoint: Endpoint) =>
  ({ ...knocking(endpoint), proof: 'the token of a source', bodyBytesMax: DELIVERY_BYTES_MAX }) as const;

interface Request {
  readonly headers: IncomingHttpHeaders;
  readonly stream: Readable;
  readonly ip: string;
}

/**
 * The source whose token the sender shows. Who shows none that is good is counted, without what was shown.
 *
 * @throws AppError `unauthenticated` with how to show it
 */
export async function sourceOfSender(
  ctx: Ctx,
  endpoint: Endpoint,
  { headers: { authorization }, ip }: Pick<Request, 'headers' | 'ip'>,
): Promise<Acceptor> {
  const token = tokenOf(authorization);
  const source = token === undefined ? undefined : await needCollector(ctx).registry.byToken(token);
  if (source !== undefined) return source;
  const shown = (authorization ?? '') === '' ? 'token.missing' : 'token.malformed';
  // Without a collector nothing can come in here, whoever asks.
  collectorOf(ctx)?.health.turnedAway(endpoint, plainAddress(ip), token === undefined ? shown : 'token.unknown');
  throw new AppError('unauthenticated', {
    public: 'Send the token of a source: "authorization: Bearer tis_…", or as password, API key or HEC token',
    reason: 'source.token',
  });
}

/**
 * Takes in one request of a sender: who it is, whether there is room, and its unpacked body.
 *
 * @param work gets the body, whose bytes are others' as soon as it is done
 *
 * @throws AppError `unauthenticated`; `too_many_requests` when too much is in memory; faults of `readBody`
 */
export async function takeDelivery<Result>(
  ctx: Ctx,
  endpoint: Endpoint,
  request: Request,
  work: (source: Acceptor, body: Buffer) => Promise<Result>,
): Promise<Result> {
  const source = await sourceOfSender(ctx, endpoint, request);
  const place = room.enter();
  try {
    const body = await readBody(request.stream, request.headers, place);
    try {
      return await work(source, body.bytes);
    } finally {
      body.release();
    }
  } finally {
    place.leave();
  }
}

const DELIVERY_KEY = /^[\w.:-]{8,100}$/;

/**
 * The sender's own name of a delivery (header `idempotency-key`): a sender that heard no answer may send it again, to any
 * collector, and where the queue is shared it is kept once. Undefined when the sender names none.
 *
 * @throws AppError `invalid_input` for a name that cannot be one
 */
export function deliveryOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && DELIVERY_KEY.test(key)) return key;
  const message = 'needs 8 to 100 letters, digits or . : _ -';
  throw invalid('The idempotency-key of the delivery cannot be used', [{ at: 'idempotency-key', message }]);
}

/**
 * Keeps lines of a delivery; resolves when they are durable. What could not be kept is counted with its reason.
 *
 * @param delivery see `deliveryOf`
 * @throws AppError of the intake: paused, busy, unavailable, disk full
 */
export async function keepLines(
  ctx: Ctx,
  source: Acceptor,
  lines: readonly Buffer[],
  ip: string,
  delivery?: string,
): Promise<void> {
  const { intake } = needCollector(ctx);
  await intake.accept(source, lines, ip, delivery).catch((error: unknown) => {
    intake.refused(source, error, lines.length);
    throw error;
  });
}
