import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Where programs deliver and ask; everything else may be an address of the console. */
const ENDPOINTS = /^\/(api|ingest|elastic|v1|services\/collector)(\/|\?|$)/;

const NONCE = '__CSP_NONCE__';

/** Nothing from outside, no inline script; the nonce lets the theme write its style elements. */
const contentPolicy = (nonce: string): string =>
  [
    "default-src 'self'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Headers of every answer, whatever it is. */
export function secureHeaders(server: FastifyInstance, https: boolean): void {
  server.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('x-frame-options', 'DENY');
    reply.header('referrer-policy', 'same-origin');
    reply.header('cross-origin-opener-policy', 'same-origin');
    reply.header('permissions-policy', 'camera=(), microphone=(), geolocation=()');
    if (!reply.hasHeader('content-security-policy')) {
      reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    }
    if (https) reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
  });
}

/**
 * Serves the built console: files of `folder`, and its `index.html` for every other path, so that an address inside the
 * console can be opened directly. A program that asks for an endpoint in the wrong way must not be answered with a page.
 */
export async function serveConsole(server: FastifyInstance, folder: string): Promise<void> {
  const indexFile = join(folder, 'index.html');
  const sendPage = (reply: FastifyReply) => {
    // Read each time: a console built anew while this serves names other files.
    const page = existsSync(indexFile) ? readFileSync(indexFile, 'utf8') : undefined;
    if (page === undefined) {
      return reply
        .status(503)
        .type('text/plain; charset=utf-8')
        .send('The console is not built yet: run "npm run build".');
    }
    const nonce = randomBytes(16).toString('base64');
    return reply
      .header('content-security-policy', contentPolicy(nonce))
      .type('text/html; charset=utf-8')
      .send(page.replaceAll(NONCE, nonce));
  };
  if (existsSync(indexFile)) {
    await server.register(fastifyStatic, {
      root: join(folder, 'static'),
      prefix: '/static/',
      decorateReply: false,
      cacheControl: false,
      // The build leaves .br and .gz copies beside the files.
      preCompressed: true,
      setHeaders: (reply) => {
        reply.header('cache-control', 'public, max-age=31536000, immutable');
      },
    });
  }
  server.get('/', { schema: { hide: true } }, (_request, reply) => sendPage(reply));
  server.get('/*', { schema: { hide: true } }, (request, reply) => {
    if (ENDPOINTS.test(request.url)) return reply.callNotFound();
    return sendPage(reply);
  });
}

/** The interface's documentation, served from here: no address outside is asked. */
export async function serveDocumentation(server: FastifyInstance): Promise<void> {
  await server.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: true,
    transformStaticCSP: (header) => header,
    uiConfig: { validatorUrl: null, docExpansion: 'none' },
  });
}
