import { ConfigError } from '#platform/config.ts';
import { advisoriesCommand } from './cli/advisories.ts';
import { apiCommand } from './cli/api.ts';
import { assetsCommand } from './cli/assets.ts';
import { backupCommand } from './cli/backup.ts';
import { campaignsCommand } from './cli/campaigns.ts';
import type { Command, Io } from './cli/command.ts';
import { demoCommand } from './cli/demo.ts';
import { detectCommand } from './cli/detect.ts';
import { doctorCommand } from './cli/doctor.ts';
import { importCommand } from './cli/import.ts';
import { resetPasswordCommand } from './cli/reset-password.ts';
import { restoreCommand } from './cli/restore.ts';
import { rulesCommand } from './cli/rules.ts';
import { scanCommand } from './cli/scan.ts';
import { searchCommand } from './cli/search.ts';
import { serveCommand } from './cli/serve.ts';
import { verifyCommand } from './cli/verify.ts';

const COMMANDS: readonly Command[] = [
  serveCommand,
  demoCommand,
  importCommand,
  searchCommand,
  scanCommand,
  assetsCommand,
  campaignsCommand,
  advisoriesCommand,
  apiCommand,
  detectCommand,
  rulesCommand,
  doctorCommand,
  backupCommand,
  restoreCommand,
  verifyCommand,
  resetPasswordCommand,
];

// What reads our output may have seen enough (`… | head`): that is its right, and no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const io: Io = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
};

const describe = ({ name, usage, summary }: Command): string => `  tongan ${name} ${usage}\n      ${summary}`;

function help(): void {
  io.out("tongan — Tong'an 统安, one platform for the security operation of a digital government\n");
  for (const command of COMMANDS) io.out(describe(command));
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command && rest.some((word) => word === '--help' || word === '-h')) {
    io.out(describe(command));
    for (const [verb, usage] of Object.entries(command.verbs ?? {}))
      io.out(`  tongan ${command.name} ${verb} ${usage}`);
    return 0;
  }
  if (command) return command.run(rest, io);
  help();
  if (name === undefined || name === 'help' || name === '--help') return 0;
  io.err(`\n"${name}" is not a command`);
  return 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (cause) {
  io.err(cause instanceof Error ? cause.message : String(cause));
  process.exitCode = cause instanceof ConfigError ? 2 : 1;
}
