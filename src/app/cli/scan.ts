import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Client, connect, PLATFORM_OPTIONS, uploadOf } from './client.ts';
import type { Command, Io } from './command.ts';
import { ID } from './words.ts';

const Made = z.object({ id: z.uuid() });
const Shown = z.object({
  tool: z.string(),
  format: z.string(),
  state: z.string(),
  partial: z.boolean(),
  counts: z.object({
    targets: z.number(),
    inLedger: z.number(),
    create: z.number(),
    update: z.number(),
    same: z.number(),
    reopen: z.number(),
    close: z.number(),
    kept: z.number(),
    suppress: z.number(),
    information: z.number(),
    problems: z.number(),
  }),
  problems: z.array(z.object({ row: z.number(), reason: z.string(), detail: z.string() })),
  undoneIssues: z.number(),
  keptIssues: z.number(),
  undoneObservations: z.number(),
  undoneAssets: z.number(),
  keptAssets: z.number(),
});
type Shown = z.infer<typeof Shown>;

const IMPORTS = '/api/vulnerabilities/imports';
const PROBLEMS_SHOWN = 20;
const POLL_MS = 500;
/** How often somebody who waits is told so. */
const TOLD_EVERY_MS = 10_000;

/** Imports reports of scanners into a running platform, over the endpoints of the console. */
export const scanCommand: Command = {
  name: 'scan',
  summary: 'Imports vulnerability reports of scanners (recognised by content) into a running platform',
  usage:
    'import FILE|FOLDER… [--dry-run] [--complete] [--strict] [--unit PATH] [--asset ID] | undo ID… [--token TOKEN] [--url URL]',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'dry-run': { type: 'boolean', default: false },
        complete: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        unit: { type: 'string' },
        asset: { type: 'string' },
        ...PLATFORM_OPTIONS,
      },
    });
    const [verb, ...files] = positionals;
    if (verb === 'undo') return takeBack(files, values, io);
    const wrong = [
      ...(verb === 'import' ? [] : ['say what to do: tongan scan import FILE|FOLDER…, or tongan scan undo ID…']),
      ...(files.length > 0 ? [] : ['tongan scan import needs at least one file or folder']),
      ...files.filter((path) => !existsSync(path)).map((path) => `${path} does not exist`),
    ];
    const client = connect(values, 'vulnerability.import', wrong, io);
    if (client === undefined) return 2;
    const query = new URLSearchParams({ complete: String(values.complete), strict: String(values.strict) });
    if (values.unit !== undefined) query.set('unitPath', values.unit);
    if (values.asset !== undefined) query.set('assetId', values.asset);
    const paths = (await Promise.all(files.map(filesAt))).flat();
    let failed = 0;
    for (const path of paths) {
      try {
        await importOne(client, path, query, values['dry-run'], io);
      } catch (cause) {
        failed += 1;
        io.err(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
      }
    }
    if (paths.length > 1) io.out(`${paths.length - failed} of ${paths.length} file(s) taken`);
    return failed === 0 ? 0 : 1;
  },
};

/** The file itself, or all files in and below a folder by name; hidden ones are nobody's reports. */
async function filesAt(path: string): Promise<string[]> {
  if (!statSync(path).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const shown = entries
    .filter(({ name }) => !name.startsWith('.'))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  return (
    await Promise.all(
      shown.map((entry) => (entry.isDirectory() || entry.isFile() ? filesAt(join(path, entry.name)) : [])),
    )
  ).flat();
}

/** @throws Error when the platform refuses the file, or nothing in it could be read */
async function importOne(client: Client, path: string, query: URLSearchParams, dryRun: boolean, io: Io): Promise<void> {
  const { id } = Made.parse(await client.json('POST', `${IMPORTS}?${query}`, await uploadOf(path)));
  const preview = Shown.parse(await client.json('GET', `${IMPORTS}/${id}`));
  tell(path, preview, io);
  const { targets, suppress, problems } = preview.counts;
  if (dryRun || (targets + suppress === 0 && problems > 0)) {
    await client.json('POST', `${IMPORTS}/${id}/discard`);
    if (!dryRun) throw new Error('nothing in it could be read, so nothing was written');
    io.out('  nothing was written (--dry-run)');
    return;
  }
  await client.json('POST', `${IMPORTS}/${id}/apply`);
  await until(client, id, ['applying', 'applied'], (waitedS) => io.err(`${path}: being written for ${waitedS} s`));
  io.out(`  written; to take it back: tongan scan undo ${id}`);
}

/** Waits until an import leaves the first state for the second. @throws Error when it goes to another one */
async function until(
  client: Client,
  id: string,
  [during, wanted]: readonly [string, string],
  told: (waitedS: number) => void,
): Promise<Shown> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const shown = Shown.parse(await client.json('GET', `${IMPORTS}/${id}`));
    if (shown.state === wanted) return shown;
    if (shown.state !== during) throw new Error(`the platform did not do it: the import is now "${shown.state}"`);
    if (waitedMs > 0 && waitedMs % TOLD_EVERY_MS === 0) told(waitedMs / 1000);
    await delay(POLL_MS);
  }
}

