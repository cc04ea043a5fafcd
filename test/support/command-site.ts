import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Command } from '#app/cli/command.ts';
import { appendEntries } from '#domain/journal/index.ts';
import type { Ctx } from '#platform/context.ts';
import type { Slice } from '#platform/slice.ts';
import { serveRoutes } from './routes.ts';
import { openTestPlatform, type TestPlatform } from './stores.ts';
import { seedUnits, type TestUnit } from './units.ts';

/** A platform that commands talk to over HTTP, with one unit. */
export interface CommandSite {
  readonly site: TestPlatform;
  readonly unit: TestUnit;
  /** A folder of its own for files, gone at the end. */
  readonly folder: string;
  readonly url: string;
  readonly server: FastifyInstance;
  /** Runs a command in the name of a token. Lines stand in `text` as they came, and apart in `out` and `err`. */
  run(command: Command, token: string, ...args: string[]): Promise<CommandAnswer>;
  /** The same without token and address. */
  runBare(command: Command, ...args: string[]): Promise<CommandAnswer>;
  close(): Promise<void>;
}

interface CommandAnswer {
  readonly code: number;
  readonly text: string;
  readonly out: string;
  readonly err: string;
}

/**
 * Opens a platform that serves some slices.
 *
 * @param jobs names of the slices' jobs that work; those of the others can be enqueued
 * @param people whom each token stands for
 */
export async function openCommandSite({
  slices,
  jobs = [],
  people,
}: {
  readonly slices: readonly Slice[];
  readonly jobs?: readonly string[];
  people(site: TestPlatform, unit: TestUnit): Readonly<Record<string, Ctx>>;
}): Promise<CommandSite> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-command-'));
  const all = slices.flatMap((slice) => slice.jobs ?? []);
  const working = all.filter(({ name }) => jobs.includes(name));
  const site = await openTestPlatform({ append: appendEntries, jobs: working.length > 0 ? working : all });
  if (working.length > 0) await site.platform.jobs.work(site.system);
  const [unit] = await seedUnits(site, [{ code: 'nn-health', name: '南宁市卫生健康委', divisionCode: '450100' }]);
  if (unit === undefined) throw new Error('no unit');
  const tokens = new Map(Object.entries(people(site, unit)).map(([token, ctx]) => [`Bearer ${token}`, ctx]));
  const routes = slices.flatMap((slice) => slice.routes ?? []);
  const server = await serveRoutes(site, routes, tokens);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const runBare = async (command: Command, ...args: string[]): Promise<CommandAnswer> => {
    const lines: { readonly to: 'out' | 'err'; readonly line: string }[] = [];
    const code = await command.run(args, {
      out: (line) => void lines.push({ to: 'out', line }),
      err: (line) => void lines.push({ to: 'err', line }),
    });
    const joined = (...channels: string[]) =>
      lines.flatMap(({ to, line }) => (channels.includes(to) ? line : [])).join('\n');
    return { code, text: joined('out', 'err'), out: joined('out'), err: joined('err') };
  };
  return {
    site,
    unit,
    folder,
    url,
    server,
    runBare,
    run: (command, token, ...args) => runBare(command, ...args, '--token', token, '--url', url),
    async close() {
      await server.close();
      await site.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
