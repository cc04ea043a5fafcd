import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Config, ConfigError, loadConfig } from '#platform/config.ts';
import { openEventStore } from '#platform/eventstore/open.ts';
import { lockHolder, takeLock } from '#platform/lock.ts';
import { openPostgres } from '#platform/postgres/open.ts';
import { attempt, type Finding, fail, ok } from '../doctor/finding.ts';
import { checkClock, checkConsole, checkDataFolder, checkNode, checkPorts } from '../doctor/machine.ts';
import { checkQueue } from '../doctor/queue.ts';
import {
  checkEventStore,
  checkJournal,
  checkMigrations,
  checkRecordStore,
  checkRetention,
  checkRetentionClock,
  checkSigningKey,
} from '../doctor/stores.ts';
import type { Command, Io } from './command.ts';

const MARK: Readonly<Record<Finding['state'], string>> = { ok: '  ok ', warn: 'WARN ', fail: 'FAIL ' };
const ANSWER_MS_MAX = 10_000;

/** Says what is wrong with an installation and how to mend it, whether the platform runs or not. */
export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Says what is wrong with this installation and how to mend it',
  usage: '[--token TOKEN]',
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { token: { type: 'string' } } });
    const findings = [checkNode(process.version), checkClock(new Date()), checkConsole()];
    try {
      const config = loadConfig();
      findings.push(ok('configuration', 'the configuration has no faults'));
      findings.push(...(await examine(config, values.token)));
    } catch (cause) {
      if (!(cause instanceof ConfigError)) throw cause;
      const mend = 'correct the setting in the configuration file or the variable; nothing else was looked at';
      findings.push(...cause.faults.map((fault) => fail('configuration', fault, mend)));
    }
    return tell(findings, io);
  },
};

/** @returns the exit code: 1 when something failed */
function tell(findings: readonly Finding[], io: Io): number {
  for (const { check, state, sentence, mend } of findings) {
    io.out(`${MARK[state]} ${check.padEnd(14)} ${sentence}`);
    if (state !== 'ok' && mend) io.out(`${' '.repeat(21)}→ ${mend}`);
  }
  const failed = findings.filter((finding) => finding.state === 'fail').length;
  const warned = findings.filter((finding) => finding.state === 'warn').length;
  io.out(failed + warned === 0 ? 'Nothing is wrong.' : `${failed} failed, ${warned} to look at.`);
  return failed > 0 ? 1 : 0;
}

async function examine(config: Config, token: string | undefined): Promise<readonly Finding[]> {
  const holder = lockHolder(config.dataDir);
  const found: (readonly Finding[])[] = [
    await attempt('data-folder', 'look at the folder by hand', () => checkDataFolder(config)),
  ];
  if (holder === undefined) {
    found.push([ok('process', 'no process serves from the data folder')], await checkPorts(config));
  } else {
    found.push([ok('process', `process ${holder} serves from the data folder`)], await askServing(config, token));
  }
  if (config.nats.servers.length > 0) {
    found.push(
      await attempt('queue', 'start the servers or mend TONGAN_NATS_SERVERS', () => checkQueue(config, new Date())),
    );
  }
  found.push(await attempt('signing-key', 'chmod 600, or restore from a backup', () => checkSigningKey(config)));
  // An embedded store belongs to the process that serves: it has answered for it.
  if (config.postgres.url !== undefined || holder === undefined) found.push(await examineRecords(config));
  if (config.clickhouse.url !== undefined || holder === undefined) found.push(await examineEvents(config));
  return found.flat();
}

async function examineRecords(config: Config): Promise<readonly Finding[]> {
  const { url } = config.postgres;
  const path = join(config.dataDir, 'postgres');
  if (url === undefined && !existsSync(path)) {
    return [ok('record-store', 'the embedded record store does not exist yet: the first start makes it')];
  }
  const mend =
    url === undefined ? 'restore the data folder from a backup' : 'start the server or mend TONGAN_POSTGRES_URL';
  return attempt('record-store', mend, async () => {
    const unlock = url === undefined ? takeLock(config.dataDir) : () => undefined;
    try {
      const postgres = await openPostgres(url === undefined ? { kind: 'embedded', path } : { kind: 'server', url });
      try {
        const migrations = await checkMigrations(postgres);
        if (migrations.state !== 'ok') return [migrations];
        const retention = [...(await checkRetention(postgres)), await checkRetentionClock(postgres, new Date())];
        return [migrations, ...(await checkRecordStore(postgres)), ...retention, await checkJournal(config, postgres)];
      } finally {
        await postgres.close();
      }
    } finally {
      unlock();
    }
  });
}

async function examineEvents(config: Config): Promise<readonly Finding[]> {
  const { url, user, password = '', database, cluster } = config.clickhouse;
  const path = join(config.dataDir, 'events');
  if (url === undefined && !existsSync(path)) {
    return [ok('event-store', 'the embedded event store does not exist yet: the first start makes it')];
  }
  const mend = url === undefined ? 'restore the data folder from a backup' : 'mend TONGAN_CLICKHOUSE_URL and its user';
  return attempt('event-store', mend, async () => {
    const unlock = url === undefined ? takeLock(config.dataDir) : () => undefined;
    const events = openEventStore(
      url === undefined ? { kind: 'embedded', path } : { kind: 'server', url, user, password, database, cluster },
    );
    try {
      return await checkEventStore(events);
    } finally {
      await events.close();
      unlock();
    }
  });
}

const HealthAnswer = z.object({
  version: z.string(),
  checks: z.array(
    z.object({
      check: z.string(),
      state: z.enum(['ok', 'warn', 'fail']),
      sentence: z.string().optional(),
      mend: z.string().optional(),
    }),
  ),
});

/** What the running platform says of itself. */
async function askServing(config: Config, token: string | undefined): Promise<readonly Finding[]> {
  const host = config.http.host === '0.0.0.0' ? '127.0.0.1' : config.http.host;
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${config.http.port}/api/health`;
  const mend = 'look at its log; if it hangs, stop it (kill) and start it again: nothing accepted is lost';
  return attempt('platform', mend, async () => {
    const answer = await fetch(address, {
      headers: token ? { authorization: `Bearer ${token}` } : {},
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    if (!answer.ok) return fail('platform', `${address} answers ${answer.status}`, mend);
    const { version, checks } = HealthAnswer.parse(await answer.json());
    const hint = 'run it with --token of a system administrator for the reason, or look at the log';
    return [
      ok('platform', `it answers at ${address}, version ${version}`),
      ...checks.map(({ check, state, sentence, mend = hint }): Finding => {
        const words = sentence ?? (state === 'ok' ? 'in order' : 'not in order');
        return state === 'ok' ? ok(check, words) : { check, state, sentence: words, mend };
      }),
      ok(
        'journal',
        'to verify it while serving: in the console (审计日志 → 立即核验), or an export by "tongan verify"',
      ),
    ];
  });
}
