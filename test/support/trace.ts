import { existsSync } from 'node:fs';

const STRACE = '/usr/bin/strace';

/** For the options of a test: why it is left out, or false. */
export const noTrace: string | false =
  process.platform === 'linux' && existsSync(STRACE) ? false : 'not installed: strace (tools/install-senders.sh)';

/** The command that runs a program and writes down what it tells the kernel about files and sockets. */
export const traced = (output: string, ...command: readonly string[]): readonly string[] => [
  STRACE,
  ...['-f', '-y', '-s', '64', '-o', output],
  ...['-e', 'trace=openat,write,writev,pwrite64,pwritev,fsync,fdatasync,rename,unlink'],
  ...command,
];

/** Something a program told the kernel. */
export interface Call {
  readonly name: string;
  /** Path of its file, or `socket:[…]`. */
  readonly path: string;
  /** The rest, as printed. */
  readonly text: string;
}

/**
 * What had not reached the disk while a program ran. A file is dirty from a write to a sync that began after it and has
 * ended; a folder from the moment a name in it was made, or it was renamed itself. Names of drafts (`….new`) mean nothing
 * before they are renamed.
 */
export class Dirty {
  readonly #since = new Map<string, number>();
  /** Syncs under way: by thread, of which path and since which line. */
  readonly #syncing = new Map<string, { path: string; line: number }>();
  #line = 0;

  /** Paths that are dirty. */
  get paths(): string[] {
    return [...this.#since.keys()];
  }

  /** Takes in a line of the trace. @returns the call that begins in it */
  take(text: string): Call | undefined {
    this.#line += 1;
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(text) ?? [];
    if (/^<\.\.\. f(?:data)?sync resumed/.test(rest)) this.#synced(thread);
    const begun = /^(\w+)\((.*)$/.exec(rest);
    if (begun === null) return undefined;
    const [, name = '', given = ''] = begun;
    const path = pathOf(name, given);
    if (/^p?writev?(?:64)?$/.test(name)) this.#since.set(path, this.#line);
    else if (name === 'openat' && given.includes('O_CREAT') && !path.endsWith('.new'))
      this.#since.set(folderOf(path), this.#line);
    else if (name === 'rename' && path.endsWith('/')) this.#since.set(path.slice(0, -1), this.#line);
    else if (/^f(?:data)?sync$/.test(name)) {
      this.#syncing.set(thread, { path, line: this.#line });
      if (!given.includes('<unfinished')) this.#synced(thread);
    }
    return { name, path, text: given };
  }

  #synced(thread: string): void {
    const sync = this.#syncing.get(thread);
    this.#syncing.delete(thread);
    if (sync !== undefined && (this.#since.get(sync.path) ?? 0) < sync.line) this.#since.delete(sync.path);
  }
}

const folderOf = (path: string): string => path.replace(/\/[^/]*$/, '');

/** `7</a/b>, …` is a descriptor with its path, `"/a/b", …` a path; of `openat` and `rename` the last path counts. */
function pathOf(name: string, given: string): string {
  const quoted = [...given.matchAll(/"([^"]*)"/g)].map(([, path = '']) => path);
  if (name === 'openat' || name === 'unlink') return quoted[0] ?? '';
  if (name === 'rename') return quoted[1] ?? '';
  return /^\d+<([^>]*)>/.exec(given)?.[1] ?? '';
}
