import type { Slice } from '#platform/slice.ts';

/**
 * The slices of the platform and what each may use of the others: read this file first.
 * `test/architecture.test.ts` refuses an import that is not listed here.
 */
export interface Module {
  readonly slice: Slice;
  readonly uses: readonly string[];
}

export const modules: readonly Module[] = [];
