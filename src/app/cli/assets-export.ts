import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parseArgs } from 'node:util';
import { ASSET_FILTERS } from '#domain/ledger/index.ts';
import { connect, PLATFORM_OPTIONS } from './client.ts';
import type { Io } from './command.ts';
import { pairsOf } from './words.ts';

const FORMATS = ['xlsx', 'csv'];

/** `tongan assets export`: the assets that fit, as a sheet that the import takes. */
export async function exportAssets(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      q: { type: 'string' },
      filter: { type: 'string', multiple: true, default: [] },
      format: { type: 'string' },
      output: { type: 'string' },
      ...PLATFORM_OPTIONS,
    },
  });
  const { output } = values;
  const filters = pairsOf('--filter', values.filter, 'KEY=VALUE, for example --filter class=host');
  const format = values.format ?? (output === undefined ? 'csv' : extname(output).slice(1).toLowerCase());
  const wrong = [
    ...filters.wrong,
    // The platform takes no notice of a filter it does not know: the sheet would hold more than was asked for.
    ...[...filters.pairs.keys()]
      .filter((key) => !ASSET_FILTERS.includes(key))
      .map((key) => `--filter: there is no "${key}"; there are ${ASSET_FILTERS.join(', ')}`),
    ...(values.q !== undefined && filters.pairs.has('text') ? ['--q and --filter text= are the same: give one'] : []),
    ...(FORMATS.includes(format) ? [] : ['--output must end in .xlsx or .csv, or --format must say which it is']),
    ...(format === 'xlsx' && output === undefined ? ['a workbook goes to a file: --output FILE'] : []),
  ];
  const client = connect(values, 'asset.read', wrong, io);
  if (client === undefined) return 2;
  const query = new URLSearchParams({ ...Object.fromEntries(filters.pairs), format });
  if (values.q !== undefined) query.set('text', values.q);
  const sheet = Buffer.from(await (await client.send('GET', `/api/assets/export?${query}`)).arrayBuffer());
  if (output === undefined) {
    io.out(sheet.toString('utf8').replace(/\r?\n$/, ''));
    return 0;
  }
  try {
    await writeFile(output, sheet);
  } catch (cause) {
    throw new Error(
      `--output: ${output} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
  io.err(`${output}: ${sheet.length} bytes`);
  return 0;
}