const KEPT_SHOWN = 50;
const Kept = z.object({
  items: z.array(z.object({ issue: z.object({ title: z.string(), target: z.string() }), because: z.string() })),
  total: z.number(),
});
const BECAUSE: Readonly<Record<string, string>> = {
  decided: 'somebody decided about it since',
  ordered: 'an order speaks of it',
  later: 'another report says the same, and it goes by that one now',
  merged: 'its asset became another one',
};

/** `tongan scan undo`: takes written imports back and says what stayed, and why. Exit code 1 when one could not be or something stayed. */
async function takeBack(ids: readonly string[], values: Parameters<typeof connect>[0], io: Io): Promise<number> {
  const wrong =
    ids.length > 0 && ids.every((id) => ID.test(id)) ? [] : ['say which: tongan scan undo ID… (import says the id)'];
  const client = connect(values, 'vulnerability.import', wrong, io);
  if (client === undefined) return 2;
  let whole = true;
  for (const id of ids) {
    try {
      await client.json('POST', `${IMPORTS}/${id}/undo`);
      const told = (waitedS: number) => io.err(`${id}: being taken back for ${waitedS} s`);
      const { undoneIssues, keptIssues, ...seen } = await until(client, id, ['undoing', 'undone'], told);
      io.out(`${id}: ${undoneIssues} as if the report had not come, ${keptIssues} left as they are`);
      io.out(
        `  ${seen.undoneObservations} observation(s) and ${seen.undoneAssets} asset(s) taken back, ${seen.keptAssets} asset(s) kept`,
      );
      if (keptIssues === 0) continue;
      whole = false;
      const { items, total } = Kept.parse(await client.json('GET', `${IMPORTS}/${id}/kept?pageSize=${KEPT_SHOWN}`));
      for (const { issue, because } of items)
        io.out(`  ${issue.title} (${issue.target}): ${BECAUSE[because] ?? because}`);
      if (total > items.length) io.out(`  and ${total - items.length} more`);
    } catch (cause) {
      whole = false;
      io.err(`${id}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  return whole ? 0 : 1;
}

function tell(name: string, { tool, format, partial, counts, problems }: Shown, io: Io): void {
  const { create, update, same, reopen, close, kept, suppress, information, targets, inLedger } = counts;
  io.out(`${name}: ${tool} (${format}), ${targets} target(s), ${inLedger} in the ledger`);
  io.out(
    `  new ${create}, changed ${update}, same ${same}, reopened ${reopen}, closed ${close}, absent but kept ${kept}`,
  );
  if (information > 0)
    io.out(
      `  ${information} informational record(s) not kept as vulnerabilities, because they are no weakness; ` +
        'the services and software they name are',
    );
  if (suppress > 0) io.out(`  said not to be affected: ${suppress}`);
  if (partial && targets > 0)
    io.out('  the file does not prove that it is complete: what it lacks stays open (--complete says it is)');
  for (const { row, reason, detail } of problems.slice(0, PROBLEMS_SHOWN))
    io.err(`  record ${row}: ${reason} ${detail}`);
  if (counts.problems > PROBLEMS_SHOWN) io.err(`  ${counts.problems} records could not be read`);
}
