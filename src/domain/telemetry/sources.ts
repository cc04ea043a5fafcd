import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SourceDefinition } from '#engine/formats/define.ts';
import { AppError } from '#platform/errors.ts';

/** Where sources live in a checkout. */
const SOURCES_FOLDER = resolve(import.meta.dirname, '../../../content/sources');

/** All sources by id, in the order of their ids. */
export type Sources = ReadonlyMap<string, SourceDefinition>;

/**
 * Loads every `content/sources/<id>/source.ts`. Nothing registers a source: being in the folder is enough.
 *
 * @throws AppError naming the file of the first source that cannot be loaded or does not say what it must; the
 * platform does not start with a part of its sources silently missing
 */
export async function loadSources(folder = SOURCES_FOLDER): Promise<Sources> {
  const entries = await readdir(folder, { withFileTypes: true });
  const ids = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const sources = new Map<string, SourceDefinition>();
  for (const id of ids.sort()) sources.set(id, await loadSource(join(folder, id, 'source.ts'), id));
  return sources;
}

async function loadSource(path: string, id: string): Promise<SourceDefinition> {
  if (!existsSync(path)) throw broken(path, 'the folder has no source.ts');
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (cause) {
    throw broken(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { source } = module;
  if (!isSource(source))
    throw broken(path, 'it must export `source`, made with defineSource of #engine/formats/define.ts');
  if (source.id !== id) throw broken(path, `its id is "${source.id}" but its folder is "${id}": they must be the same`);
  return source;
}

function isSource(value: unknown): value is SourceDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const has = (name: string, type: string): boolean => typeof Reflect.get(value, name) === type;
  return (
    has('id', 'string') &&
    has('detect', 'function') &&
    has('parse', 'function') &&
    has('supplies', 'object') &&
    has('asks', 'object')
  );
}

function broken(path: string, reason: string, cause?: unknown): AppError {
  const message = `source ${path} cannot be loaded: ${reason}`;
  return new AppError('internal', { public: message, cause });
}
