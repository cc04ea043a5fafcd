import type { z } from 'zod';
import { AppError, type Fault } from './errors.ts';

/** Faults of a zod error as `at` (JSON pointer) and `message`. */
export function faultsOf(error: z.ZodError): Fault[] {
  return error.issues.map((issue) => ({ at: `/${issue.path.map(String).join('/')}`, message: issue.message }));
}

/** Parses outside input. @throws AppError `invalid_input` that lists every fault with its place. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  const faults = result.success ? unkeepable(result.data, '') : faultsOf(result.error);
  if (result.success && faults.length === 0) return result.data;
  throw new AppError('invalid_input', {
    public: faults.map((fault) => `${fault.at}: ${fault.message}`).join('; '),
    faults,
  });
}

/** Texts that no store keeps: U+0000, and halves of surrogate pairs, for which there is no UTF-8. */
function unkeepable(value: unknown, at: string): Fault[] {
  if (typeof value === 'string') {
    if (value.isWellFormed() && !value.includes('\0')) return [];
    return [{ at: at || '/', message: 'The text holds a character that cannot be kept: remove it' }];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => unkeepable(item, `${at}/${index}`));
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return [];
  return Object.entries(value).flatMap(([key, item]) => unkeepable(item, `${at}/${key}`));
}
