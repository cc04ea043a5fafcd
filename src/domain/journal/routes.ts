import { Readable } from 'node:stream';
import { z } from 'zod';
import { parseCheckpoint } from '#engine/merkle/checkpoint.ts';
import { toBase64, toHex } from '#engine/merkle/encoding.ts';
import { parseNote } from '#engine/merkle/note.ts';
import { inclusionRanges, proofOf, verifyInclusion } from '#engine/merkle/proofs.ts';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import { Paging } from '#platform/http/paging.ts';
import { route } from '#platform/http/route.ts';
import { hasher, leafHashOf } from './entry.ts';
import {
  CheckpointList,
  EntryDetail,
  EntryList,
  type EntryView as EntryShape,
  JournalFilter,
  Trail,
  VerifyReport,
} from './journal.ts';
import { type JournalReader, journalLines, writeLine } from './lines.ts';
import { installationKey, lastSigned } from './signer.ts';
import {
  findEntry,
  findLatestCheckpoint,
  listCheckpoints,
  listEntries,
  readSubtrees,
  type StoredCheckpoint,
  type StoredEntry,
  trailOf,
} from './store.ts';
import { verifyJournal } from './verify.ts';

const Seq = z.object({ seq: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER) });

type EntryView = z.output<typeof EntryShape>;

const viewOf = ({ entry, leafHash }: StoredEntry): EntryView => ({
  ...entry,
  leafHash: toHex(leafHash),
});

const checkpointView = ({ size, signedAt, text, verifierKey }: StoredCheckpoint) => ({
  size,
  signedAt: signedAt.toISOString(),
  text,
  verifierKey,
});

const list = route({
  method: 'GET',
  url: '/api/journal',
  permission: 'journal.read',
  summary: 'Entries of the journal in the own scope, newest first',
  query: JournalFilter,
  response: EntryList,
  handler: async (ctx, { query }) => {
    const { items, total } = await ctx.read((db) => listEntries(db, query));
    return { items: items.map(viewOf), total };
  },
});

const detail = route({
  method: 'GET',
  url: '/api/journal/:seq',
  permission: 'journal.read',
  summary: 'One entry, with the proof that the latest checkpoint covers it',
  params: Seq,
  response: EntryDetail,
  handler: (ctx, { params }) =>
    ctx.read(async (db) => {
      const stored = await findEntry(db, params.seq);
      if (!stored) throw notFound(`Journal entry ${params.seq}`);
      const checkpoint = await findLatestCheckpoint(db);
      if (!checkpoint || checkpoint.size <= params.seq) return { entry: viewOf(stored), proof: null };
      const ranges = inclusionRanges(params.seq, checkpoint.size);
      const hashes = proofOf(hasher, ranges, await readSubtrees(db, ranges));
      const proof = {
        checkpoint: checkpoint.text,
        size: checkpoint.size,
        signedAt: checkpoint.signedAt.toISOString(),
        hashes: hashes.map(toBase64),
        verifierKey: checkpoint.verifierKey,
        holds: proves(checkpoint, stored, hashes),
      };
      return { entry: viewOf(stored), proof };
    }),
});

function proves(checkpoint: StoredCheckpoint, { entry }: StoredEntry, proof: readonly Uint8Array[]): boolean {
  const note = parseNote(checkpoint.text);
  const head = note.ok ? parseCheckpoint(note.value.text) : note;
  if (!head.ok) return false;
  const { size, root } = head.value;
  // The hash of what is shown, not the one stored beside it.
  return verifyInclusion(hasher, { index: entry.seq, size, leafHash: leafHashOf(entry), root, proof });
}

const latestCheckpoint = route({
  method: 'GET',
  url: '/api/journal/checkpoint',
  permission: 'journal.read',
  summary: 'The latest signed checkpoint as text (C2SP tlog-checkpoint)',
  response: null,
  handler: async (ctx, { reply }) => {
    const checkpoint = await ctx.read(findLatestCheckpoint);
    if (!checkpoint) throw notFound('A checkpoint');
    reply.send(new TextEncoder().encode(checkpoint.text), 'text/plain; charset=utf-8');
  },
});

const checkpoints = route({
  method: 'GET',
  url: '/api/journal/checkpoints',
  permission: 'journal.read',
  summary: 'Signed checkpoints, newest first',
  query: Paging,
  response: CheckpointList,
  handler: async (ctx, { query }) => {
    const { items, total } = await ctx.read((db) => listCheckpoints(db, query));
    return { items: items.map(checkpointView), total };
  },
});

/** Handing the journal out is itself recorded. */
const recordExport = action('journal.export', z.object({}), async (tx) => {
  tx.record({
    object: { type: 'journal', id: tx.config.installation },
    unitPath: tx.scope.path,
    data: { scope: tx.scope.path },
  });
});

