import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileRules } from '#engine/sigma/matcher.ts';
import { loadPack } from '#engine/sigma/pack.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';

export interface LoadedRules {
  readonly rules: readonly SigmaRule[];
  readonly problems: number;
  /** Reading, parsing and compiling, as a detection thread does it when it starts. */
  readonly seconds: number;
  /** Processor time of it: less than the clock when others use the machine. */
  readonly cpuSeconds: number;
}

/** Reads and compiles every rule below a folder. */
export async function readRules(folder: string): Promise<LoadedRules> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name)).sort();
  const texts = await Promise.all(
    files.map(async (file) => ({ file, text: await readFile(join(folder, file), 'utf8') })),
  );
  const { rules, problems } = loadPack(texts);
  compileRules(rules);
  const { user, system } = process.cpuUsage(before);
  return {
    rules,
    problems: problems.length,
    seconds: (performance.now() - startedMs) / 1000,
    cpuSeconds: (user + system) / 1e6,
  };
}
