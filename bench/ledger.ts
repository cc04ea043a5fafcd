import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { ledgerSlice, loadAssetIndex, observe } from '#domain/ledger/index.ts';
import { openTestPlatform } from '../test/support/stores.ts';
import { fillLedger, measureConsole } from './ledger/console.ts';
import { enrichment } from './ledger/enrich.ts';
import { startPostgresServer } from './ledger/postgres-server.ts';
import { observationsOf } from './ledger/region.ts';

/** Machines whose observations are taken in at a time, as from an export. */
const BATCH = 2000;

const rate = (count: number, ms: number): number => Math.round(count / (ms / 1000));

/**
 * How many observations a second are resolved: five sources see each machine; then everything is seen again. Then how
 * many questions of events a second the index of the ledger answers on one core, beside Node's BlockList with the same
 * ranges in the same run. On a PostgreSQL server where one is installed, else embedded and with fewer.
 *
 * `--assets` of a ledger that is there before, each seen by five sources; `--added` machines are resolved on top of it.
 * `--pause` waits for Enter once it is there, so that a shared machine can be made quiet.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      assets: { type: 'string' },
      embedded: { type: 'boolean', default: false },
      rows: { type: 'string', default: '200000' },
      part: { type: 'string', default: 'all' },
      added: { type: 'string' },
      pause: { type: 'boolean', default: false },
    },
  });
  const server = values.embedded ? undefined : await startPostgresServer();
  if (server !== undefined) process.env.TONGAN_TEST_POSTGRES = server.url;
  const machines = Number(values.assets ?? (server === undefined ? '10000' : '1000000'));
  const platform = await openTestPlatform({ jobs: ledgerSlice.jobs ?? [] });
  try {
    const isFilled = values.part !== 'resolve' || values.added !== undefined;
    const start = performance.now();
    if (isFilled) await fillLedger(platform, machines);
    if (values.pause) {
      process.stdout.write(
        `filled in ${Math.round((performance.now() - start) / 1000)} s; Enter begins the measurement\n`,
      );
      await once(process.stdin, 'data');
      process.stdin.destroy();
    }
    if (values.part !== 'resolve') {
      const figures = await measureConsole(platform, machines, Number(values.rows));
      process.stdout.write(`${JSON.stringify({ store: server === undefined ? 'embedded' : 'server', ...figures })}\n`);
      if (values.part === 'console') return;
    }
    let observed = 0;
    let resolved = 0;
    let resolveMs = 0;
    let againMs = 0;
    const added = Number(values.added ?? machines);
    for (let from = 0; from < added; from += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, added - from) }, (_, at) => observationsOf(from + at)).flat();
      const start = performance.now();
      const places = await observe(platform.system, batch);
      const middle = performance.now();
      await observe(platform.system, batch);
      resolveMs += middle - start;
      againMs += performance.now() - middle;
      observed += batch.length;
      resolved += places.filter(({ state }) => state !== 'unresolved').length;
    }
    const figures = {
      store: server === undefined ? 'embedded' : 'server',
      observations: observed,
      resolved,
      resolvePerSecond: rate(observed, resolveMs),
      seenAgainPerSecond: rate(observed, againMs),
      ...(await enrichment(() => loadAssetIndex(platform.system), machines)),
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  } finally {
    await platform.close();
    await server?.stop();
  }
}
