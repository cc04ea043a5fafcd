import type { FastifyInstance } from 'fastify';
import type { Ctx } from '#platform/context.ts';
import type { Route } from '#platform/http/route.ts';
import { buildServer } from '#platform/http/server.ts';
import type { TestPlatform } from './stores.ts';

/**
 * Serves routes on a test platform without signing in: who a request comes from is the name in its `authorization`
 * header, looked up in `people`.
 */
export async function serveRoutes(
  site: TestPlatform,
  routes: readonly Route[],
  people: ReadonlyMap<string, Ctx>,
): Promise<FastifyInstance> {
  const server = await buildServer({
    routes,
    log: site.platform.log,
    ids: site.platform.ids,
    version: 'test',
    trustProxy: false,
    secureCookies: false,
    contextOf: ({ authorization }) => Promise.resolve(people.get(authorization ?? '')),
    anonymous: () => site.system,
  });
  await server.ready();
  return server;
}

/** Asks a served route in somebody's name. `raw`: the bytes of the answer. */
export async function callAs(
  server: FastifyInstance,
  who: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  payload?: object,
) {
  const headers = { authorization: who };
  const response = await server.inject({ method, url, headers, ...(payload ? { payload } : {}) });
  return { status: response.statusCode, body: response.json(), raw: response.rawPayload };
}
