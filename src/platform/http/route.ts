import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Ctx } from '../context.ts';
import type { AppError } from '../errors.ts';

/** An uploaded file of a multipart request. */
export interface Upload {
  readonly field: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly content: Readable;
}

export interface RouteInput<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly headers: IncomingHttpHeaders;
  readonly ip: string;
  /** Only of routes with `upload: true`. */
  uploads(): AsyncIterable<Upload>;
  /** The raw body stream; only of routes with `rawBody: true`. */
  readonly stream: Readable;
  readonly reply: ReplyControl;
  /** Aborts when the caller goes away before the answer is complete. */
  readonly closed: AbortSignal;
}

/** The few things a handler may say besides its result. */
export interface ReplyControl {
  status(code: number): void;
  header(name: string, value: string): void;
  setCookie(name: string, value: string, options: { maxAgeSeconds?: number; httpOnly: boolean }): void;
  clearCookie(name: string): void;
  /** Sends a stream (export, file, server-sent events) instead of the JSON result. */
  send(content: Readable | Uint8Array, mediaType: string, fileName?: string): void;
  cookie(name: string): string | undefined;
  /** Ends the connection without an answer, for senders that take any answer for a delivery. */
  hangUp(): void;
}

/** A failure in the words of somebody else's protocol. */
export interface ForeignAnswer {
  readonly status: number;
  readonly mediaType: string;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An endpoint. The same schemas validate and become `openapi.json`. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/api/orders/:id` */
  readonly url: string;
  /** Who may call: a permission by name, any signed-in person (`signed-in`), or anybody (`public`). */
  readonly permission: string;
  readonly summary: string;
  /** What a public endpoint asks for in place of a session, for its description. */
  readonly proof?: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly response: z.ZodType | null;
  readonly upload?: boolean;
  /** Bytes of each uploaded file, default 64 MiB. One byte more is let through, so that whoever reads it sees that it is too much. */
  readonly uploadBytesMax?: number;
  readonly rawBody?: boolean;
  /** Requests per minute and address; only where the default (600) is wrong. */
  readonly ratePerMinute?: number;
  readonly bodyBytesMax?: number;
  /** Told of each request beyond the rate, which is refused before anything of it is read. @param ctx of nobody */
  overRate?(ctx: Ctx, ip: string): void;
  /**
   * How a failure is told to clients of another protocol, which do not read problem documents. It is asked for everything
   * that fails before, in or after the handler.
   */
  failure?(error: AppError, headers: IncomingHttpHeaders): ForeignAnswer;
  /** A method, not a property: its input differs from route to route, and the server has validated it. */
  handler(ctx: Ctx, input: RouteInput<unknown, unknown, unknown>): Promise<unknown>;
}

type Out<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** Declares an endpoint with the types of its schemas. */
export function route<
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  Response extends z.ZodType | null = null,
>(
  definition: Omit<Route, 'handler' | 'params' | 'query' | 'body' | 'response'> & {
    params?: Params;
    query?: Query;
    body?: Body;
    response: Response;
    handler(
      ctx: Ctx,
      input: RouteInput<Out<Params>, Out<Query>, Out<Body>>,
    ): Promise<Response extends z.ZodType ? z.input<Response> : void>;
  },
): Route {
  const { params, query, body, ...rest } = definition;
  return { ...rest, ...(params ? { params } : {}), ...(query ? { query } : {}), ...(body ? { body } : {}) };
}
