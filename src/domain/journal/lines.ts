import { z } from 'zod';
import { toHex } from '#engine/merkle/encoding.ts';
import type { Ctx } from '#platform/context.ts';
import { canonicalJson } from './canonical.ts';
import { originOf } from './origin.ts';
import {
  findLatestCheckpoint,
  readCheckpoints,
  readEntries,
  readHead,
  readLastSeq,
  readLeafHashes,
  readSeqs,
  rootOfHead,
} from './store.ts';

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** One line of an exported journal (NDJSON): a heading, then entries with the checkpoints between them, then an end. */
const JournalLine = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('journal'),
    format: z.literal(1),
    origin: z.string(),
    exportedAt: z.string(),
    scope: z.string(),
    verifierKey: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal('entry'),
    leafHash: z.string(),
    treeHash: z.string().optional(),
    entry: z.strictObject({
      seq: count,
      at: z.string(),
      actor: z.strictObject({ kind: z.string(), id: z.string(), name: z.string() }),
      action: z.string(),
      object: z.strictObject({ type: z.string(), id: z.string(), counter: count }),
      unitPath: z.string(),
      side: z.string(),
      data: z.json(),
      related: z.json(),
      requestId: z.string(),
    }),
  }),
  z.strictObject({ kind: z.literal('withheld'), seq: count, leafHash: z.string() }),
  z.strictObject({ kind: z.literal('checkpoint'), text: z.string() }),
  z.strictObject({ kind: z.literal('end'), size: count, root: z.string() }),
]);

type ParsedLine = z.output<typeof JournalLine>;
/** Read from the database, `data` is whatever JSON was recorded. */
export type JournalLine =
  | Exclude<ParsedLine, { kind: 'entry' }>
  | {
      readonly kind: 'entry';
      readonly leafHash: string;
      /** Only where the tree holds another hash than the entry. */
      readonly treeHash?: string | undefined;
      readonly entry: Omit<Extract<ParsedLine, { kind: 'entry' }>['entry'], 'data' | 'related'> & {
        readonly data: unknown;
        readonly related: unknown;
      };
    };

const LINE_LENGTH_MAX = 16 * 1024 * 1024;
const ENTRIES_PER_READ = 500;

/** Reads one line of an export. Never throws. */
export function parseLine(text: string, number: number): { line: JournalLine } | { problem: string } {
  if (text.length > LINE_LENGTH_MAX) return { problem: `line ${number} is longer than 16 M characters` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: `line ${number} is not JSON` };
  }
  const parsed = JournalLine.safeParse(value);
  if (parsed.success) return isWellFormed(value) ? { line: parsed.data } : { problem: `line ${number}: bad Unicode` };
  const fault = parsed.error.issues[0];
  return {
    problem: `line ${number}: ${fault?.path.join('.') ?? ''} ${fault?.message ?? 'is not a line of a journal'}`,
  };
}

/**
 * Splits a file into its lines and reads each. A line that is too long is a problem, not a growing buffer: nothing is
 * read after it.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ line: JournalLine } | { problem: string }> {
  const decoder = new TextDecoder('utf-8', { fatal: false });
  let rest = '';
  let number = 0;
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      number += 1;
      yield parseLine(line, number);
    }
    if (rest.length > LINE_LENGTH_MAX) {
      yield parseLine(rest, number + 1);
      return;
    }
  }
  if (rest !== '') yield parseLine(rest, number + 1);
}

/** Whether the value has a canonical form: only a lone surrogate (`\ud800`) keeps parsed JSON from having one. */
function isWellFormed(value: unknown): boolean {
  try {
    canonicalJson(value);
    return true;
  } catch {
    return false;
  }
}

export const writeLine = (line: JournalLine): string => `${canonicalJson(line)}\n`;

/** What reading the journal needs of a context. */
export type JournalReader = Pick<Ctx, 'config' | 'clock' | 'scope' | 'read'>;

/**
 * The journal as lines, as far as the caller may see it: entries outside the scope appear as their hash only, so that
 * the tree can still be recomputed. Reads in short transactions; what is appended meanwhile is left out.
 *
 * @param ctx whose scope decides; must not be inside a transaction
 * @param system sees everything; tells what is withheld from what is missing
 */
export async function* journalLines(ctx: JournalReader, system: JournalReader): AsyncGenerator<JournalLine> {
  const { head, size, latest } = await system.read(async (db) => {
    const headNow = await readHead(db);
    // Entries beyond the head were not appended by the platform: they are part of what there is to judge.
    const sizeNow = Math.max(headNow.size, (await readLastSeq(db)) + 1);
    return { head: headNow, size: sizeNow, latest: await findLatestCheckpoint(db) };
  });
  yield {
    kind: 'journal',
    format: 1,
    origin: originOf(ctx.config),
    exportedAt: ctx.clock.now().toISOString(),
    scope: ctx.scope.path,
    verifierKey: latest?.verifierKey ?? null,
  };
  for (let start = 0; start < size; start += ENTRIES_PER_READ) {
    yield* linesOf(ctx, system, start, Math.min(size, start + ENTRIES_PER_READ));
  }
  // A checkpoint past the end tells that the end was cut off.
  const beyond = await system.read((db) => readCheckpoints(db, { start: size, end: Number.MAX_SAFE_INTEGER }));
  for (const checkpoint of beyond.filter((one) => one.size <= (latest?.size ?? 0))) {
    yield { kind: 'checkpoint', text: checkpoint.text };
  }
  yield { kind: 'end', size: head.size, root: toHex(rootOfHead(head)) };
}

async function* linesOf(
  ctx: JournalReader,
  system: JournalReader,
  start: number,
  end: number,
): AsyncGenerator<JournalLine> {
  const range = { start, end };
  const visible = new Map((await ctx.read((db) => readEntries(db, range))).map((row) => [row.entry.seq, row]));
  const { seqs, leafHashes, checkpoints } = await system.read(async (db) => ({
    seqs: await readSeqs(db, range),
    leafHashes: await readLeafHashes(db, range),
    checkpoints: new Map((await readCheckpoints(db, range)).map((one) => [one.size, one])),
  }));
  for (let seq = start; seq < end; seq += 1) {
    const row = visible.get(seq);
    const treeHash = toHex(leafHashes.get(seq) ?? new Uint8Array(0));
    if (row) {
      const leafHash = toHex(row.leafHash);
      yield { kind: 'entry', entry: row.entry, leafHash, ...(treeHash === leafHash ? {} : { treeHash }) };
    } else if (seqs.has(seq)) {
      yield { kind: 'withheld', seq, leafHash: treeHash };
    }
    const checkpoint = checkpoints.get(seq + 1);
    if (checkpoint) yield { kind: 'checkpoint', text: checkpoint.text };
  }
}
