import { Worker } from 'node:worker_threads';
import { type AppError, invalid } from '#platform/errors.ts';
import type { Reading, ReadOptions } from './formats.ts';

/** What the reading thread is asked: bytes, or the path of a file that it reads itself. */
export interface ReadQuestion {
  readonly from: Uint8Array | string;
  readonly mapping: ReadOptions['mapping'];
}

export type ReadAnswer =
  /** What is remembered of a sheet with these headings? It goes on with the answer. */
  | { readonly headings: readonly string[] }
  | { readonly ok: true; readonly reading: Reading }
  | { readonly ok: false; readonly fault: string };

export const READ_LIMITS = { fileBytesMax: 200 * 1024 * 1024, memoryMbMax: 2048, timeoutMs: 300_000 } as const;

const SENTENCES: Readonly<Record<string, string>> = {
  'format.unknown': 'The file is of no known format of scan report',
  'file.empty': 'The file is empty',
  'json.broken': 'The file is no complete JSON: export it again',
  'xml.doctype': 'The file declares a document type or entities that no scanner writes; it is not opened',
  'sheet.no_headings':
    'No row of the sheet looks like headings: it needs one for the host, the name and the grade at least',
  'archive.unknown': 'The archive holds no report that is known',
  'archive.not_zip': 'The archive is damaged',
  'archive.damaged': 'The archive is damaged',
  'archive.encrypted': 'The archive is protected by a password: export it without one',
  'archive.too_many_entries': 'The archive holds too many files',
  'archive.unpacks_too_large': 'The archive unpacks to far more than its size and is not opened',
  'read.memory': 'The file needs more memory to read than is given to one report: split it by hosts',
  'read.time': 'Reading the file took too long: split it by hosts',
  'read.failed': 'The file cannot be read: export it again',
};

const refuse = (fault: string): AppError => {
  const sentence = SENTENCES[fault] ?? SENTENCES['read.failed'] ?? fault;
  return invalid(sentence, [{ at: '/file', message: sentence }], `vulnerability.${fault}`);
};

/**
 * Reads a report in a thread of its own: a hostile file may exhaust that thread's memory or time, not the platform's.
 *
 * @param from bytes, or the path of a file that only the other thread reads into memory
 * @param options `remembered` is asked in this thread
 * @throws AppError `invalid_input` that says what is wrong with the file
 */
export function readInThread(from: Uint8Array | string, { mapping, remembered }: ReadOptions = {}): Promise<Reading> {
  const question: ReadQuestion = { from, mapping };
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: question,
      resourceLimits: { maxOldGenerationSizeMb: READ_LIMITS.memoryMbMax },
    });
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      settle();
      void worker.terminate();
    };
    const timer = setTimeout(() => finish(() => reject(refuse('read.time'))), READ_LIMITS.timeoutMs);
    worker.on('message', (answer: ReadAnswer) => {
      if (!('headings' in answer))
        return finish(() => (answer.ok ? resolve(answer.reading) : reject(refuse(answer.fault))));
      Promise.resolve(remembered?.(answer.headings)).then(
        (known) => worker.postMessage(known),
        (error: unknown) => finish(() => reject(error)),
      );
    });
    worker.once('error', (error: Error & { code?: string }) =>
      finish(() => reject(refuse(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'read.memory' : 'read.failed'))),
    );
    worker.once('exit', () => finish(() => reject(refuse('read.failed'))));
  });
}
