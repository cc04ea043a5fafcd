import { parentPort, workerData } from 'node:worker_threads';
import { ArchiveError } from './archive.ts';
import { readReport, UnknownFormat } from './formats.ts';
import type { ReadAnswer, ReadQuestion } from './read.ts';

const question = workerData as ReadQuestion;

const answer = await readReport(question.bytes, question.options).then(
  (reading): ReadAnswer => ({ ok: true, reading }),
  (error: unknown): ReadAnswer => {
    if (error instanceof UnknownFormat) return { ok: false, fault: error.reason };
    return { ok: false, fault: error instanceof ArchiveError ? `archive.${error.fault}` : 'read.failed' };
  },
);
parentPort?.postMessage(answer);
