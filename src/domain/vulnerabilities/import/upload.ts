import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError, invalid } from '#platform/errors.ts';
import type { Upload } from '#platform/http/route.ts';

/**
 * Hands out the one uploaded file, which lies on the disk while it is used: memory does not grow with what somebody sends.
 *
 * @throws AppError `invalid_input` without a file, `too_large` for one of more than `bytesMax`
 */
export async function withUpload<Result>(
  uploads: AsyncIterable<Upload>,
  bytesMax: number,
  use: (file: { readonly fileName: string; readonly path: string }) => Promise<Result>,
): Promise<Result> {
  for await (const { fileName, content } of uploads) {
    const folder = await mkdtemp(join(tmpdir(), 'tongan-report-'));
    try {
      const path = join(folder, 'upload');
      await pipeline(content, createWriteStream(path));
      if ((await stat(path)).size > bytesMax) {
        const said = `A file has at most ${bytesMax / 1024 / 1024} MiB: split it by hosts`;
        throw new AppError('too_large', { public: said, faults: [{ at: '/file', message: said }] });
      }
      return await use({ fileName, path });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw invalid('Choose a file', [{ at: '/file', message: 'A report of a scanner' }]);
}
