import { keepPreviousData, type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useCallback } from 'react';
import { type ApiError, api, type Method, type Query } from './client.ts';
import { useErrorText } from './error-text.ts';

export interface Paged<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}

interface GetOptions {
  /** Asks again after so many milliseconds. Prefer `useLive`. */
  readonly refetchIntervalMs?: number;
  /** Shows the former answer while a changed query loads (lists). */
  readonly keepPrevious?: boolean;
}

/**
 * Reads an endpoint. `null` as url waits (nothing is asked yet).
 * The cache key is `[url, query]`, so `invalidate: ['/api/orders']` reaches everything below that path.
 */
export function useGet<T>(
  url: string | null,
  query: Query = {},
  options: GetOptions = {},
): UseQueryResult<T, ApiError> {
  return useQuery<T, ApiError>({
    queryKey: [url ?? '', query],
    queryFn: ({ signal }) => api.get<T>(url ?? '', query, signal),
    enabled: url !== null,
    ...(options.refetchIntervalMs ? { refetchInterval: options.refetchIntervalMs } : {}),
    ...(options.keepPrevious ? { placeholderData: keepPreviousData } : {}),
  });
}

/** A way to make everything read below the given paths be read again. */
export function useInvalidate(): (paths: readonly string[]) => Promise<void> {
  const client = useQueryClient();
  return useCallback(
    (paths) =>
      client.invalidateQueries({
        predicate: ({ queryKey: [url] }) => typeof url === 'string' && paths.some((path) => startsWithPath(url, path)),
      }),
    [client],
  );
}

const startsWithPath = (url: string, path: string): boolean =>
  url === path || url.startsWith(`${path}/`) || url.startsWith(`${path}?`);

interface SendOptions<Result> {
  /** Paths whose queries are read again after success: `['/api/orders']`. */
  readonly invalidate?: readonly string[];
  /** Sentence shown after success. */
  readonly done?: string;
  readonly onDone?: (result: Result) => void;
  /** The caller shows the error itself (a form with `faults`). */
  readonly quiet?: boolean;
}

/**
 * Changes something: `const receive = useSend('POST', '/api/orders/7/receive', { invalidate: ['/api/orders'], done: t('…') })`,
 * then `receive.mutate(body)`. Errors appear as a message with the request id unless `quiet`.
 * With a function as url the path may depend on the body.
 */
export function useSend<Body = void, Result = void>(
  method: Exclude<Method, 'GET'>,
  url: string | ((body: Body) => string),
  options: SendOptions<Result> = {},
) {
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const verb = { POST: api.post, PUT: api.put, PATCH: api.patch, DELETE: api.delete }[method];
  return useMutation<Result, ApiError, Body>({
    mutationFn: (body) => verb<Result>(typeof url === 'function' ? url(body) : url, body ?? undefined),
    onSuccess: async (result) => {
      if (options.invalidate) await invalidate(options.invalidate);
      if (options.done) void message.success(options.done);
      options.onDone?.(result);
    },
    onError: (error) => {
      if (!options.quiet) void message.error(errorText(error), 6);
    },
  });
}
