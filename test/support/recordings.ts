import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fromBufferPromise, type ZipFile } from 'yauzl';

/** Paths of all zipped recordings below a folder, sorted. */
export function recordingsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.zip'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The non-empty lines of the log files in a zipped recording, at most `linesMax` of each file. */
export async function* recordedLines(path: string, linesMax = Number.POSITIVE_INFINITY): AsyncGenerator<string> {
  const zip = await openRecording(path);
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/') || entry.fileName.includes('__MACOSX')) continue;
    const lines = createInterface({
      input: await zip.openReadStreamPromise(entry),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    let count = 0;
    for await (const line of lines) {
      if (line.trim() === '') continue;
      yield line;
      if (++count >= linesMax) break;
    }
  }
}

/** Two of the published recordings end with a line feed that is no part of the archive. */
async function openRecording(path: string): Promise<ZipFile> {
  const bytes = readFileSync(path);
  try {
    return await fromBufferPromise(bytes);
  } catch {
    return fromBufferPromise(bytes.subarray(0, -1));
  }
}
