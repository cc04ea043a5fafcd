import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { type Route, type RouteInput, route } from '#platform/http/route.ts';
import { LINE_BYTES_MAX } from '../intake.ts';
import { needCollector } from '../runtime.ts';
import type { Acceptor } from '../source-store.ts';
import { DELIVERIES_PER_MINUTE, DELIVERY_BYTES_MAX, keepLines, sourceOfSender, takeDelivery } from './delivery.ts';
import { type BulkItem, type BulkOutcome, bulkAnswer, readBulk } from './elastic-bulk.ts';
import { probeAnswer } from './elastic-probes.ts';
import { isPassing } from './patience.ts';
import type { RecentIds } from './recent-ids.ts';

/** Where agents find the dialect of Elasticsearch: `hosts: ["https://centre.example/elastic"]`. */
const PREFIX = '/elastic';

const IndexParams = z.object({ index: z.string().max(255) });

type Request = Pick<RouteInput<unknown, unknown, unknown>, 'headers' | 'stream' | 'ip' | 'reply'>;

/** Clients of Elasticsearch talk only to what says this of itself. */
const introduce = ({ reply }: Request): void => reply.header('x-elastic-product', 'Elasticsearch');

/** Every status has a body of its own here, which the schema of a route does not know. */
function answerJson({ reply }: Request, status: number, body: unknown): void {
  reply.status(status);
  reply.send(Buffer.from(JSON.stringify(body)), 'application/json');
}

const keyOf = (source: Acceptor, { index, id }: BulkItem): string => `${source.id} ${index} ${id}`;

/** What is to become of each item before anything is kept. */
function judge(source: Acceptor, items: readonly BulkItem[], recent: RecentIds): BulkOutcome[] {
  const inRequest = new Set<string>();
  return items.map((item) => {
    if (item.document === undefined || item.action === 'update') return 'unsupported';
    if (item.document.length > LINE_BYTES_MAX) return 'too_long';
    if (item.id === '') return 'created';
    const key = keyOf(source, item);
    if (inRequest.has(key) || recent.has(key)) return 'repeated';
    inRequest.add(key);
    return 'created';
  });
}

/** Keeps the documents of a bulk request as they came; answered when all of them are durable. */
function takeBulk(ctx: Ctx, request: Request, index: string): Promise<void> {
  introduce(request);
  const startedAtMs = performance.now();
  const delivered = takeDelivery(ctx, request, async (source, body) => {
    const items = readBulk(body, index);
    const { recentIds, health } = needCollector(ctx);
    const outcomes = judge(source, items, recentIds);
    const kept = items.filter((_, at) => outcomes[at] === 'created');
    await keepLines(
      ctx,
      source,
      kept.flatMap(({ document }) => document ?? []),
      request.ip,
    );
    recentIds.add(kept.filter(({ id }) => id !== '').map((item) => keyOf(source, item)));
    for (const outcome of outcomes) if (outcome !== 'created') health.rejected(source, outcome);
    const answer = bulkAnswer(items, outcomes, Math.round(performance.now() - startedAtMs));
    answerJson(request, 200, answer);
  });
  return delivered.catch((error: unknown) => {
    if (!isPassing(error) || !isRsyslog(request)) throw error;
    request.reply.hangUp();
  });
}

/**
 * rsyslog's omelasticsearch, alone among senders, says not who it is. It takes a request that was refused with any status
 * for delivered and throws it away, but one whose connection broke it sends again.
 */
const isRsyslog = ({ headers }: Request): boolean => headers['user-agent'] === undefined;

/** Answers what an agent asks before it delivers. It must show its token for that too. */
async function answerProbe(ctx: Ctx, request: Request, method: string, path: string): Promise<void> {
  introduce(request);
  if (method === 'GET') await sourceOfSender(ctx, request);
  else await takeDelivery(ctx, request, async () => undefined);
  const { status, body } = probeAnswer(method, path);
  answerJson(request, status, body);
}

const Answer = z.unknown().describe('as Elasticsearch answers');
const delivering = {
  permission: 'public',
  rawBody: true,
  bodyBytesMax: DELIVERY_BYTES_MAX,
  ratePerMinute: DELIVERIES_PER_MINUTE,
  response: Answer,
} as const;

const bulk = (method: 'POST' | 'PUT'): readonly Route[] => [
  route({
    ...delivering,
    method,
    url: `${PREFIX}/_bulk`,
    summary: "Deliver events as to Elasticsearch's bulk interface; answered when they are safe on disk",
    handler: (ctx, request) => takeBulk(ctx, request, ''),
  }),
  route({
    ...delivering,
    method,
    url: `${PREFIX}/:index/_bulk`,
    summary: "Deliver events as to Elasticsearch's bulk interface; answered when they are safe on disk",
    params: IndexParams,
    handler: (ctx, request) => takeBulk(ctx, request, request.params.index),
  }),
];

const document = route({
  ...delivering,
  method: 'POST',
  url: `${PREFIX}/:index/_doc`,
  summary: 'Deliver one event as a document of Elasticsearch',
  params: IndexParams,
  handler: (ctx, request) => {
    introduce(request);
    return takeDelivery(ctx, request, async (source, body) => {
      if (body.length > LINE_BYTES_MAX) throw new AppError('too_large', { public: 'The document is too long' });
      await keepLines(ctx, source, [body], request.ip);
      const item = { action: 'index', index: request.params.index, id: '', document: body } as const;
      answerJson(request, 201, bulkAnswer([item], ['created'], 0).items[0]?.index);
    });
  },
});

const probe = (method: 'GET' | 'PUT' | 'POST', url: string): Route =>
  route({
    ...delivering,
    method,
    url,
    summary: 'What agents ask an Elasticsearch for before they deliver; templates and policies are not kept',
    params: z.object({ '*': z.string().max(1000).default('') }),
    handler: (ctx, request) => answerProbe(ctx, request, method, request.params['*']),
  });

export const elasticRoutes: readonly Route[] = [
  ...bulk('POST'),
  ...bulk('PUT'),
  document,
  probe('GET', PREFIX),
  probe('GET', `${PREFIX}/*`),
  probe('PUT', `${PREFIX}/*`),
  probe('POST', `${PREFIX}/*`),
];
