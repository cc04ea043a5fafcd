import { databaseTests } from './database-tests.ts';
import { run } from './run.ts';

/**
 * `npm test`: the rules, then every test. `npm test -- PATH…` runs only those test files, `npm test -- --database` those that
 * use the server of `TONGAN_TEST_POSTGRES`.
 * The console is built first, because the journeys open it.
 */
const chosen = process.argv.slice(2);
const all = ['src/**/*.test.ts', 'content/**/*.test.ts', 'test/**/*.test.ts', 'test/**/*.spec.ts'];
const SECONDS_MAX = 300;
const tests = ['--test', '--test-concurrency=2', `--test-timeout=${SECONDS_MAX * 1000}`];

async function main(): Promise<number> {
  if (chosen[0] === '--database') return run('node', [...tests, ...databaseTests()]);
  if (chosen.length > 0) return run('node', [...tests, ...chosen]);
  const checked = await run('node', ['tools/check.ts']);
  if (checked !== 0) return checked;
  const built = await run('node', ['tools/build-console.ts']);
  if (built !== 0) return built;
  return run('node', [...tests, ...all]);
}

process.exitCode = await main();
