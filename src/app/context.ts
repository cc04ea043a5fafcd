import type { ActionEntry, ActionTx, AppendEntries } from '#platform/action.ts';
import type { Clock } from '#platform/clock.ts';
import type { Config } from '#platform/config.ts';
import type { Actor, ChangeEvent, Ctx, Scope } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import type { EventStore } from '#platform/eventstore/open.ts';
import type { Files } from '#platform/files/files.ts';
import type { Ids } from '#platform/ids.ts';
import type { Jobs } from '#platform/jobs/jobs.ts';
import type { Live } from '#platform/live.ts';
import type { Log } from '#platform/log.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { Postgres } from '#platform/postgres/open.ts';

/** Everything opened once at start, from which contexts are made. */
export interface Platform {
  readonly config: Config;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly postgres: Postgres;
  readonly events: EventStore;
  readonly files: Files;
  readonly jobs: Jobs;
  readonly live: Live;
  readonly append: AppendEntries;
}

/** On whose behalf a context works. `'all'` is for the platform itself. */
export interface Caller {
  readonly actor: Actor;
  readonly scope: Scope;
  readonly permissions: ReadonlySet<string> | 'all';
  readonly requestId: string;
}

const SYSTEM: Actor = { kind: 'system', id: 'system', name: 'system', roles: [] };

/** The platform itself: whole tree, every permission. For jobs, sign-in and detection. */
export const systemContext = (platform: Platform, requestId: string = platform.ids.next()): Ctx =>
  contextFor(platform, { actor: SYSTEM, scope: { path: '/', side: 'centre' }, permissions: 'all', requestId });

/** Makes the context of one caller. Nothing is opened until it is used. */
export function contextFor(platform: Platform, caller: Caller): Ctx {
  const session = () => ({ ...caller.scope, person: caller.actor.id, now: platform.clock.now() });
  const may = (permission: string) => caller.permissions === 'all' || caller.permissions.has(permission);
  const ctx: Ctx = {
    actor: caller.actor,
    scope: caller.scope,
    requestId: caller.requestId,
    clock: platform.clock,
    ids: platform.ids,
    log: platform.log,
    config: platform.config,
    files: platform.files,
    events: platform.events.reader(caller.scope),
    may,
    allow(permission) {
      if (!may(permission)) {
        throw new AppError('forbidden', {
          public: `Your role does not include "${permission}"`,
          reason: 'permission.missing',
        });
      }
    },
    read: (fn) => platform.postgres.transaction(session(), 'read only', fn),
    async transaction(fn) {
      const changes: ChangeEvent[] = [];
      const output = await platform.postgres.transaction(session(), 'read write', async (db) => {
        const entries: ActionEntry[] = [];
        const tx = openTx(platform, ctx, db, changes, entries);
        const result = await fn(tx);
        // Last of all: an append holds the journal's head until the commit, and whoever held it while waiting for
        // another row could wait for somebody who waits for the head.
        await platform.append(tx, entries);
        return result;
      });
      platform.live.publish(changes);
      return output;
    },
    asSystem: () => systemContext(platform, caller.requestId),
  };
  return ctx;
}

function openTx(platform: Platform, ctx: Ctx, db: Db, changes: ChangeEvent[], entries: ActionEntry[]): ActionTx {
  const tx: ActionTx = {
    ...ctx,
    db,
    read: (fn) => fn(db),
    transaction: (fn) => fn(tx),
    record() {
      throw new Error('record() belongs to the context that action() hands to its function');
    },
    publish: (event) => {
      changes.push(event);
    },
    enqueue: (job, payload, options) => platform.jobs.enqueue(db, job, payload, options),
    append: (entry) => {
      entries.push(entry);
    },
    asSystem() {
      throw new Error('the system context opens its own transaction: take it before this one begins');
    },
  };
  return tx;
}
