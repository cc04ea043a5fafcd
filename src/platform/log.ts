import { type Logger, pino } from 'pino';

export type Log = Logger;

/** Keys that never reach the log, wherever they stand in a logged object. */
const SECRET_KEYS = ['password', 'token', 'secret', 'authorization', 'cookie', 'totp', 'code'];

/** Structured log, one JSON object a line, on standard error (standard output belongs to the user). */
export function openLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[secret]' },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}
