import { extname } from 'node:path';
import { parseArgs } from 'node:util';
import { connect, PLATFORM_OPTIONS, saveAnswer } from './client.ts';
import type { Io } from './command.ts';
import { pairsOf } from './words.ts';

const FORMATS = ['xlsx', 'csv', 'ndjson'];

/** A list of the platform that goes out as a file. */
interface Exporting {
  /** Of the export: `/api/assets/export`. */
  readonly path: string;
  readonly permission: string;
  /** Names of the filters that the list takes. */
  readonly filters: readonly string[];
  /** A filter with the value that shows how it is written. */
  readonly example: string;
  /** The filter that a word without an option is, where there is one. */
  readonly only?: string;
}

/** What runs an export: what fits, as a sheet or lines of JSON, to a file or to standard output. */
export const exporting =
  ({ path, permission, filters: known, example, only }: Exporting) =>
  async (args: readonly string[], io: Io): Promise<number> => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: only !== undefined,
      options: {
        q: { type: 'string' },
        filter: { type: 'string', multiple: true, default: [] },
        format: { type: 'string' },
        output: { type: 'string' },
        ...PLATFORM_OPTIONS,
      },
    });
    const { output } = values;
    const filters = pairsOf('--filter', values.filter, `KEY=VALUE, for example --filter ${example}`);
    const format = values.format ?? (output === undefined ? 'csv' : extname(output).slice(1).toLowerCase());
    const [chosen, ...more] = positionals;
    const wrong = [
      ...filters.wrong,
      // The platform takes no notice of a filter it does not know: the sheet would hold more than was asked for.
      ...[...filters.pairs.keys()]
        .filter((key) => !known.includes(key))
        .map((key) => `--filter: there is no "${key}"; there are ${known.join(', ')}`),
      ...(values.q !== undefined && !known.includes('text') ? ['--q: this list is not searched by a text'] : []),
      ...(values.q !== undefined && filters.pairs.has('text') ? ['--q and --filter text= are the same: give one'] : []),
      ...(more.length === 0 ? [] : ['one of them at a time']),
      ...(FORMATS.includes(format)
        ? []
        : ['--output must end in .xlsx, .csv or .ndjson, or --format must say which it is']),
      ...(format === 'xlsx' && output === undefined ? ['a workbook goes to a file: --output FILE'] : []),
    ];
    const client = connect(values, permission, wrong, io);
    if (client === undefined) return 2;
    const query = new URLSearchParams({ ...Object.fromEntries(filters.pairs), format });
    if (values.q !== undefined) query.set('text', values.q);
    if (only !== undefined && chosen !== undefined) query.set(only, chosen);
    const { body } = await client.send('GET', `${path}?${query}`);
    if (body === null) throw new Error('the platform answered with nothing');
    if (output === undefined) {
      // Not as text: that would lose the byte order mark.
      io.out(
        Buffer.from(await new Response(body).arrayBuffer())
          .toString('utf8')
          .replace(/\r?\n$/, ''),
      );
      return 0;
    }
    await saveAnswer(body, output, io);
    return 0;
  };
