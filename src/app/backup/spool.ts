import { createReadStream } from 'node:fs';
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableLines } from '#platform/postgres/copy.ts';
import { wholeLines } from './pieces.ts';

/** Rows of the record on disk, so that the database is read in one go however slowly the backup is taken away. */
export interface Spool {
  add(part: TableLines): Promise<void>;
  pieces(): AsyncGenerator<{ readonly table: string; readonly index: number; readonly piece: Buffer }>;
  readonly bytes: number;
}

export function spoolRows(folder: string): Spool {
  const tables = new Set<string>();
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    async add({ table, lines }) {
      const path = join(folder, table);
      if (tables.size === 0) await mkdir(folder, { recursive: true, mode: 0o700 });
      tables.add(table);
      const text = Buffer.from(`${lines.join('\n')}\n`);
      bytes += text.length;
      await appendFile(path, text, { mode: 0o600 });
    },
    async *pieces() {
      for (const table of tables) {
        let index = 0;
        for await (const piece of wholeLines(createReadStream(join(folder, table)))) {
          yield { table, index, piece };
          index += 1;
        }
      }
    },
  };
}
