import { sql } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';
import type { Listener, SourceState, TelemetrySource } from './source.ts';
import type { AlarmKind } from './watch/judge.ts';
import './tables.ts';

const COLUMNS = [
  'id',
  'unit_path',
  'name',
  'kind',
  'listener',
  'token_hint',
  'sender',
  'state',
  'sender_kinds',
  'created_at',
  'created_by_name',
  'changed_at',
  'version',
] as const;

interface Row {
  readonly id: string;
  readonly unit_path: string;
  readonly name: string;
  readonly kind: string;
  readonly listener: Listener;
  readonly token_hint: string;
  readonly sender: string;
  readonly state: SourceState;
  readonly sender_kinds: Record<string, string>;
  readonly created_at: Date;
  readonly created_by_name: string;
  readonly changed_at: Date;
  readonly version: number;
}

const sourceOf = (row: Row): TelemetrySource => ({
  id: row.id,
  unitPath: row.unit_path,
  name: row.name,
  kind: row.kind,
  listener: row.listener,
  tokenHint: row.token_hint,
  sender: row.sender,
  state: row.state,
  senderKinds: row.sender_kinds,
  createdAt: row.created_at,
  createdByName: row.created_by_name,
  changedAt: row.changed_at,
  version: row.version,
});

export async function insertSource(db: Db, source: TelemetrySource, tokenHash: string | null): Promise<void> {
  await db
    .insertInto('telemetry_source')
    .values({
      id: source.id,
      unit_path: source.unitPath,
      name: source.name,
      kind: source.kind,
      listener: source.listener,
      token_hash: tokenHash,
      token_hint: source.tokenHint,
      sender: source.sender,
      state: source.state,
      created_at: source.createdAt,
      created_by_name: source.createdByName,
      changed_at: source.changedAt,
    })
    .execute();
}

export async function sourceById(db: Db, id: string): Promise<TelemetrySource | undefined> {
  const row = await db.selectFrom('telemetry_source').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  return row && sourceOf(row);
}

/** True when a source besides `ownId` has this sender. Needs the whole tree in sight. */
export async function senderTaken(
  db: Db,
  listener: Listener,
  sender: string,
  ownId: string | undefined,
): Promise<boolean> {
  const rows = await db
    .selectFrom('telemetry_source')
    .select('id')
    .where('listener', '=', listener)
    .where('sender', '=', sender)
    .execute();
  return rows.some(({ id }) => id !== ownId);
}

export interface SourceUpdate {
  readonly name?: string | undefined;
  readonly kind?: string | undefined;
  readonly sender?: string | undefined;
  readonly state?: SourceState | undefined;
  readonly senderKinds?: Readonly<Record<string, string>> | undefined;
  readonly token?: { readonly hash: string; readonly hint: string };
}

export async function updateSource(db: Db, id: string, update: SourceUpdate, at: Date): Promise<void> {
  await db
    .updateTable('telemetry_source')
    .set({
      ...(update.name === undefined ? {} : { name: update.name }),
      ...(update.kind === undefined ? {} : { kind: update.kind }),
      ...(update.sender === undefined ? {} : { sender: update.sender }),
      ...(update.state === undefined ? {} : { state: update.state }),
      ...(update.senderKinds === undefined ? {} : { sender_kinds: JSON.stringify(update.senderKinds) }),
      ...(update.token === undefined ? {} : { token_hash: update.token.hash, token_hint: update.token.hint }),
      changed_at: at,
      version: sql`version + 1`,
    })
    .where('id', '=', id)
    .execute();
}

export interface SourceFilter {
  readonly search?: string | undefined;
  readonly listener?: Listener | undefined;
  readonly state?: SourceState | undefined;
  readonly unitPath?: string | undefined;
  /** Only sources with an alarm of this kind that is not cleared, or with any. */
  readonly alarm?: AlarmKind | 'any' | undefined;
}

export async function pageOfSources(
  db: Db,
  filter: SourceFilter,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ items: TelemetrySource[]; total: number }> {
  let query = db.selectFrom('telemetry_source');
  if (filter.search) {
    const pattern = `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`;
    query = query.where((at) => at.or([at('name', 'ilike', pattern), at('sender', 'ilike', pattern)]));
  }
  if (filter.listener) query = query.where('listener', '=', filter.listener);
  if (filter.state) query = query.where('state', '=', filter.state);
  if (filter.unitPath) query = query.where(sql<boolean>`starts_with(unit_path, ${filter.unitPath})`);
  const { alarm } = filter;
  if (alarm !== undefined) {
    query = query.where(({ exists, selectFrom }) => {
      const open = selectFrom('telemetry_alarm')
        .whereRef('telemetry_alarm.source_id', '=', 'telemetry_source.id')
        .where('cleared_at', 'is', null);
      return exists(
        (alarm === 'any' ? open : open.where('telemetry_alarm.kind', '=', alarm)).select('telemetry_alarm.id'),
      );
    });
  }
  const counted = await query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirst();
  const rows = await query
    .select(COLUMNS)
    .orderBy('name')
    .orderBy('id')
    .offset(page.offset)
    .limit(page.limit)
    .execute();
  return { items: rows.map(sourceOf), total: Number(counted?.total ?? 0) };
}

/** A source as the listeners need it. */
export interface Acceptor {
  readonly id: string;
  readonly unitPath: string;
  readonly kind: string;
  readonly listener: Listener;
  readonly senderKinds: Readonly<Record<string, string>>;
  readonly sender: string;
  readonly tokenHash: string | null;
  readonly state: SourceState;
}

/** All sources; for the listeners, with the whole tree in sight. */
export async function allAcceptors(db: Db): Promise<Acceptor[]> {
  const rows = await db
    .selectFrom('telemetry_source')
    .select(['id', 'unit_path', 'kind', 'sender_kinds', 'listener', 'sender', 'token_hash', 'state'])
    .execute();
  return rows.map((row) => ({
    id: row.id,
    unitPath: row.unit_path,
    kind: row.kind,
    listener: row.listener,
    senderKinds: row.sender_kinds,
    sender: row.sender,
    tokenHash: row.token_hash,
    state: row.state,
  }));
}
