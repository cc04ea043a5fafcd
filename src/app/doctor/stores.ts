import { installationKey, keyFile, oldestUnsignedAt, verifyDatabase } from '#domain/journal/index.ts';
import { doubtedClock, rulesBelowLegalMinimum } from '#domain/telemetry/index.ts';
import { systemClock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import type { EventStore } from '#platform/eventstore/open.ts';
import { clockAheadSeconds, inspectSecurity } from '#platform/postgres/inspect.ts';
import { POSTGRES_MIGRATIONS, pendingMigrations, readMigrations } from '#platform/postgres/migrate.ts';
import type { Postgres } from '#platform/postgres/open.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const CLOCK_AHEAD_MAX_SECONDS = 5;
/** The platform signs every quarter of a minute: what is older has been refused or nobody signs. */
const UNSIGNED_MS_MAX = 120_000;

const EVERYTHING = { path: '/', side: 'centre' } as const;

/** Whether the tables are those of this version. Not while the platform runs: it has seen to that at its start. */
export async function checkMigrations(postgres: Postgres): Promise<Finding> {
  const pending = await pendingMigrations(postgres, readMigrations(POSTGRES_MIGRATIONS));
  if (pending.length === 0) return ok('record-store', 'the record store answers and its tables are up to date');
  const sentence = `${pending.length} migration(s) of the record store are to come`;
  return warn('record-store', sentence, 'the next start runs them');
}

/** Row-level security of the record store, and whether its server and this machine agree on the time. */
export const checkRecordStore = (postgres: Postgres): Promise<readonly Finding[]> =>
  postgres.transaction(EVERYTHING, 'read only', async (db) => {
    const problems = await inspectSecurity(db);
    const mend = 'somebody changed the database by hand: put back what the files in migrations/postgres say';
    const findings = problems.map((problem) => fail('row-security', problem, mend));
    if (problems.length === 0) {
      findings.push(ok('row-security', 'row-level security is forced on every table, and the application owns none'));
    }
    if (postgres.kind === 'server') findings.push(serverClock(await clockAheadSeconds(db)));
    return findings;
  });

function serverClock(aheadSeconds: number): Finding {
  const sentence = `this machine's clock is ${aheadSeconds.toFixed(1)} s ahead of the database server's`;
  if (Math.abs(aheadSeconds) <= CLOCK_AHEAD_MAX_SECONDS) return ok('clock', sentence);
  return fail('clock', sentence, 'keep both machines right by NTP');
}

/** Whether the event store answers. Opening it has brought its tables up to date. */
export async function checkEventStore(events: Pick<EventStore, 'ping'>): Promise<Finding> {
  if (await events.ping()) return ok('event-store', 'the event store answers');
  return fail('event-store', 'the event store does not answer', 'start the server or mend TONGAN_CLICKHOUSE_URL');
}

/** Whether somewhere events are kept for less than the law asks for. */
export const checkRetention = (postgres: Postgres): Promise<readonly Finding[]> =>
  postgres.transaction(EVERYTHING, 'read only', async (db) => {
    const short = await rulesBelowLegalMinimum(db);
    if (short.length === 0) return [ok('retention', 'no rule keeps events for less than the legal minimum')];
    const mend = 'set at least the legal minimum under Retention, unless the reason still holds';
    return short.map(({ unitPath, kind, days, overrideReason }) => {
      const what = kind === '' ? 'events' : `events of ${kind}`;
      return warn('retention', `${what} of ${unitPath} are kept for ${days} days only: ${overrideReason}`, mend);
    });
  });

/** Whether deletion goes by the clock. */
export const checkRetentionClock = (postgres: Postgres, now: Date): Promise<Finding> =>
  postgres.transaction(EVERYTHING, 'read only', async (db) => {
    const doubted = await doubtedClock(db, now);
    if (doubted === undefined) return ok('retention-clock', 'deletion goes by the clock');
    const { clockAt, trustedAt } = doubted;
    const sentence = `the clock says ${clockAt.toISOString()}, deletion has got to ${trustedAt.toISOString()} only and goes on from there`;
    const mend = 'correct the clock; if the platform was really off for so long, confirm it under Retention';
    return warn('retention-clock', sentence, mend);
  });

/** The key that signs the journal's checkpoints. */
export async function checkSigningKey(config: Config): Promise<Finding> {
  const file = keyFile(config);
  if (await installationKey(config)) return ok('signing-key', `${file} is there and belongs to this user alone`);
  const mend = 'the first start makes it; if this installation ran before, bring it back from the backup of the folder';
  return warn('signing-key', `${file} is not there`, mend);
}

/** Whether new entries get their checkpoints, while the platform runs. */
export async function checkSigning(postgres: Postgres, now: Date): Promise<Finding> {
  const since = await postgres.transaction(EVERYTHING, 'read only', oldestUnsignedAt);
  if (since === undefined || now.getTime() - since.getTime() <= UNSIGNED_MS_MAX) {
    return ok('journal', 'the journal is signed as it grows');
  }
  const mend =
    'look for "the journal was not signed" in the log: a process with the role "work" must run, and the database must ' +
    'be the one that was signed before';
  return fail('journal', `the journal is not signed since ${since.toISOString()}`, mend);
}

/** Recomputes the whole journal. */
export async function checkJournal(config: Config, postgres: Postgres): Promise<Finding> {
  const report = await verifyDatabase({
    config,
    clock: systemClock,
    scope: EVERYTHING,
    read: (fn) => postgres.transaction(EVERYTHING, 'read only', fn),
  });
  if (report.fault === null) {
    return ok('journal', `all ${report.size} entries fit, ${report.signedSize} are covered by signed checkpoints`);
  }
  const mend = 'keep this database as evidence, find out who changed it, and restore a backup that verifies';
  return fail('journal', report.fault.message, mend);
}
