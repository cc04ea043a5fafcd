import type { z } from 'zod';
import type { Ctx } from './context.ts';
import type { Route } from './http/route.ts';

/** Background work. Handlers are idempotent: the same payload may come twice. `ctx` is the system's. */
export interface Job {
  readonly name: string;
  readonly payload: z.ZodType;
  /** Cron in Asia/Shanghai, at most once a minute. */
  readonly cron?: string;
  /** A method, not a property: the payload differs from job to job, and the queue has validated it. */
  handler(ctx: Ctx, payload: unknown): Promise<void>;
}

export function job<Schema extends z.ZodType>(
  definition: Omit<Job, 'payload' | 'handler'> & {
    payload: Schema;
    handler(ctx: Ctx, payload: z.output<Schema>): Promise<void>;
  },
): Job {
  return definition;
}

/** Something a slice keeps running while the platform serves: a listener, a worker. */
export interface Service {
  readonly name: string;
  /** Which `--roles` run it. */
  readonly role: 'collect' | 'detect' | 'work' | 'api';
  /**
   * Brings others work (a listener, a pipeline): started when everything else runs, and stopped first, so that whom it
   * calls is still there while it finishes what is in its hands.
   */
  readonly brings?: true;
  start(ctx: Ctx): Promise<{ stop(): Promise<void> }>;
}

/** What a slice's door (`index.ts`) offers to `app`. */
export interface Slice {
  readonly name: string;
  readonly routes?: readonly Route[];
  readonly jobs?: readonly Job[];
  readonly services?: readonly Service[];
}
