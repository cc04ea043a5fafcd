import type { z } from 'zod';
import { AppError, type Fault } from './errors.ts';

/** Faults of a zod error as `at` (JSON pointer) and `message`. */
export function faultsOf(error: z.ZodError): Fault[] {
  return error.issues.map((issue) => ({ at: `/${issue.path.map(String).join('/')}`, message: issue.message }));
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
