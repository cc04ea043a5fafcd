import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { RuleFile } from '#engine/sigma/pack.ts';
import { AppError } from '#platform/errors.ts';

/** Our own rules in a checkout. */
const OWN_RULES = resolve(import.meta.dirname, '../../../content/rules');
const CHECKOUT = resolve(OWN_RULES, '../..');

/** A rule, not the hits and misses beside it. */
const isRuleFile = (name: string): boolean => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name);

/**
 * Reads rule files and the rules of folders, in a stable order. Cases beside rules (`.test.yml`) are left out.
 * @throws Error of the file system naming a path that does not exist
 */
export async function readRules(paths: readonly string[]): Promise<RuleFile[]> {
  const files = await Promise.all(
    paths.map(async (path) =>
      (await stat(path)).isDirectory() ? readFolder(path) : [{ file: path, text: await readFile(path, 'utf8') }],
    ),
  );
  return files.flat();
}

/**
 * Reads the rule pack and the rules of further folders, in a stable order; our own come first, so that they keep an id
 * that a foreign rule uses too.
 *
 * @param directories absolute, or below the working folder
 * @throws AppError naming a folder that does not exist: rules must not be missing in silence
 */
export async function readRuleFiles(directories: readonly string[]): Promise<RuleFile[]> {
  const folders = [OWN_RULES, ...directories.map((directory) => resolve(directory))];
  const files = await Promise.all(folders.map(readFolder));
  return files.flat();
}

async function readFolder(folder: string): Promise<RuleFile[]> {
  if (!existsSync(folder)) {
    throw new AppError('internal', {
      public: `the folder of rules ${folder} does not exist (setting rules.directories)`,
    });
  }
  const names = await readdir(folder, { recursive: true });
  const paths = names
    .filter(isRuleFile)
    .sort()
    .map((name) => join(folder, name));
  const inside = folder.startsWith(CHECKOUT);
  return Promise.all(
    paths.map(async (path) => ({
      file: inside ? relative(CHECKOUT, path) : path,
      text: await readFile(path, 'utf8'),
    })),
  );
}
