import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { EventReader } from './eventstore/reader.ts';
import type { Files } from './files/files.ts';
import type { Ids } from './ids.ts';
import type { Log } from './log.ts';
import type { Db } from './postgres/database.ts';

/** Who acts. `system` is the platform itself (jobs, detection); it never stands for a person. */
export interface Actor {
  readonly kind: 'user' | 'token' | 'system';
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

/**
 * What an actor can see at most. `path` is a prefix in the tree of units (`/450000/450100/`), `/` is everything.
 * `side` tells a centre (sees its whole area) from a unit (sees only what was addressed to it).
 */
export interface Scope {
  readonly path: string;
  readonly side: 'centre' | 'unit';
}

/** What an action writes into the journal: the object, whose it is, and the facts of the change. */
export interface JournalRecord {
  readonly object: { readonly type: string; readonly id: string };
  readonly unitPath: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly related?: readonly { readonly type: string; readonly id: string }[];
  /** `centre` keeps this one entry from units although they are told of the action otherwise (an internal comment). */
  readonly side?: 'centre' | 'both';
}

/** A change other parts may react to, and browsers in scope are told of. Facts only, no secrets. */
export interface ChangeEvent {
  readonly topic: string;
  readonly id: string;
  readonly action: string;
  readonly unitPath: string;
  /** `centre` keeps it from unit officers, e.g. alerts and incidents. */
  readonly side: 'centre' | 'both';
}

export interface EnqueueOptions {
  readonly startAfter?: Date;
  /** At most one waiting job per key. */
  readonly singletonKey?: string;
}

/** The first argument of everything in `domain`. Valid outside a transaction. */
export interface Ctx {
  readonly actor: Actor;
  readonly scope: Scope;
  readonly requestId: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly config: Config;
  readonly files: Files;
  /** The event store, reading only, already limited to `scope`. */
  readonly events: EventReader;
  may(permission: string): boolean;
  /** @throws AppError `forbidden` */
  allow(permission: string): void;
  /** A short transaction for reading, limited to `scope`. Inside a Tx it reuses that transaction. */
  read<T>(fn: (db: Db) => Promise<T>): Promise<T>;
  /** Opens a transaction (or goes on in the one that is open). Keep it short: no network or event-store calls inside. */
  transaction<T>(fn: (tx: Tx) => Promise<T>): Promise<T>;
  /** The same platform as the system itself: whole region, all permissions. For jobs, sign-in, reactions. */
  asSystem(): Ctx;
}

/** A context with an open transaction. */
export interface Tx extends Ctx {
  readonly db: Db;
  /** The journal entry of the running action: exactly one call per action. */
  record(entry: JournalRecord): void;
  /** Told to live listeners after the commit. */
  publish(event: ChangeEvent): void;
  /** A job that exists only if this transaction commits. */
  enqueue(job: string, payload: object, options?: EnqueueOptions): Promise<void>;
}
