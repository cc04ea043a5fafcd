/** What the system and Node call a connection that does not come about or was cut. */
const CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** What clients say of it in words of their own, without a code. */
const SAID =
  /^(?:timeout error|socket hang up|timeout exceeded when trying to connect|connection terminated|client has encountered a connection error)/i;

/**
 * Whether an error says that another machine (or its program) cannot be reached, rather than that it refused what it was
 * asked: then asking again later may help, and asking otherwise does not.
 */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isUnreachable)) return true;
  if ('code' in error && CODES.has(error.code)) return true;
  // A socket of the system that is not there has the code of a missing file.
  if ('syscall' in error && error.syscall === 'connect') return true;
  return SAID.test(error.message) || (error.cause !== error && isUnreachable(error.cause));
}
