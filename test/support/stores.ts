import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Caller, contextFor, type Platform, systemContext } from '#app/context.ts';
import { permissionsOf } from '#domain/identity/permissions.ts';
import type { AppendEntries } from '#platform/action.ts';
import { manualClock } from '#platform/clock.ts';
import { loadConfig } from '#platform/config.ts';
import type { Ctx } from '#platform/context.ts';
import { type EventStore, openEventStore } from '#platform/eventstore/open.ts';
import { openFiles } from '#platform/files/open.ts';
import { uuidIds } from '#platform/ids.ts';
import { openJobs } from '#platform/jobs/jobs.ts';
import { openLive } from '#platform/live.ts';
import { openLog } from '#platform/log.ts';
import type { Postgres } from '#platform/postgres/open.ts';
import type { Job } from '#platform/slice.ts';
import { freshDatabase } from './database.ts';

/** Who to act as. The side follows from the roles: unit_officer and unit_leader act for a unit. */
interface TestPerson {
  readonly roles: readonly string[];
  readonly path: string;
  readonly name?: string;
  readonly id?: string;
}

export interface TestPlatform {
  readonly platform: Platform;
  readonly clock: ReturnType<typeof manualClock>;
  readonly system: Ctx;
  as(person: TestPerson): Ctx;
  /** Runs SQL as the database's owner, past row-level security: for arranging and for attacks. */
  asOwner(text: string): Promise<void>;
  close(): Promise<void>;
}

export interface TestPlatformOptions {
  readonly jobs?: readonly Job[];
  /** Default 2026-03-02T02:00:00Z, a Monday morning in Guangxi. */
  readonly now?: string;
  readonly append?: AppendEntries;
  /** `true` opens a real event store with its tables. Default: none, and any use of it fails the test. */
  readonly events?: boolean | EventStore;
  /** Default: a fresh database of its own. It is closed with the platform. */
  readonly postgres?: Postgres;
  /** Folders of rules besides the built-in ones. */
  readonly ruleFolders?: readonly string[];
}

const refuse = (): never => {
  throw new Error('this test opened no event store: pass { events: true }');
};

const noEvents: EventStore = {
  reader: () => ({ query: async () => refuse() }),
  writer: {
    insert: async () => refuse(),
    hold: async () => refuse(),
    insertHeld: async () => refuse(),
    drop: async () => refuse(),
  },
  copy: {
    snapshot: async () => refuse(),
    isEmpty: async () => refuse(),
    clear: async () => refuse(),
    load: async () => refuse(),
    check: async () => refuse(),
  },
  migrate: async () => refuse(),
  maintain: async () => refuse(),
  ping: async () => false,
  close: async () => undefined,
};

async function openEvents(folder: string): Promise<EventStore> {
  const events = openEventStore({ kind: 'embedded', path: join(folder, 'events') });
  await events.migrate();
  return events;
}

/** A platform on a fresh database, with a clock that stands still until the test moves it. */
export async function openTestPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-test-'));
  const clock = manualClock(options.now ?? '2026-03-02T02:00:00Z');
  const log = openLog('silent');
  const postgres = options.postgres ?? (await freshDatabase());
  const platform: Platform = {
    config: loadConfig({}, undefined, {
      environment: 'test',
      dataDir: folder,
      log: { level: 'silent' },
      rules: { directories: options.ruleFolders ?? [] },
    }),
    clock,
    ids: uuidIds(clock),
    log,
    postgres,
    events: options.events === true ? await openEvents(folder) : options.events || noEvents,
    files: await openFiles(join(folder, 'files')),
    jobs: await openJobs(postgres, options.jobs ?? [], log),
    live: openLive(postgres.bus),
    append: options.append ?? (() => Promise.resolve()),
  };
  return {
    platform,
    clock,
    system: systemContext(platform),
    as(person) {
      const unitSide = person.roles.some((role) => role === 'unit_officer' || role === 'unit_leader');
      const caller: Caller = {
        actor: {
          kind: 'user',
          id: person.id ?? platform.ids.next(),
          name: person.name ?? '测试员',
          roles: person.roles,
        },
        scope: { path: person.path, side: unitSide ? 'unit' : 'centre' },
        permissions: permissionsOf(person.roles),
        requestId: platform.ids.next(),
      };
      return contextFor(platform, caller);
    },
    asOwner: (text) => postgres.ownerScript(text),
    async close() {
      await platform.jobs.stop();
      await platform.events.close();
      await postgres.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
