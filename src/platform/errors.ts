/** The catalogue: every failure an operation may report, with its HTTP status and title (RFC 9457). */
export const ERROR_CODES = {
  invalid_input: { status: 400, title: 'The input is not valid' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  forbidden: { status: 403, title: 'Not permitted' },
  not_found: { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'The state does not allow this' },
  too_large: { status: 413, title: 'Too large' },
  unsupported_media: { status: 415, title: 'This kind of content is not understood' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something failed on our side' },
  unavailable: { status: 503, title: 'Not available at the moment' },
  storage_full: { status: 507, title: 'No space left to keep this safely' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** One fault of an input: where it is (JSON pointer, line, field) and what would mend it. */
export interface Fault {
  readonly at: string;
  readonly message: string;
  /** A stable word the console translates, e.g. `order.deadline.past`. */
  readonly reason?: string;
}

/**
 * A failure with two faces: `public` is shown to the caller, `cause` and `details` only reach the log.
 * What must stay secret is thrown as `not_found`, never as `forbidden`.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly public: string;
  /** A stable, translatable word for the console, e.g. `session.locked`. */
  readonly reason: string | undefined;
  readonly faults: readonly Fault[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    options: {
      public: string;
      reason?: string;
      faults?: readonly Fault[];
      cause?: unknown;
      retryAfterSeconds?: number;
    },
  ) {
    super(`${code}: ${options.public}`, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.public = options.public;
    this.reason = options.reason;
    this.faults = options.faults ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

export const notFound = (what: string): AppError =>
  new AppError('not_found', { public: `${what} does not exist or is not visible to you` });

export const conflict = (sentence: string, reason?: string): AppError =>
  new AppError('conflict', { public: sentence, ...(reason ? { reason } : {}) });

export const invalid = (sentence: string, faults: readonly Fault[] = [], reason?: string): AppError =>
  new AppError('invalid_input', { public: sentence, faults, ...(reason ? { reason } : {}) });
