import { buildConsole } from '../src/app/build-console.ts';

await buildConsole((sentence) => process.stdout.write(`${sentence}\n`));
