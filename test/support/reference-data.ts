import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Finds a folder of the reference data (Sigma rules, attack recordings, log samples), which is not part of the
 * project. Tests over it skip with a message where it is absent.
 *
 * @param folder for example `sigma` or `windows-attacks`
 * @returns an absolute path, or undefined when the data is not on this machine
 */
export function referenceData(folder: string): string | undefined {
  const root = process.env.TONGAN_REFERENCE_DATA ?? resolve(import.meta.dirname, '../../../shared/data');
  const path = join(root, folder);
  return existsSync(path) ? path : undefined;
}

/** The message of a skipped test. */
export const withoutReferenceData = (folder: string): string =>
  `reference data "${folder}" is not on this machine (set TONGAN_REFERENCE_DATA)`;
