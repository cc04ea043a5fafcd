import type { Readable } from 'node:stream';
import cookie from '@fastify/cookie';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import type { Ids } from '../ids.ts';
import { refuseUnkeepable } from '../input.ts';
import type { Log } from '../log.ts';
import { Problem, sendProblem } from './problem.ts';
import type { ReplyControl, Route, RouteInput, Upload } from './route.ts';

/** What a request shows to prove who sends it. */
interface Credentials {
  readonly cookie: string | undefined;
  readonly authorization: string | undefined;
  readonly csrf: string | undefined;
  readonly method: string;
  readonly ip: string;
}

export interface ServerOptions {
  readonly routes: readonly Route[];
  readonly log: Log;
  readonly ids: Ids;
  readonly version: string;
  /** Whose `X-Forwarded-For` is believed. */
  readonly trustProxy: boolean | readonly string[];
  readonly secureCookies: boolean;
  /** @returns the caller's context, or undefined when nobody is signed in */
  readonly contextOf: (credentials: Credentials, requestId: string) => Promise<Ctx | undefined>;
  /** The context of public routes: no person, no rights. */
  readonly anonymous: (requestId: string) => Ctx;
  readonly ratePerMinute?: number;
}

export const SESSION_COOKIE = 'tongan_session';
const BODY_BYTES_MAX = 1024 * 1024;
const UPLOAD_BYTES_MAX = 64 * 1024 * 1024;
const RATE_PER_MINUTE = 1200;

/** Builds the HTTP server from the declared routes. Nothing listens yet. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = options.log;
  const server = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => options.ids.next(),
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: typeof options.trustProxy === 'boolean' ? options.trustProxy : [...options.trustProxy],
    routerOptions: { maxParamLength: 500 },
    forceCloseConnections: true,
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler(sendProblem);
  server.setNotFoundHandler((request, reply) => {
    sendProblem(
      new AppError('not_found', { public: `${request.method} ${request.url.split('?')[0]} is not an endpoint` }),
      request,
      reply,
    );
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('cache-control', 'no-store');
  });
  await server.register(cookie);
  await server.register(multipart, {
    limits: { files: 20, fields: 20, fieldSize: 65_536 },
  });
  await server.register(rateLimit, {
    max: options.ratePerMinute ?? RATE_PER_MINUTE,
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, context) =>
      new AppError('too_many_requests', {
        public: `Too many requests: try again in ${Math.ceil(context.ttl / 1000)} s`,
        reason: 'rate.limited',
        retryAfterSeconds: Math.ceil(context.ttl / 1000),
      }),
  });
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: "Tong'an 统安",
        version: options.version,
        description: 'The documented interface of the platform; the console and the command line use nothing else.',
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
          token: { type: 'http', scheme: 'bearer' },
        },
      },
    },
    transform: jsonSchemaTransform,
  });
  const contexts = new WeakMap<FastifyRequest, Ctx>();
  const plain = options.routes.filter((route) => !route.rawBody);
  const raw = options.routes.filter((route) => route.rawBody);
  await server.register((scope, _options, done) => {
    for (const route of plain) mount(scope, route, options, contexts);
    done();
  });
  await server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      (_request: FastifyRequest, payload: Readable, done: (error: null, body: Readable) => void) => done(null, payload),
    );
    for (const route of raw) mount(scope, route, options, contexts);
    done();
  });
  return server;
}

function mount(
  server: FastifyInstance,
  route: Route,
  options: ServerOptions,
  contexts: WeakMap<FastifyRequest, Ctx>,
): void {
  const tag = route.url.split('/')[2] ?? 'ingest';
  server.route({
    method: route.method,
    url: route.url,
    schema: {
      summary: route.summary,
      tags: [tag],
      description: route.proof === undefined ? `Permission: ${route.permission}` : `Asks for: ${route.proof}`,
      ...(route.permission === 'public' ? {} : { security: [{ session: [] }, { token: [] }] }),
      ...(route.params ? { params: route.params } : {}),
      ...(route.query ? { querystring: route.query } : {}),
      ...(route.body && !route.upload && !route.rawBody ? { body: route.body } : {}),
      ...(route.upload ? { consumes: ['multipart/form-data'] } : {}),
      response: { ...(route.response ? { 200: route.response } : {}), ...(route.failure ? {} : { default: Problem }) },
    },
    ...(route.bodyBytesMax ? { bodyLimit: route.bodyBytesMax } : {}),
    config: {
      permission: route.permission,
      ...(route.ratePerMinute ? { rateLimit: rateOf(route, route.ratePerMinute, options) } : {}),
    },
    // Not onRequest: the limiter of requests must count first, or guessing would be free.
    preParsing: async (request, _reply, payload) => {
      contexts.set(request, await admit(request, route, options));
      return payload;
    },
    errorHandler: (error, request, reply) => sendProblem(error, request, reply, route.failure),
    handler: async (request, reply) => {
      const ctx = contexts.get(request) ?? options.anonymous(request.id);
      const sent = { done: false };
      for (const part of [request.params, request.query, request.body]) refuseUnkeepable(part);
      const result = await route.handler(ctx, inputOf(route, request, reply, options, sent));
      if (sent.done) return reply;
      if (route.response === null) return reply.status(reply.statusCode === 200 ? 204 : reply.statusCode).send();
      return reply.send(result);
    },
  });
}

const rateOf = (route: Route, max: number, { anonymous }: ServerOptions) => ({
  max,
  timeWindow: '1 minute',
  onExceeded: (request: FastifyRequest) => route.overRate?.(anonymous(request.id), request.ip),
});

/** Who asks, and may they: decided before the body is read. */
async function admit(request: FastifyRequest, route: Route, options: ServerOptions): Promise<Ctx> {
  const header = request.headers['x-csrf-token'];
  const ctx =
    route.rawBody && route.permission === 'public'
      ? undefined
      : await options.contextOf(
          {
            cookie: request.cookies[SESSION_COOKIE],
            authorization: request.headers.authorization,
            csrf: typeof header === 'string' ? header : undefined,
            method: route.permission === 'public' ? 'GET' : request.method,
            ip: request.ip,
          },
          request.id,
        );
  if (route.permission === 'public') return ctx ?? options.anonymous(request.id);
  if (!ctx) throw new AppError('unauthenticated', { public: 'Sign in to use this', reason: 'session.missing' });
  if (route.permission !== 'signed-in') ctx.allow(route.permission);
  return ctx;
}

