import { Readable } from 'node:stream';
import { writeXlsxStream, XLSX_MAX_ROWS_PER_SHEET } from 'hucre';
import { writeCsv } from 'hucre/csv';
import { z } from 'zod';
import { asText } from '#platform/csv.ts';
import type { ReplyControl } from '#platform/http/route.ts';

export const ExportFormat = z.enum(['xlsx', 'csv', 'ndjson']).default('xlsx');
type ExportFormat = z.output<typeof ExportFormat>;

/**
 * Pages of a list, one after another, each read when the one before was used: memory does not grow with the list.
 *
 * @param read the page that begins behind this row; behind nothing the first
 * @param rowsMax rows of a full page; a shorter one is the last
 */
export async function* pagesAfter<Row>(
  read: (after: Row | undefined) => Promise<readonly Row[]>,
  rowsMax: number,
): AsyncGenerator<readonly Row[]> {
  let after: Row | undefined;
  do {
    const page = await read(after);
    yield page;
    after = page.length === rowsMax ? page.at(-1) : undefined;
  } while (after !== undefined);
}

/** A list on its way out. */
export interface Sheet<Row> {
  /** Of the sheet and of the file, without its ending. */
  readonly name: string;
  readonly headings: readonly string[];
  cells(row: Row): readonly (string | number)[];
  /** The row as the list itself gives it, for lines of JSON. */
  record(row: Row): object;
  readonly rows: AsyncIterable<Row> | Iterable<Row>;
}

/** A column: its heading, and what it says of a row. */
export type Columns<Row> = readonly (readonly [heading: string, of: (row: Row) => string | number])[];

/** The headings and cells of a sheet with these columns. */
export const tabled = <Row>(columns: Columns<Row>): Pick<Sheet<Row>, 'headings' | 'cells'> => ({
  headings: columns.map(([heading]) => heading),
  cells: (row) => columns.map(([, of]) => of(row)),
});

const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
};

const guarded = (cell: string | number): string | number => (typeof cell === 'string' ? asText(cell) : cell);

async function* guardedRows<Row>({ headings, cells, rows }: Sheet<Row>): AsyncGenerator<(string | number)[]> {
  yield [...headings];
  for await (const row of rows) yield cells(row).map(guarded);
}

/** UTF-8 with a byte order mark, which Chinese Excel needs. */
async function* csvOf<Row>(sheet: Sheet<Row>): AsyncGenerator<string> {
  let start = '\uFEFF';
  for await (const row of guardedRows(sheet)) {
    yield `${start}${writeCsv([row])}\r\n`;
    start = '';
  }
}

async function* linesOf<Row>({ record, rows }: Sheet<Row>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(record(row))}\n`;
}

/** Characters that a cell of a workbook holds (ECMA-376 as Excel has it); a longer one makes Excel call the file damaged. */
const CELL_CHARS_MAX = 32_767;

async function* workbookRows<Row>(sheet: Sheet<Row>): AsyncGenerator<(string | number)[]> {
  const short = (cell: string | number) =>
    typeof cell === 'string' && cell.length > CELL_CHARS_MAX ? `${cell.slice(0, CELL_CHARS_MAX - 1)}…` : cell;
  for await (const row of guardedRows(sheet)) yield row.map(short);
}

/**
 * The bytes of a list, made while they are read: memory does not grow with the rows.
 *
 * @param sheetRowsMax rows of one sheet of a workbook with its headings, at most and by default the 1,048,576 of Excel; what is
 * more goes on in further sheets, each with the headings
 */
export function contentOf<Row>(
  sheet: Sheet<Row>,
  format: ExportFormat,
  sheetRowsMax = XLSX_MAX_ROWS_PER_SHEET,
): Readable {
  if (format === 'csv') return Readable.from(csvOf(sheet));
  if (format === 'ndjson') return Readable.from(linesOf(sheet));
  const options = { name: sheet.name, freezePane: { rows: 1 }, maxRowsPerSheet: sheetRowsMax };
  return Readable.fromWeb(writeXlsxStream(workbookRows(sheet), options));
}

/** Answers with a list as a file to keep. */
export function sendSheet<Row>(reply: ReplyControl, sheet: Sheet<Row>, format: ExportFormat): void {
  reply.send(contentOf(sheet, format), MEDIA_TYPES[format], `${sheet.name}.${format}`);
}
