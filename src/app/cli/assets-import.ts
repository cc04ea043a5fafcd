import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Client, connect, forEach, PLATFORM_OPTIONS, uploadOf } from './client.ts';
import type { Io } from './command.ts';
import { pairsOf } from './words.ts';

const IMPORTS = '/api/assets/imports';
const ROWS_SHOWN = 10;
const POLL_MS = 500;

const Made = z.object({ id: z.uuid() });
const Shown = z.object({
  unit: z.object({ path: z.string(), name: z.string() }),
  state: z.string(),
  columns: z.array(z.object({ heading: z.string(), meaning: z.string() })),
  counts: z.object({
    create: z.number(),
    update: z.number(),
    same: z.number(),
    conflict: z.number(),
    skip: z.number(),
  }),
  rowCount: z.number(),
  appliedRows: z.number(),
  profile: z.string(),
});
type Shown = z.infer<typeof Shown>;
const Rows = z.object({
  items: z.array(
    z.object({
      number: z.number(),
      name: z.string(),
      changes: z.array(z.object({ field: z.string() })),
      reasons: z.array(z.object({ reason: z.string(), field: z.string(), detail: z.string() })),
    }),
  ),
});

interface Options {
  /** What columns mean, by their heading, where it is not what the platform takes them for. */
  readonly columns: ReadonlyMap<string, string>;
  /** The name under which what the columns mean is to be remembered. */
  readonly remember: string | undefined;
  /** What is said with the upload: whose assets they are, by which name the columns are known. */
  readonly upload: URLSearchParams;
  readonly dryRun: boolean;
  readonly strict: boolean;
}

/** `tongan assets import`: sheets, each as a preview that is told and then written. */
export async function importAssets(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      column: { type: 'string', multiple: true, default: [] },
      unit: { type: 'string' },
      profile: { type: 'string' },
      remember: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      ...PLATFORM_OPTIONS,
    },
  });
  const columns = pairsOf('--column', values.column, 'HEADING=MEANING, for example --column 负责人=responsiblePerson');
  const wrong = [
    ...(positionals.length > 0 ? [] : ['tongan assets import needs at least one sheet: an .xlsx, .xls or .csv file']),
    ...positionals.flatMap(wrongFile),
    ...columns.wrong,
    ...(values.remember !== undefined && values['dry-run']
      ? ['--remember keeps what the columns mean and --dry-run writes nothing: give one of them']
      : []),
  ];
  const client = connect(values, 'asset.import', wrong, io);
  if (client === undefined) return 2;
  const options = {
    columns: columns.pairs,
    remember: values.remember,
    upload: new URLSearchParams({
      ...(values.unit === undefined ? {} : { unit: values.unit }),
      ...(values.profile === undefined ? {} : { profile: values.profile }),
    }),
    dryRun: values['dry-run'],
    strict: values.strict,
  };
  return forEach(positionals, io, (path) => importOne(client, path, options, io));
}

function wrongFile(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [`${path} does not exist`];
  return found.isFile() ? [] : [`${path} is no file: name the sheets in it one by one`];
}

/** @returns false when rows cannot be written and the call asks for all or nothing, or no row can be */
async function importOne(client: Client, path: string, options: Options, io: Io): Promise<boolean> {
  const { id } = Made.parse(await client.json('POST', `${IMPORTS}?${options.upload}`, await uploadOf(path)));
  const discard = () => client.json('POST', `${IMPORTS}/${id}/discard`);
  let expected: number;
  try {
    const preview = await previewed(client, id, options.columns);
    await tell(client, id, path, preview, io);
    const said = unwritten(preview.counts, options);
    if (options.remember !== undefined && said?.well !== false)
      await client.json('POST', `${IMPORTS}/${id}/profile`, { name: options.remember });
    if (said !== undefined) {
      await discard();
      (said.well ? io.out : io.err)(`  ${said.text}`);
      return said.well;
    }
    expected = preview.counts.create + preview.counts.update;
  } catch (cause) {
    // What stopped this is to be told, not that the preview may be gone as well.
    await discard().catch(() => undefined);
    throw cause;
  }
  await client.json('POST', `${IMPORTS}/${id}/apply`, { whole: options.strict });
  const written = await untilApplied(client, id, path, io);
  io.out(`  ${written} row(s) written; the console can take the import back`);
  if (written < expected)
    io.err(
      `  ${expected - written} row(s) no longer fit the ledger when they were to be written: see the import in the console`,
    );
  return written >= expected;
}

