import { ROOT, run } from './run.ts';

/** Everything that holds the project's rules, in the order of what breaks most often. */
const STEPS: readonly { title: string; program: string; args: readonly string[] }[] = [
  { title: 'types of the server', program: 'tsc', args: ['-p', '.'] },
  { title: 'types of the console', program: 'tsc', args: ['-p', 'web'] },
  { title: 'format and lint', program: 'biome', args: ['ci', '--error-on-warnings', '.'] },
  { title: 'architecture, size, ratchet', program: 'node', args: ['--test', 'test/architecture.test.ts'] },
  { title: 'unused files, exports, packages', program: 'knip', args: [] },
  { title: 'generated files are up to date', program: 'node', args: ['tools/gen.ts', '--check'] },
];

const failed: string[] = [];
for (const { title, program, args } of STEPS) {
  process.stdout.write(`\n— ${title}\n`);
  if ((await run(program, args, ROOT)) !== 0) failed.push(title);
}
process.stdout.write(failed.length === 0 ? '\ncheck: all in order\n' : `\ncheck: ${failed.join('; ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
