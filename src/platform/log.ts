import { type Logger, pino } from 'pino';

export type Log = Logger;

/** Keys that never reach the log, wherever they stand in a logged object. */
const SECRET_KEYS = ['password', 'token', 'secret', 'authorization', 'cookie', 'totp', 'code'];

/** A system's code of an error such as `ENOSPC` is what an operator needs; a one-time code is digits. */
const censor = (value: unknown, path: readonly string[]): unknown =>
  path.at(-1) === 'code' && typeof value === 'string' && /^[A-Z][A-Z_]+$/.test(value) ? value : '[secret]';

/** Structured log, one JSON object a line, on standard error (standard output belongs to the user). */
export function openLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}
