import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { openArchive } from '#domain/telemetry/archive.ts';

/** Paths of all packed recordings below a folder, sorted. */
export function recordingsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:zip|tar\.gz)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The non-empty lines of the files in a packed recording, at most `linesMax` of each file. */
export async function* recordedLines(path: string, linesMax = Number.POSITIVE_INFINITY): AsyncGenerator<string> {
  for await (const { content } of openArchive(path, path)) {
    let count = 0;
    // Read to the end although no more is wanted: the next file of a tar comes after this one.
    for await (const line of createInterface({ input: Readable.from(content), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() !== '' && count++ < linesMax) yield line;
    }
  }
}