const exporting = route({
  method: 'GET',
  url: '/api/journal/export',
  permission: 'journal.export',
  summary: 'The whole journal as lines of JSON with its checkpoints, to be verified offline by "tongan verify"',
  response: null,
  ratePerMinute: 6,
  handler: async (ctx, { reply }) => {
    await recordExport(ctx, {});
    const day = ctx.clock.now().toISOString().slice(0, 10);
    reply.send(Readable.from(exportText(ctx)), 'application/x-ndjson', `journal-${day}.ndjson`);
  },
});

async function* exportText(ctx: Ctx): AsyncGenerator<string> {
  for await (const line of journalLines(ctx, ctx.asSystem())) yield writeLine(line);
}

/** What must be held to read of an object's past, for every type of object that entries are about. */
export const READING: Readonly<Record<string, string>> = {
  account: 'user.read',
  alert: 'alert.read',
  asset: 'asset.read',
  asset_bulk: 'asset.read',
  asset_campaign: 'asset.read',
  asset_field: 'asset.read',
  asset_handover: 'asset.read',
  asset_import: 'asset.read',
  asset_rules: 'asset.read',
  backup: 'system.read',
  centre: 'unit.read',
  'division-standard': 'unit.read',
  export: 'event.export',
  hold: 'retention.read',
  'identity-key': 'asset.read',
  incident: 'incident.read',
  installation: 'system.read',
  journal: 'journal.read',
  observation: 'asset.read',
  order: 'order.read',
  retention: 'retention.read',
  rule: 'rule.read',
  'rule-run': 'rule.read',
  search: 'journal.read',
  setting: 'system.read',
  source: 'source.read',
  suppression: 'alert.read',
  token: 'token.manage',
  unit: 'unit.read',
  view: 'journal.read',
  vulnerability: 'vulnerability.read',
  vulnerability_advisory: 'vulnerability.read',
  vulnerability_feed: 'vulnerability.read',
  vulnerability_import: 'vulnerability.read',
  vulnerability_policy: 'vulnerability.read',
  vulnerability_question: 'vulnerability.read',
  zone: 'asset.read',
};

/** They name what they are about, but change nothing of it, and its page lists them. */
const LISTED_ELSEWHERE: ReadonlySet<string> = new Set(['alert']);

const trail = route({
  method: 'GET',
  url: '/api/journal/object/:type/:id',
  permission: 'signed-in',
  summary:
    'What happened to one object, newest first, also as part of others (an import); needs the permission to read such objects',
  params: z.object({ type: z.string().regex(/^[a-z][a-z_-]{0,40}$/), id: z.string().max(200) }),
  query: Paging.extend({ order: z.enum(['asc', 'desc']).default('desc') }),
  response: Trail,
  handler: async (ctx, { params, query }) => {
    if (!ctx.may('journal.read')) ctx.allow(READING[params.type] ?? 'journal.read');
    const readable = Object.entries(READING).flatMap(([type, permission]) =>
      !LISTED_ELSEWHERE.has(type) && (ctx.may('journal.read') || ctx.may(permission)) ? [type] : [],
    );
    const { items, total } = await ctx.read((db) => trailOf(db, { ...query, object: params, readable }));
    const isOwn = ({ object }: EntryView) => object.type === params.type && object.id === params.id;
    const views = items.map((item) => ({ ...viewOf(item), opens: item.opens }));
    return {
      items: views.map((view) => (isOwn(view) ? view : { ...view, data: concerning(view.data, params.id) })),
      total,
    };
  },
});

/**
 * What the facts of an entry say of one of the objects that it names: lists of objects, or of their ids, become those of this
 * one alone. An import names up to some thousand others.
 */
function concerning(data: unknown, id: string): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const isOf = (one: unknown): boolean =>
    one === id || (typeof one === 'object' && one !== null && 'id' in one && one.id === id);
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Array.isArray(value) ? value.filter(isOf) : value]),
  );
}

const verifying = route({
  method: 'POST',
  url: '/api/journal/verify',
  permission: 'journal.read',
  summary: 'Recomputes the whole journal and names the first entry that does not fit',
  response: VerifyReport,
  ratePerMinute: 6,
  handler: (ctx) => verifyDatabase(ctx.asSystem()),
});

/**
 * Verifies the journal in the database against its checkpoints and against the one this installation signed last.
 * The report tells numbers and hashes, no content.
 *
 * @param system sees everything; must not be inside a transaction
 */
export async function verifyDatabase(system: JournalReader): Promise<VerifyReport> {
  const key = await installationKey(system.config);
  const last = await lastSigned(system.config);
  return verifyJournal(reading(journalLines(system, system)), {
    ...(key ? { key } : {}),
    ...(last ? { checkpoints: [last] } : {}),
  });
}

async function* reading<Line>(lines: AsyncIterable<Line>): AsyncGenerator<{ line: Line }> {
  for await (const line of lines) yield { line };
}

export const journalRoutes = [list, detail, latestCheckpoint, checkpoints, exporting, trail, verifying];
