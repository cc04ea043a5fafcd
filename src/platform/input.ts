import type { z } from 'zod';
import { AppError, type Fault } from './errors.ts';

/** Faults of a zod error as `at` (JSON pointer) and `message`. */
export function faultsOf(error: z.ZodError): Fault[] {
  return error.issues.map(({ path, message, code }) => ({
    at: `/${path.map(String).join('/')}`,
    message,
    reason: `input.${code}`,
  }));
}

/** Parses outside input. @throws AppError `invalid_input` that lists every fault with its place. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const faults = faultsOf(result.error);
  throw new AppError('invalid_input', {
    public: faults.map((fault) => `${fault.at}: ${fault.message}`).join('; '),
    faults,
  });
}

/**
 * What somebody typed must be text that every store keeps: no U+0000, no half of a surrogate pair (there is no UTF-8
 * for it). For what people and programs ask of the interface; what telemetry says is kept as it came.
 *
 * @throws AppError `invalid_input` with the place of each such text
 */
export function refuseUnkeepable(input: unknown): void {
  const faults = unkeepable(input, '');
  if (faults.length === 0) return;
  throw new AppError('invalid_input', {
    public: `${faults.map(({ at }) => at).join(', ')}: a character that cannot be kept`,
    faults,
  });
}

function unkeepable(value: unknown, at: string): Fault[] {
  if (typeof value === 'string') {
    if (value.isWellFormed() && !value.includes('\0')) return [];
    const message = 'The text holds a character that cannot be kept: remove it';
    return [{ at: at || '/', message, reason: 'input.unkeepable' }];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => unkeepable(item, `${at}/${index}`));
  if (!isPlain(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => unkeepable(item, `${at}/${key}`));
}

/** An object of fields, as JSON and query strings give it; not a stream, a date or bytes. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
