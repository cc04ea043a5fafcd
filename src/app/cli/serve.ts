import { loadConfig } from '#platform/config.ts';
import { openLog } from '#platform/log.ts';
import { buildConsole } from '../build-console.ts';
import { openApp } from '../server.ts';
import type { Command } from './command.ts';

/** Resolves when the process is asked to end (Ctrl-C, or a service manager's SIGTERM). */
export const askedToStop = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Runs the platform (npm start)',
  usage: '[--roles collect,detect,work,api]',
  async run(args, io) {
    const at = args.indexOf('--roles');
    const roles = at >= 0 ? (args[at + 1] ?? '').split(',') : undefined;
    const config = loadConfig(undefined, undefined, roles ? { roles } : {});
    const log = openLog(config.log.level);
    if (config.roles.includes('api')) await buildConsole((sentence) => io.err(sentence));
    const app = await openApp({ config, log, progress: (sentence) => io.err(sentence) });
    try {
      io.out(`Tong'an 统安 is ready at ${await app.start()}`);
      io.err(`${await askedToStop()}: finishing what is under way`);
    } finally {
      await app.stop();
    }
    return 0;
  },
};
