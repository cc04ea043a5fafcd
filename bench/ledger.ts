import { parseArgs } from 'node:util';
import { appendEntries } from '#domain/journal/index.ts';
import { ledgerSlice, loadAssetIndex, type ObservationInput, observe } from '#domain/ledger/index.ts';
import { openTestPlatform, type TestPlatform } from '../test/support/stores.ts';
import { measureConsole } from './ledger/console.ts';
import { openFilled } from './ledger/database.ts';
import { enrichment } from './ledger/enrich.ts';
import { fillLedger } from './ledger/fill.ts';
import { startPostgresServer } from './ledger/postgres-server.ts';
import { observationsOf } from './ledger/region.ts';

/** Machines whose observations are taken in at a time, as from an export. */
const BATCH = 2000;
const DAY_MS = 86_400_000;

const rate = (count: number, ms: number): number => Math.round(count / (ms / 1000));

/** The same a day later. */
const later = (seen: ObservationInput): ObservationInput => ({ ...seen, seenAt: new Date(+seen.seenAt + DAY_MS) });

/**
 * What a ledger of `--assets`, each seen by five sources, takes: console and sheet of `--rows`, then how many observations a
 * second are resolved of `--added` more machines that five sources see, and are seen again a day later; then how many
 * questions of events a second the index of the ledger answers on one core, beside Node's BlockList with the same ranges.
 * On a PostgreSQL server where one is installed, else embedded and with fewer.
 *
 * `--part console | resolve` does one of the two. `--keep FOLDER` keeps the server's data, and a second run measures a copy of
 * what the first one filled.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      assets: { type: 'string' },
      embedded: { type: 'boolean', default: false },
      rows: { type: 'string', default: '200000' },
      part: { type: 'string', default: 'all' },
      added: { type: 'string', default: '20000' },
      keep: { type: 'string' },
    },
  });
  if (!['all', 'console', 'resolve'].includes(values.part)) throw new Error('--part: all, console or resolve');
  const server = values.embedded ? undefined : await startPostgresServer(values.keep);
  const machines = Number(values.assets ?? (server === undefined ? '10000' : '1000000'));
  try {
    let platform: TestPlatform;
    if (server === undefined) {
      platform = await openTestPlatform({ jobs: ledgerSlice.jobs ?? [], append: appendEntries });
      await fillLedger(platform, machines);
    } else platform = await openFilled(server, machines, values.keep !== undefined);
    try {
      const figures = {
        store: server === undefined ? 'embedded' : 'server',
        ...(values.part === 'resolve' ? {} : await measureConsole(platform, machines, Number(values.rows))),
        ...(values.part === 'console' ? {} : await measureResolving(platform, machines, Number(values.added))),
      };
      process.stdout.write(`${JSON.stringify(figures)}\n`);
    } finally {
      await platform.close();
    }
  } finally {
    await server?.stop();
  }
}

async function measureResolving(platform: TestPlatform, machines: number, added: number) {
  let observed = 0;
  let resolved = 0;
  let resolveMs = 0;
  let againMs = 0;
  for (let from = 0; from < added; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, added - from) }, (_, at) => observationsOf(from + at)).flat();
    const start = performance.now();
    const places = await observe(platform.system, batch);
    const middle = performance.now();
    await observe(platform.system, batch.map(later));
    resolveMs += middle - start;
    againMs += performance.now() - middle;
    observed += batch.length;
    resolved += places.filter(({ state }) => state !== 'unresolved').length;
  }
  return {
    observations: observed,
    resolved,
    resolvePerSecond: rate(observed, resolveMs),
    seenAgainPerSecond: rate(observed, againMs),
    ...(await enrichment(() => loadAssetIndex(platform.system), machines)),
  };
}