/** Why a preview is thrown away, and whether that is as it should be; undefined when it is to be written. */
function unwritten(counts: Shown['counts'], { dryRun, strict }: Options): { well: boolean; text: string } | undefined {
  const left = counts.conflict + counts.skip;
  const good = counts.create + counts.update;
  if (strict && left > 0)
    return { well: false, text: `nothing was written: ${left} row(s) cannot be, and --strict asks for all or nothing` };
  if (good + counts.same === 0) return { well: false, text: 'nothing was written: no row can be; mend the rows above' };
  if (dryRun) return { well: true, text: 'nothing was written (--dry-run)' };
  return good === 0 ? { well: true, text: 'nothing changes: the ledger says the same already' } : undefined;
}

async function previewed(client: Client, id: string, columns: Options['columns']): Promise<Shown> {
  const first = Shown.parse(await client.json('GET', `${IMPORTS}/${id}`));
  if (columns.size === 0) return first;
  const missing = [...columns.keys()].find((name) => !first.columns.some(({ heading }) => heading === name));
  if (missing !== undefined) {
    const headings = first.columns.map(({ heading }) => heading).join(', ');
    throw new Error(`--column: the sheet has no heading "${missing}"; it has ${headings}`);
  }
  const mapping = first.columns.map(({ heading, meaning }) => columns.get(heading) ?? meaning);
  return Shown.parse(await client.json('PUT', `${IMPORTS}/${id}/mapping`, { mapping }));
}

async function untilApplied(client: Client, id: string, path: string, io: Io): Promise<number> {
  for (let told = 0; ; ) {
    const { state, appliedRows, rowCount } = Shown.parse(await client.json('GET', `${IMPORTS}/${id}`));
    if (state === 'applied') return appliedRows;
    if (state !== 'applying') throw new Error(`the platform did not write it: the import is now "${state}"`);
    if (appliedRows > told) io.err(`${path}: ${appliedRows} of ${rowCount} row(s) written`);
    told = appliedRows;
    await delay(POLL_MS);
  }
}

async function tell(client: Client, id: string, path: string, shown: Shown, io: Io): Promise<void> {
  const { counts, columns, profile, unit } = shown;
  io.out(
    `${path}: ${shown.rowCount} row(s) for ${unit.name || unit.path}: new ${counts.create}, changed ${counts.update}, ` +
      `same ${counts.same}, conflicts ${counts.conflict}, left out ${counts.skip}`,
  );
  if (profile !== '') io.err(`  columns as remembered under "${profile}"`);
  const unread = columns.filter(({ heading, meaning }) => heading !== '' && meaning === '');
  if (unread.length > 0)
    io.err(`  columns without a meaning, not read: ${unread.map(({ heading }) => heading).join(', ')} (--column)`);
  for (const [verdict, word, write] of [
    ['create', 'new', io.out],
    ['update', 'changed', io.out],
    ['conflict', 'conflict', io.err],
    ['skip', 'left out', io.err],
  ] as const) {
    if (counts[verdict] === 0) continue;
    const asked = `verdict=${verdict}&pageSize=${ROWS_SHOWN}`;
    const { items } = Rows.parse(await client.json('GET', `${IMPORTS}/${id}/rows?${asked}`));
    for (const { number, name, changes, reasons } of items) {
      const fields = verdict === 'update' ? [changes.map(({ field }) => field).join(', ')] : [];
      const why = reasons.map(({ reason, field, detail }) => [reason, field, detail].filter(Boolean).join(' '));
      write(`  row ${number}: ${[`${word} ${name}`.trim(), ...fields, ...why].join('; ')}`);
    }
    if (counts[verdict] > items.length) write(`  … and ${counts[verdict] - items.length} more: ${word}`);
  }
}
