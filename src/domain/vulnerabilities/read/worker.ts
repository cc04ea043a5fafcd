import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { ArchiveError } from './archive.ts';
import { type ReadOptions, readReport, UnknownFormat } from './formats.ts';
import type { ReadAnswer, ReadQuestion } from './read.ts';
import type { SheetMeaning } from './sheet.ts';

const question = workerData as ReadQuestion;

/** Asks the thread that waits for the report, which alone can look it up. */
const remembered: ReadOptions['remembered'] = async (headings) => {
  parentPort?.postMessage({ headings } satisfies ReadAnswer);
  if (parentPort === null) return undefined;
  const [mapping] = await once(parentPort, 'message');
  return mapping as readonly SheetMeaning[] | undefined;
};

const { from, mapping } = question;
const bytes = typeof from === 'string' ? await readFile(from) : from;
const answer = await readReport(bytes, { mapping, remembered }).then(
  (reading): ReadAnswer => ({ ok: true, reading }),
  (error: unknown): ReadAnswer => {
    if (error instanceof UnknownFormat) return { ok: false, fault: error.reason };
    return { ok: false, fault: error instanceof ArchiveError ? `archive.${error.fault}` : 'read.failed' };
  },
);
parentPort?.postMessage(answer);
