import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import type { AppError } from '#platform/errors.ts';
import { type ForeignAnswer, type Route, type RouteInput, route } from '#platform/http/route.ts';
import { LINE_BYTES_MAX } from '../intake.ts';
import { needCollector } from '../runtime.ts';
import { tokenOf } from './credentials.ts';
import { delivering, keepLines, knocking, sourceOfSender, takeDelivery } from './delivery.ts';
import { HEC, type HecAnswer, readHecEvents, readHecRaw } from './hec.ts';

type Request = RouteInput<unknown, unknown, unknown>;

const Query = z.object({
  channel: z.string().max(100).optional(),
  host: z.string().max(255).optional(),
  source: z.string().max(1000).optional(),
  sourcetype: z.string().max(255).optional(),
});
const Answer = z.object({
  text: z.string(),
  code: z.int(),
  ackId: z.int().optional().describe('when the sender names a channel'),
});

function answerJson({ reply }: Request, status: number, body: object): void {
  reply.status(status);
  reply.send(Buffer.from(JSON.stringify(body)), 'application/json');
}

const answer = (request: Request, { status, ...body }: HecAnswer, more: object = {}): void =>
  answerJson(request, status, { ...body, ...more });

/** What senders for Splunk understand of our failures. Whatever may pass is "busy": it makes them try again. */
function answerOf({ code }: AppError, authorization: string | undefined): HecAnswer {
  switch (code) {
    case 'unauthenticated':
      if (authorization === undefined) return HEC.tokenRequired;
      return tokenOf(authorization) === undefined ? HEC.invalidAuthorization : HEC.invalidToken;
    case 'forbidden':
      return HEC.tokenDisabled;
    case 'too_large':
      return HEC.tooLarge;
    case 'too_many_requests':
    case 'unavailable':
    case 'storage_full':
      return HEC.busy;
    case 'internal':
      return HEC.internal;
    default:
      return HEC.invalidFormat;
  }
}

/** A failure in the words of Splunk, and beside them what is wrong and what would mend it. */
function hecFailure(error: AppError, { authorization }: IncomingHttpHeaders): ForeignAnswer {
  const { status, ...body } = answerOf(error, authorization);
  return {
    status,
    mediaType: 'application/json',
    body: Buffer.from(JSON.stringify({ ...body, detail: error.public })),
  };
}

/** The health of the collector is asked with status 400 for a wrong token (Splunk's reference of the endpoint). */
const healthFailure = (error: AppError, headers: IncomingHttpHeaders): ForeignAnswer => ({
  ...hecFailure(error, headers),
  ...(error.code === 'unauthenticated' ? { status: 400 } : {}),
});

/**
 * Numbers given out in place of Splunk's acknowledgement ids. The answer to a delivery comes after it is durable, so
 * each number that was ever given stands for something safe, and asking about it is always answered with yes.
 */
let lastAckId = 0;

function take(ctx: Ctx, request: Request, query: z.output<typeof Query>, read: (body: Buffer) => Buffer[] | HecAnswer) {
  return takeDelivery(ctx, 'hec', request, async (source, body) => {
    const lines = read(body);
    if (!Array.isArray(lines)) {
      needCollector(ctx).health.rejected(source, lines.code === HEC.tooLarge.code ? 'too_long' : 'incomplete');
      return answer(request, lines);
    }
    await keepLines(ctx, source, lines, request.ip);
    lastAckId += 1;
    return answer(request, HEC.success, channelOf(request, query) === undefined ? {} : { ackId: lastAckId });
  });
}

const channelOf = ({ headers }: Request, { channel }: z.output<typeof Query>): unknown =>
  headers['x-splunk-request-channel'] ?? channel;

const taking = {
  method: 'POST',
  ...delivering('hec'),
  query: Query,
  response: Answer,
  failure: hecFailure,
} as const;

const SENT = { text: HEC.success.text, code: HEC.success.code };

const events = (url: string): Route =>
  route({
    ...taking,
    url,
    summary: "Deliver events as to Splunk's HTTP event collector; answered when they are safe on disk",
    handler: (ctx, request) =>
      take(ctx, request, request.query, (body) => readHecEvents(body, LINE_BYTES_MAX)).then(() => SENT),
  });

const raw = (url: string): Route =>
  route({
    ...taking,
    url,
    summary: "Deliver lines as to the raw endpoint of Splunk's HTTP event collector",
    handler: (ctx, request) => {
      const { host, source, sourcetype } = request.query;
      const about = { host, source, sourcetype };
      return take(ctx, request, request.query, (body) => readHecRaw(body, about, LINE_BYTES_MAX)).then(() => SENT);
    },
  });

const Acks = z.object({ acks: z.array(z.int().min(0)).max(10_000) });

const acks = route({
  ...taking,
  url: '/services/collector/ack',
  summary: 'Whether deliveries are safe: always so, since their answer came after that',
  response: z.object({ acks: z.record(z.string(), z.boolean()) }),
  handler: async (ctx, request) => {
    await takeDelivery(ctx, 'hec', request, async (_source, body) => {
      if (channelOf(request, request.query) === undefined) return answer(request, HEC.channelMissing);
      const parsed = Acks.safeParse(jsonOf(body));
      if (!parsed.success) return answer(request, HEC.invalidFormat);
      return answerJson(request, 200, { acks: Object.fromEntries(parsed.data.acks.map((id) => [String(id), true])) });
    });
    return { acks: {} };
  },
});

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Load balancers ask without a token; a sender that shows one hears whether it is good. */
const health = (url: string): Route =>
  route({
    method: 'GET',
    url,
    ...knocking('hec'),
    summary: "Whether deliveries are taken, as Splunk's HTTP event collector answers",
    response: Answer,
    failure: healthFailure,
    handler: async (ctx, request) => {
      if (request.headers.authorization !== undefined) await sourceOfSender(ctx, 'hec', request);
      answer(request, HEC.healthy);
      return SENT;
    },
  });

export const hecRoutes: readonly Route[] = [
  events('/services/collector'),
  events('/services/collector/event'),
  events('/services/collector/event/1.0'),
  raw('/services/collector/raw'),
  raw('/services/collector/raw/1.0'),
  acks,
  health('/services/collector/health'),
  health('/services/collector/health/1.0'),
];
