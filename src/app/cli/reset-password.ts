import { parseArgs } from 'node:util';
import { resetPasswordOf } from '#domain/identity/index.ts';
import { loadConfig } from '#platform/config.ts';
import { openLog } from '#platform/log.ts';
import { openApp } from '../server.ts';
import type { Command } from './command.ts';

/** No administrator resets the password of another one in the console; whoever runs the server can. */
export const resetPasswordCommand: Command = {
  name: 'reset-password',
  summary: 'Gives an account a new first password and takes its one-time codes away; stop the platform before',
  usage: 'ACCOUNT',
  async run(args, io) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const [login] = positionals;
    if (login === undefined || positionals.length > 1) {
      io.err('name one account: tongan reset-password ACCOUNT');
      return 2;
    }
    const app = await openApp({
      config: loadConfig(),
      log: openLog('error'),
      progress: (sentence) => io.err(sentence),
    });
    try {
      const password = await resetPasswordOf(app.system, login);
      io.out(password);
      io.err('This is the first password: it must be changed at the next sign-in. All sessions of the account ended.');
      return 0;
    } finally {
      await app.stop();
    }
  },
};
