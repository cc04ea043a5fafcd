import { parentPort, workerData } from 'node:worker_threads';
import { readXls } from 'hucre';
import { detectDelimiter, parseCsv } from 'hucre/csv';
import { streamXlsxRows } from 'hucre/xlsx';
import { decodeText } from './decode.ts';
import type { SheetAnswer, SheetQuestion, SheetRow } from './read.ts';

/**
 * Reads one sheet in a thread of its own: a hostile file may exhaust this thread's memory or time, not the platform's.
 */

/** Text of a cell as a person would read it. */
function cellText(value: unknown, charsMax: number): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString().slice(0, 10);
  const text = typeof value === 'number' && Number.isInteger(value) ? BigInt(value).toString() : String(value);
  return text.replaceAll('\0', '').trim().slice(0, charsMax).toWellFormed();
}

class TooLarge extends Error {}

function collector({ rowsMax, columnsMax, charsMax }: SheetQuestion) {
  const rows: SheetRow[] = [];
  return {
    rows,
    add(index: number, values: readonly unknown[]): void {
      if (values.length > columnsMax && values.slice(columnsMax).some((value) => cellText(value, 1) !== '')) {
        throw new TooLarge('columns');
      }
      const cells = values.slice(0, columnsMax).map((value) => cellText(value, charsMax));
      if (cells.every((cell) => cell === '')) return;
      if (rows.length >= rowsMax) throw new TooLarge('rows');
      rows.push({ number: index + 1, cells });
    },
  };
}

const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b;
const isCompound = (bytes: Uint8Array): boolean => bytes[0] === 0xd0 && bytes[1] === 0xcf;

async function read(question: SheetQuestion): Promise<SheetAnswer> {
  const { bytes } = question;
  const found = collector(question);
  if (isZip(bytes)) {
    for await (const row of streamXlsxRows(bytes)) found.add(row.index, row.values);
    return { ok: true, format: 'xlsx', encoding: '', rows: found.rows };
  }
  if (isCompound(bytes)) {
    const { sheets } = await readXls(bytes);
    const sheet = sheets.find(({ rows }) => rows.length > 0);
    for (const [index, values] of (sheet?.rows ?? []).entries()) found.add(index, values);
    return { ok: true, format: 'xls', encoding: '', rows: found.rows };
  }
  const { text, encoding } = decodeText(bytes);
  const parsed = parseCsv(text, { delimiter: detectDelimiter(text) });
  for (const [index, values] of parsed.entries()) found.add(index, values);
  return { ok: true, format: 'csv', encoding, rows: found.rows };
}

function failure(error: unknown): SheetAnswer {
  if (error instanceof TooLarge) return { ok: false, fault: error.message === 'rows' ? 'rows' : 'columns' };
  const name = error instanceof Error ? error.name : '';
  return { ok: false, fault: name === 'EncryptedFileError' ? 'encrypted' : 'unreadable' };
}

parentPort?.postMessage(await read(workerData as SheetQuestion).catch(failure));
