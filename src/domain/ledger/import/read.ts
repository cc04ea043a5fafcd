import { Worker } from 'node:worker_threads';
import { AppError, invalid } from '#platform/errors.ts';
import { archiveFault } from './archive.ts';

/** A row with something in it, under the number the person sees beside it. */
export interface SheetRow {
  readonly number: number;
  readonly cells: readonly string[];
}

export interface Sheet {
  readonly format: 'xlsx' | 'xls' | 'csv';
  /** Of a text file; '' otherwise. */
  readonly encoding: string;
  readonly rows: readonly SheetRow[];
}

/** What the reading thread is asked. */
export interface SheetQuestion {
  readonly bytes: Uint8Array;
  readonly rowsMax: number;
  readonly columnsMax: number;
  readonly charsMax: number;
}

type SheetFault = 'rows' | 'columns' | 'encrypted' | 'unreadable';
export type SheetAnswer = ({ readonly ok: true } & Sheet) | { readonly ok: false; readonly fault: SheetFault };

export const SHEET_LIMITS = {
  fileBytesMax: 64 * 1024 * 1024,
  unpackedBytesMax: 400 * 1024 * 1024,
  entriesMax: 2000,
  rowsMax: 200_000,
  columnsMax: 100,
  charsMax: 2_000,
  memoryMbMax: 1536,
  timeoutMs: 120_000,
} as const;

const SENTENCES: Record<SheetFault | 'memory' | 'time' | 'unpacks', string> = {
  rows: `The sheet has more than ${SHEET_LIMITS.rowsMax} rows: split it into several files`,
  columns: `The sheet has more than ${SHEET_LIMITS.columnsMax} columns: remove those that are not needed`,
  encrypted: 'The file is protected by a password: save it without one',
  unreadable: 'The file cannot be read as a sheet: save it as .xlsx, .xls or .csv and try again',
  memory: 'The file unpacks to more than fits: remove pictures and formats, or save it as .csv',
  time: 'Reading the file took too long: save it as .csv or split it',
  unpacks: 'The file unpacks to far more than its size and is not opened: save it as .csv',
};

const refuse = (fault: keyof typeof SENTENCES): AppError =>
  invalid(SENTENCES[fault], [{ at: '/file', message: SENTENCES[fault] }], `asset.import.${fault}`);

/**
 * Reads the first sheet of an .xlsx, .xls or .csv file. Bounded in size, rows, columns, memory and time.
 *
 * @throws AppError `invalid_input` that says what to do, `too_large`
 */
export async function readSheet(bytes: Uint8Array): Promise<Sheet> {
  if (bytes.length > SHEET_LIMITS.fileBytesMax) {
    throw new AppError('too_large', { public: `A sheet has at most ${SHEET_LIMITS.fileBytesMax / 1024 / 1024} MiB` });
  }
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    const fault = await archiveFault(bytes, {
      entriesMax: SHEET_LIMITS.entriesMax,
      bytesMax: SHEET_LIMITS.unpackedBytesMax,
    });
    if (fault === 'encrypted') throw refuse('encrypted');
    if (fault === 'unpacks_too_large' || fault === 'too_many_entries') throw refuse('unpacks');
    if (fault !== undefined) throw refuse('unreadable');
  }
  const answer = await askThread({
    bytes,
    // The heading is no row of it.
    rowsMax: SHEET_LIMITS.rowsMax + 1,
    columnsMax: SHEET_LIMITS.columnsMax,
    charsMax: SHEET_LIMITS.charsMax,
  });
  if (!answer.ok) throw refuse(answer.fault);
  return answer;
}

function askThread(question: SheetQuestion): Promise<SheetAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: question,
      resourceLimits: { maxOldGenerationSizeMb: SHEET_LIMITS.memoryMbMax },
    });
    const timer = setTimeout(() => finish(() => reject(refuse('time'))), SHEET_LIMITS.timeoutMs);
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      settle();
      void worker.terminate();
    };
    worker.once('message', (answer: SheetAnswer) => finish(() => resolve(answer)));
    worker.once('error', (error: Error & { code?: string }) => {
      const fault = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'unreadable';
      finish(() => reject(refuse(fault)));
    });
    worker.once('exit', () => finish(() => reject(refuse('unreadable'))));
  });
}