function inputOf(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  options: ServerOptions,
  sent: { done: boolean },
): RouteInput<unknown, unknown, unknown> {
  return {
    params: request.params,
    query: request.query,
    body: request.body,
    headers: request.headers,
    ip: request.ip,
    uploads: () => uploadsOf(request, route.uploadBytesMax ?? UPLOAD_BYTES_MAX),
    stream: request.raw,
    reply: replyControl(request, reply, options, sent),
    get closed() {
      return closedSignal(reply);
    },
  };
}

/** The connection's end before the answer's end is the caller going away. */
function closedSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** The form's parser ends a file at its bound as if that were the file's end: a byte beyond it is what tells. */
async function* uploadsOf(request: FastifyRequest, bytesMax: number): AsyncIterable<Upload> {
  for await (const part of request.files({ limits: { fileSize: bytesMax + 1 } })) {
    yield { field: part.fieldname, fileName: part.filename, mediaType: part.mimetype, content: part.file };
  }
}

function replyControl(
  request: FastifyRequest,
  reply: FastifyReply,
  options: ServerOptions,
  sent: { done: boolean },
): ReplyControl {
  const cookieOptions = { path: '/', sameSite: 'strict', secure: options.secureCookies } as const;
  return {
    status: (code) => void reply.status(code),
    header: (name, value) => void reply.header(name, value),
    setCookie: (name, value, { maxAgeSeconds, httpOnly }) =>
      void reply.setCookie(name, value, {
        ...cookieOptions,
        httpOnly,
        ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
      }),
    clearCookie: (name) => void reply.clearCookie(name, cookieOptions),
    cookie: (name) => request.cookies[name],
    hangUp() {
      sent.done = true;
      reply.hijack();
      reply.raw.destroy();
    },
    send(content, mediaType, fileName) {
      sent.done = true;
      reply.type(mediaType).serializer((payload: string) => payload);
      reply.header('x-content-type-options', 'nosniff');
      if (fileName) reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`);
      void reply.send(content);
    },
  };
}
