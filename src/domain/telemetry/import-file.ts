import { stat } from 'node:fs/promises';
import { openArchive } from './archive.ts';
import type { Rejected, SplitItem } from './collect/lines.ts';
import { splitterFor } from './file-splitter.ts';

/** A number of records that go to the platform in one step. */
export interface Portion {
  readonly lines: readonly Buffer[];
  /** Bytes of unpacked content read so far, over all members. */
  readonly bytesRead: number;
}

export interface ImportResult {
  accepted: number;
  rejected: number;
  bytes: number;
  readonly files: string[];
  /** The first ones only. */
  readonly rejections: (Rejected & { readonly file: string })[];
}

const PORTION_LINES = 5000;
const PORTION_BYTES = 4 * 1024 * 1024;
const REJECTIONS_KEPT = 100;

/**
 * Reads a file (or archive) of records, EVTX too, and hands them on portion by portion; the next one is read when `take` is done.
 *
 * @param name what the file is called, for messages
 * @param take keeps the records; throws to end the import
 * @throws AppError `invalid_input` when the file is damaged; what was taken before stays taken
 */
export async function importFile(
  path: string,
  name: string,
  take: (portion: Portion) => Promise<void>,
): Promise<ImportResult> {
  const result: ImportResult = { accepted: 0, rejected: 0, bytes: 0, files: [], rejections: [] };
  let lines: Buffer[] = [];
  let bytes = 0;
  const flush = async () => {
    if (lines.length === 0) return;
    const portion = lines;
    lines = [];
    bytes = 0;
    await take({ lines: portion, bytesRead: result.bytes });
    result.accepted += portion.length;
  };
  const put = async (items: readonly SplitItem[], file: string) => {
    for (const item of items) {
      if (item.kind === 'rejected') {
        result.rejected += 1;
        if (result.rejections.length < REJECTIONS_KEPT)
          result.rejections.push({ file, line: item.line, reason: item.reason });
        continue;
      }
      lines.push(item.bytes);
      bytes += item.bytes.length;
      if (lines.length >= PORTION_LINES || bytes >= PORTION_BYTES) await flush();
    }
  };
  for await (const member of openArchive(path, name)) {
    result.files.push(member.name);
    let splitter: ReturnType<typeof splitterFor> | undefined;
    for await (const chunk of member.content) {
      splitter ??= splitterFor(chunk);
      result.bytes += chunk.length;
      await put(splitter.push(chunk), member.name);
    }
    if (splitter) await put(splitter.end(), member.name);
  }
  await flush();
  return result;
}

/** Bytes of a file on disk. */
export const fileBytes = async (path: string): Promise<number> => (await stat(path)).size;
