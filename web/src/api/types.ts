import type { paths } from './schema.gen.ts';

type Json<Response> = Response extends { content: { 'application/json': infer Body } } ? Body : never;

/** What an endpoint answers, from the interface's own description: `useGet<Answer<'/api/alerts/counts'>>(…)`. */
export type Answer<
  Path extends keyof paths,
  Method extends 'get' | 'post' | 'put' | 'patch' | 'delete' = 'get',
> = paths[Path][Method] extends { responses: { 200: infer Ok } } ? Json<Ok> : never;
