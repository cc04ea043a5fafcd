/** One fault of an input, as the server reports it: where it is and what would mend it. */
export interface Fault {
  readonly at: string;
  readonly message: string;
  readonly reason?: string;
}

interface Problem {
  readonly title?: string;
  readonly code?: string;
  readonly detail?: string;
  readonly reason?: string;
  readonly faults?: readonly Fault[];
  readonly requestId?: string;
}

/** An address that can name nothing (an id cut short) is an address of nothing; nobody typed anything into a form. */
const isOfAddress = ({ code, detail }: Problem): boolean =>
  code === 'invalid_input' && detail?.startsWith('params ') === true;

/**
 * A call that failed. `code` is one of the platform's error codes (`invalid_input`, `forbidden`, `conflict` …),
 * `unreachable` when no answer came, or `internal` for an answer that is not ours.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly reason: string | undefined;
  readonly faults: readonly Fault[];
  readonly requestId: string | undefined;

  constructor(status: number, problem: Problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.code = isOfAddress(problem) ? 'not_found' : (problem.code ?? 'internal');
    this.detail = isOfAddress(problem) ? '' : (problem.detail ?? '');
    this.reason = problem.reason;
    this.faults = isOfAddress(problem) ? [] : (problem.faults ?? []);
    this.requestId = problem.requestId;
  }
}

type QueryValue = string | number | boolean | Date | null | undefined | readonly string[];
export type Query = Readonly<Record<string, QueryValue>>;
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

let csrf = '';
const unauthenticatedListeners = new Set<() => void>();

/** The session provider hands over the token that every write must carry. */
export function setCsrf(token: string): void {
  csrf = token;
}

/** Hears of every answer 401, wherever it was asked. Returns the way to stop listening. */
export function onUnauthenticated(listener: () => void): () => void {
  unauthenticatedListeners.add(listener);
  return () => unauthenticatedListeners.delete(listener);
}

/** `/api/x?a=1&b=2`; empty values are left out, lists become repeated keys, dates ISO strings. */
function withQuery(url: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item === undefined || item === null || item === '') continue;
      search.append(key, item instanceof Date ? item.toISOString() : String(item));
    }
  }
  const text = search.toString();
  return text === '' ? url : `${url}?${text}`;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    const requestId = response.headers.get('x-request-id');
    return requestId === null ? {} : { requestId };
  }
}

/** Whether the platform answers at all, whatever it says. */
export const isReachable = (): Promise<boolean> =>
  fetch('/api/setup', { cache: 'no-store' }).then(
    () => true,
    () => false,
  );

/** Sends with session cookie and CSRF header; anything but success becomes an `ApiError`. */
export async function send(method: Method, url: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers = new Headers({ accept: 'application/json' });
  const form = body instanceof FormData;
  if (method !== 'GET') headers.set('x-csrf-token', csrf);
  if (body !== undefined && !form) headers.set('content-type', 'application/json');
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, { code: 'unreachable' });
  }
  if (response.ok) return response;
  if (response.status === 401) for (const listener of unauthenticatedListeners) listener();
  throw new ApiError(response.status, await problemOf(response));
}

async function json<T>(method: Method, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(method, url, body, signal);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** The endpoints of the platform. Bodies are JSON, or a `FormData` for uploads. All may throw `ApiError`. */
export const api = {
  get: <T>(url: string, query?: Query, signal?: AbortSignal) =>
    json<T>('GET', withQuery(url, query), undefined, signal),
  post: <T = void>(url: string, body?: unknown) => json<T>('POST', url, body),
  put: <T = void>(url: string, body?: unknown) => json<T>('PUT', url, body),
  patch: <T = void>(url: string, body?: unknown) => json<T>('PATCH', url, body),
  delete: <T = void>(url: string, body?: unknown) => json<T>('DELETE', url, body),
};

/** Fetches a file (export, attachment, printable order) and hands it to the browser's downloads. */
export async function download(url: string, query?: Query, fallbackName = 'download'): Promise<void> {
  const response = await send('GET', withQuery(url, query));
  const disposition = response.headers.get('content-disposition') ?? '';
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  const plain = /filename="?([^";]+)"?/i.exec(disposition)?.[1];
  saveFile(await response.blob(), encoded ? decodeURIComponent(encoded) : (plain ?? fallbackName));
}

/** Hands a file to the browser's downloads. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
