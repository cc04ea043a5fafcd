import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { conflict, invalid, notFound } from '#platform/errors.ts';
import { acrossScopes } from '#platform/postgres/across-scopes.ts';
import { isAllowed } from './collect/files/allowed.ts';
import { collectorOf } from './runtime.ts';
import {
  hasToken,
  type Listener,
  newToken,
  SourceChange,
  SourceInput,
  senderFault,
  type TelemetrySource,
} from './source.ts';
import { insertSource, senderTaken, sourceById, updateSource } from './source-store.ts';
import { loadSources } from './sources.ts';

const Id = z.object({ id: z.uuid() });

/** @throws AppError `not_found` also when the source is outside the caller's scope */
export async function visibleSource(tx: Tx, id: string): Promise<TelemetrySource> {
  const source = await sourceById(tx.db, id);
  if (source === undefined) throw notFound('The source');
  return source;
}

/** Tells open pages that a source changed. */
export const tell = (tx: Tx, source: TelemetrySource, what: string): void =>
  tx.publish({ topic: 'source', id: source.id, action: what, unitPath: source.unitPath, side: 'centre' });

async function checkSender(tx: Tx, listener: Listener, sender: string, ownId?: string): Promise<void> {
  if (sender === '' || !(await acrossScopes(tx.db, () => senderTaken(tx.db, listener, sender, ownId)))) return;
  throw conflict('Another source is known by this already', 'source.sender.taken');
}

/** The listeners of this process follow a change at once; those of other processes within ten seconds. */
const followed = async <T>(ctx: Ctx, change: Promise<T>): Promise<T> => {
  const result = await change;
  collectorOf(ctx)?.registry.forget();
  return result;
};

/** @throws AppError `invalid_input` for a kind that is no folder of content/sources */
export async function checkKind(kind: string | undefined): Promise<void> {
  if (kind === undefined || kind === '') return;
  const known = await loadSources();
  if (known.has(kind)) return;
  const message = `is not a known kind; known: ${[...known.keys()].join(', ')}`;
  throw invalid('The kind of source is not known', [{ at: '/kind', message }], 'source.kind.unknown');
}

/** What this installation is not set up to fetch is refused when it is asked for, not silently never fetched. */
function checkReachable({ config }: Ctx, listener: Listener, sender: string): void {
  const { roots } = config.files;
  if (listener === 'file' && !isAllowed(sender, roots)) {
    const message =
      roots.length === 0
        ? 'no files may be followed here: set files.roots in the configuration'
        : `must lie in one of the folders of files.roots: ${roots.join(', ')}`;
    throw invalid('These files may not be followed', [{ at: '/sender', message }], 'source.sender.unreachable');
  }
  if (listener === 'kafka' && config.kafka.brokers.length === 0) {
    const message = 'no cluster is known here: set kafka.brokers in the configuration';
    throw invalid('Topics cannot be read', [{ at: '/sender', message }], 'source.sender.unreachable');
  }
}

const insert = action('source.manage', SourceInput, async (tx, input) => {
  if (!input.unitPath.startsWith(tx.scope.path)) {
    const fault = { at: '/unitPath', message: 'choose a unit of your area' };
    throw invalid('The unit does not exist or is outside your area', [fault], 'source.unit.unknown');
  }
  await checkSender(tx, input.listener, input.sender);
  const now = tx.clock.now();
  const secret = hasToken(input.listener) ? newToken() : undefined;
  const source: TelemetrySource = {
    id: tx.ids.next(),
    unitPath: input.unitPath,
    name: input.name,
    kind: input.kind,
    listener: input.listener,
    tokenHint: secret?.hint ?? '',
    sender: input.sender,
    senderKinds: {},
    state: 'active',
    createdAt: now,
    createdByName: tx.actor.name,
    changedAt: now,
    version: 1,
  };
  await insertSource(tx.db, source, secret?.hash ?? null);
  const { name, kind, listener, sender } = source;
  tx.record({
    object: { type: 'source', id: source.id },
    unitPath: source.unitPath,
    data: { change: 'created', name, kind, listener, sender },
  });
  tell(tx, source, 'created');
  return { source, token: secret?.token ?? null };
});

const change = action(
  'source.manage',
  Id.extend({ version: z.int().optional(), change: SourceChange }),
  async (tx, { id, version, change: wanted }) => {
    const source = await visibleSource(tx, id);
    if (version !== undefined && version !== source.version) {
      throw conflict('Somebody changed this source in the meantime: load it again', 'source.stale');
    }
    if (wanted.sender !== undefined) {
      const message = senderFault(source.listener, wanted.sender);
      if (message !== undefined) throw invalid(`The sender ${message}`, [{ at: '/change/sender', message }]);
      checkReachable(tx, source.listener, wanted.sender);
      await checkSender(tx, source.listener, wanted.sender, id);
    }
    await updateSource(tx.db, id, wanted, tx.clock.now());
    const changed = await visibleSource(tx, id);
    const { name, kind, sender, state, senderKinds } = source;
    const before = { name, kind, sender, state, senderKinds };
    tx.record({
      object: { type: 'source', id },
      unitPath: source.unitPath,
      data: { change: 'changed', before, after: wanted },
    });
    tell(tx, changed, 'changed');
    return changed;
  },
);

const renew = action('source.manage', Id, async (tx, { id }) => {
  const source = await visibleSource(tx, id);
  if (!hasToken(source.listener)) throw conflict('This source is not known by a token', 'source.no_token');
  const secret = newToken();
  await updateSource(tx.db, id, { token: { hash: secret.hash, hint: secret.hint } }, tx.clock.now());
  const data = { change: 'token renewed', before: source.tokenHint, after: secret.hint };
  tx.record({ object: { type: 'source', id }, unitPath: source.unitPath, data });
  tell(tx, source, 'changed');
  return { token: secret.token };
});

/**
 * Opens a source. The token, for senders over HTTP and for files, is in the result and nowhere else.
 *
 * @throws AppError `invalid_input` unknown kind or a unit outside the area, `conflict` `source.sender.taken`
 */
export async function createSource(
  ctx: Ctx,
  input: z.input<typeof SourceInput>,
): Promise<{ source: TelemetrySource; token: string | null }> {
  await checkKind(input.kind);
  checkReachable(ctx, input.listener, input.sender ?? '');
  return followed(ctx, insert(ctx, input));
}

/** Changes name, kind, sender or state. `version` guards against overwriting somebody else's change. */
export async function changeSource(
  ctx: Ctx,
  input: { id: string; version?: number | undefined; change: z.input<typeof SourceChange> },
): Promise<TelemetrySource> {
  await checkKind(input.change.kind);
  for (const kind of Object.values(input.change.senderKinds ?? {})) await checkKind(kind);
  return followed(ctx, change(ctx, input));
}

/** Gives a source a new token; the old one stops at once. */
export const renewToken = (ctx: Ctx, id: string): Promise<{ token: string }> => followed(ctx, renew(ctx, { id }));

/** Writes into the journal that a file was imported: who, into which source, how much. */
export const recordImport = action(
  'source.import',
  Id.extend({ fileName: z.string(), bytes: z.int(), accepted: z.int(), rejected: z.int() }),
  async (tx, { id, ...facts }) => {
    const source = await visibleSource(tx, id);
    tx.record({
      object: { type: 'source', id },
      unitPath: source.unitPath,
      data: { change: 'file imported', ...facts },
    });
    tell(tx, source, 'imported');
  },
);
