import { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { AppError, invalid } from '#platform/errors.ts';
import { type Route, type RouteInput, route } from '#platform/http/route.ts';
import { LINE_BYTES_MAX } from '../intake.ts';
import { needCollector } from '../runtime.ts';
import type { Acceptor } from '../source-store.ts';
import { delivering, keepLines, sourceOfSender, takeDelivery } from './delivery.ts';
import {
  type BulkItem,
  type BulkOutcome,
  bulkAnswer,
  ID_LENGTH_MAX,
  INDEX_LENGTH_MAX,
  readBulk,
} from './elastic-bulk.ts';
import { elasticFailure } from './elastic-failure.ts';
import { probeAnswer } from './elastic-probes.ts';
import { isPassing } from './patience.ts';
import type { RecentIds } from './recent-ids.ts';

/** Where agents find the dialect of Elasticsearch: `hosts: ["https://centre.example/elastic"]`. */
const PREFIX = '/elastic';

const IndexParams = z.object({ index: z.string().max(INDEX_LENGTH_MAX) });
const DocumentParams = IndexParams.extend({ id: z.string().max(ID_LENGTH_MAX) });

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

/** Keeps what is new of the items as it came; resolves when it is durable. What is not kept is counted. */
async function keepItems(ctx: Ctx, source: Acceptor, items: readonly BulkItem[], ip: string): Promise<BulkOutcome[]> {
  const { recentIds, health } = needCollector(ctx);
  const outcomes = judge(source, items, recentIds);
  const kept = items.filter((_, at) => outcomes[at] === 'created');
  const documents = kept.flatMap(({ document }) => document ?? []);
  await keepLines(ctx, source, documents, ip);
  recentIds.add(kept.filter(({ id }) => id !== '').map((item) => keyOf(source, item)));
  for (const outcome of outcomes) if (outcome !== 'created') health.rejected(source, outcome);
  return outcomes;
}

/** Keeps the documents of a bulk request as they came; answered when all of them are durable. */
function takeBulk(ctx: Ctx, request: Request, index: string): Promise<void> {
  introduce(request);
  const startedAtMs = performance.now();
  const delivered = takeDelivery(ctx, 'elastic', request, async (source, body) => {
    const items = readBulk(body, index);
    const outcomes = await keepItems(ctx, source, items, request.ip);
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
  if (method === 'GET') await sourceOfSender(ctx, 'elastic', request);
  else await takeDelivery(ctx, 'elastic', request, async () => undefined);
  const { status, body } = probeAnswer(method, path);
  answerJson(request, status, body);
}

const Answer = z.unknown().describe('as Elasticsearch answers');
const taking = {
  ...delivering('elastic'),
  response: Answer,
  failure: elasticFailure,
} as const;

const bulk = (method: 'POST' | 'PUT'): readonly Route[] => [
  route({
    ...taking,
    method,
    url: `${PREFIX}/_bulk`,
    summary: "Deliver events as to Elasticsearch's bulk interface; answered when they are safe on disk",
    handler: (ctx, request) => takeBulk(ctx, request, ''),
  }),
  route({
    ...taking,
    method,
    url: `${PREFIX}/:index/_bulk`,
    summary: "Deliver events as to Elasticsearch's bulk interface; answered when they are safe on disk",
    params: IndexParams,
    handler: (ctx, request) => takeBulk(ctx, request, request.params.index),
  }),
];

const BLANK = /^\s*$/;

/** Keeps one document as it came, under the name of the address if that has one; answered when it is durable. */
function takeDocument(ctx: Ctx, request: Request, about: Pick<BulkItem, 'action' | 'index' | 'id'>): Promise<void> {
  introduce(request);
  return takeDelivery(ctx, 'elastic', request, async (source, body) => {
    if (body.length > LINE_BYTES_MAX) {
      throw new AppError('too_large', { public: `The document is longer than ${LINE_BYTES_MAX} bytes` });
    }
    if (BLANK.test(body.toString('latin1'))) throw invalid('The body is empty: a document is expected');
    const item = { ...about, document: body };
    const outcomes = await keepItems(ctx, source, [item], request.ip);
    const answer = bulkAnswer([item], outcomes, 0).items[0]?.[about.action] ?? {};
    answerJson(request, 'status' in answer ? Number(answer.status) : 201, answer);
  });
}

const DOCUMENT = 'Deliver one event as a document of Elasticsearch';

const document = route({
  ...taking,
  method: 'POST',
  url: `${PREFIX}/:index/_doc`,
  summary: DOCUMENT,
  params: IndexParams,
  handler: (ctx, request) => takeDocument(ctx, request, { action: 'index', index: request.params.index, id: '' }),
});

const namedDocument = (method: 'POST' | 'PUT', action: 'index' | 'create'): Route =>
  route({
    ...taking,
    method,
    url: `${PREFIX}/:index/${action === 'index' ? '_doc' : '_create'}/:id`,
    summary: `${DOCUMENT}; one whose name was delivered before is not kept twice`,
    params: DocumentParams,
    handler: (ctx, request) => takeDocument(ctx, request, { action, ...request.params }),
  });

const probe = (method: 'GET' | 'PUT' | 'POST', url: string): Route =>
  route({
    ...taking,
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
  namedDocument('POST', 'index'),
  namedDocument('PUT', 'index'),
  namedDocument('POST', 'create'),
  namedDocument('PUT', 'create'),
  probe('GET', PREFIX),
  probe('GET', `${PREFIX}/*`),
  probe('PUT', `${PREFIX}/*`),
  probe('POST', `${PREFIX}/*`),
];
