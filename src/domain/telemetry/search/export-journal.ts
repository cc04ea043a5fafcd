import { Readable } from 'node:stream';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { EXPORT_FORMATS, type Export } from './export.ts';

/** How an export ended: everything was handed over, it failed, or its reader went away. */
const ENDS = ['complete', 'failed', 'left'] as const;

const Asked = z.object({
  query: z.string(),
  from: z.string(),
  to: z.string(),
  columns: z.array(z.string()),
  format: z.enum(EXPORT_FORMATS),
});

/** Written before the first byte leaves the platform: who takes which events out of it. */
const beginExport = action(
  'event.export',
  Asked.extend({ events: z.int(), leftOut: z.int() }),
  async (tx, input): Promise<string> => {
    const id = tx.ids.next();
    const data = { change: 'export of events begun', ...input };
    tx.record({ object: { type: 'export', id }, unitPath: tx.scope.path, data });
    return id;
  },
);

/** What really left: of an export that did not end well these events at most, since some may have been on their way. */
const endExport = action(
  'event.export',
  z.object({ id: z.string(), end: z.enum(ENDS), sent: z.int(), events: z.int(), reason: z.string().optional() }),
  async (tx, { id, ...input }) => {
    const data = { change: 'export of events ended', ...input };
    tx.record({ object: { type: 'export', id }, unitPath: tx.scope.path, data });
  },
);

/**
 * Hands an export over and writes into the journal that it began, and how it ended.
 *
 * @param signal aborts when the reader goes away
 * @returns `content` with its first piece made: what fails until then is thrown here and told as a problem
 */
export async function handOver(
  ctx: Ctx,
  asked: z.input<typeof Asked>,
  made: Export,
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly content: Readable }> {
  const { events, leftOut } = made;
  const id = await beginExport(ctx, { ...asked, events, leftOut });
  const chunks = ended(made.content, async (how, error) => {
    const end = signal.aborted ? 'left' : how;
    const reason = error instanceof AppError ? error.reason : undefined;
    if (end === 'failed') ctx.log.error({ err: error, export: id }, 'an export of events failed');
    const entry = { id, end, sent: made.sent(), events, ...(end === 'failed' ? { reason: reason ?? 'internal' } : {}) };
    // The answer has begun: a journal that cannot be written now must not end the process, and the entry of the beginning stands.
    await endExport(ctx, entry).catch((err: unknown) =>
      ctx.log.error({ err, export: id }, 'the end of an export is not journalled'),
    );
  });
  const first = await chunks.next();
  const content = Readable.from(chunks);
  if (first.done !== true) content.unshift(first.value);
  return { id, content };
}

/** Tells of the end before the reader sees it: whoever asks then why an export broke off finds the entry. */
async function* ended(
  content: Export['content'],
  tell: (end: (typeof ENDS)[number], error: unknown) => Promise<void>,
): AsyncGenerator<string | Uint8Array> {
  let end: (typeof ENDS)[number] = 'left';
  let failure: unknown;
  try {
    yield* content;
    end = 'complete';
  } catch (error) {
    end = 'failed';
    failure = error;
    throw error;
  } finally {
    await tell(end, failure);
  }
}
