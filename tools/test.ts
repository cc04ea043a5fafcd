import { join } from 'node:path';
import { embeddedTests } from './embedded-tests.ts';
import { ROOT, run } from './run.ts';

/**
 * `npm test`: the rules, then every test. `npm test -- PATH…` runs only those test files, `npm test -- --embedded` those that
 * are worth a run on the embedded database after all were run on the server of `TONGAN_TEST_POSTGRES`.
 * The console is built first, because the journeys open it.
 */
const chosen = process.argv.slice(2);
const all = ['src/**/*.test.ts', 'content/**/*.test.ts', 'test/**/*.test.ts', 'test/**/*.spec.ts'];
const SECONDS_MAX = 300;
const tests = ['--test', '--test-concurrency=2', `--test-timeout=${SECONDS_MAX * 1000}`];

// Each test file is a process that loads much of the platform: what was compiled once is read by the others.
process.env.NODE_COMPILE_CACHE ??= join(ROOT, '.cache/compiled');

async function main(): Promise<number> {
  if (chosen[0] === '--embedded') {
    delete process.env.TONGAN_TEST_POSTGRES;
    return run('node', [...tests, ...embeddedTests()]);
  }
  if (chosen.length > 0) return run('node', [...tests, ...chosen]);
  const checked = await run('node', ['tools/check.ts']);
  if (checked !== 0) return checked;
  const built = await run('node', ['tools/build-console.ts']);
  if (built !== 0) return built;
  return run('node', [...tests, ...all]);
}

process.exitCode = await main();
