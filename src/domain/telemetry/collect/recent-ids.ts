import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Characters of an identifier's fingerprint: 96 bits, so that two never meet by chance. */
const PRINT_CHARS = 24;

/**
 * Remembers the latest identifiers that senders gave their documents, so that a repeated request does not double them, also
 * after a restart: what was remembered lies in two files, the younger of which takes the older's place when it is full.
 *
 * They are written after the documents are durable and before the sender is answered, without a sync of their own. So none
 * is ever remembered whose document could be lost; after a power failure those of the last seconds may be forgotten, and a
 * repetition is taken once more. A process that cannot write them remembers them as long as it runs.
 */
export class RecentIds {
  readonly #folder: string;
  readonly #max: number;
  #older = new Set<string>();
  #younger = new Set<string>();
  #file: number | undefined;

  /** @param max so many are remembered at least, and twice as many at most */
  constructor(folder: string, max = 200_000) {
    this.#folder = folder;
    this.#max = max;
    mkdirSync(folder, { recursive: true });
    this.#older = printsIn(join(folder, 'older'));
    this.#younger = printsIn(join(folder, 'younger'));
    this.#file = openSync(join(folder, 'younger'), 'a');
    // Ends a line that was cut by a kill, or the next one would be lost with it.
    this.add([]);
  }

  has(id: string): boolean {
    const print = printOf(id);
    return this.#younger.has(print) || this.#older.has(print);
  }

  add(ids: readonly string[]): void {
    const prints = ids.map(printOf);
    for (const print of prints) this.#younger.add(print);
    try {
      if (this.#file !== undefined) writeSync(this.#file, `${prints.join('\n')}\n`);
      if (this.#younger.size >= this.#max) this.#turn();
    } catch {
      // A full disk: the documents are kept, which is what the sender is told. See above.
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #turn(): void {
    this.#older = this.#younger;
    this.#younger = new Set();
    this.close();
    renameSync(join(this.#folder, 'younger'), join(this.#folder, 'older'));
    this.#file = openSync(join(this.#folder, 'younger'), 'a');
  }
}

const printOf = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, PRINT_CHARS);

/** What a file holds; a line that was cut by a kill is left out. */
function printsIn(path: string): Set<string> {
  try {
    const lines = readFileSync(path, 'latin1').split('\n');
    return new Set(lines.filter((line) => line.length === PRINT_CHARS));
  } catch {
    return new Set();
  }
}
