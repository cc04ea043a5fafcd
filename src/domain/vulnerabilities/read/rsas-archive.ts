import { isIP } from 'node:net';
import { decodeText } from '#domain/ledger/reading.ts';
import type { Unpacked } from './archive.ts';
import { isoTime, type ReportBuilder } from './builder.ts';
import { isRsasPage, isRsasXml, readRsasHost, readRsasIndex, readRsasXml } from './rsas.ts';
import { hasKnownHeadings, readTable, type TableRow } from './sheet.ts';
import { readXml } from './xml.ts';

const NOTHING = { records: new Set<string>(), record: () => undefined };

/** Reads the worksheets of a workbook. */
export type ReadWorkbook = (bytes: Uint8Array) => Promise<readonly (readonly TableRow[])[]>;

const baseName = (name: string): string => (name.split('/').at(-1) ?? '').replace(/\.[^.]*$/, '');

interface Page {
  readonly name: string;
  readonly text: string;
}

const isIndexSheet = (name: string): boolean => /index\.xlsx?$/i.test(name);
const isSheet = ({ name }: Unpacked): boolean => /\.xlsx?$/i.test(name);

/** A page that ends before its end has lost what stood behind. */
const isCut = (text: string): boolean => !/<\/html\s*>/i.test(text.slice(-2000));

/**
 * One page of an export by itself: of a host, or the first one.
 *
 * @param name of the file, for the host that it is named after and for what could not be read
 */
export function readRsasPage({ name, text }: Page, alreadyRead: ReadonlySet<string>, builder: ReportBuilder): void {
  const host = baseName(name);
  if (/id=["']?vuln_list/.test(text) || isIP(host) !== 0) readRsasHost(text, host, builder);
  else readRsasIndex(text, alreadyRead, builder);
  if (isCut(text)) tellCut({ name, text }, builder);
}

/** The day in the name of a folder or file, as exports of sheets have it: `12_任务_2026_03_01_xls`. */
function dayInNames(entries: readonly Unpacked[]): string | null {
  const days = entries.flatMap(({ name }) => /(\d{4})_(\d{2})_(\d{2})/.exec(name)?.slice(1).join('-') ?? []);
  return isoTime(days[0]);
}

/** The address that a workbook of one host says it is about. */
const hostIn = (sheets: readonly (readonly TableRow[])[]): string | undefined =>
  sheets
    .flat()
    .flatMap(({ cells }) => {
      const at = cells.findIndex((cell) => /^(?:主机)?IP\s*地址$/i.test(cell));
      return at < 0 ? [] : cells.slice(at + 1, at + 2);
    })
    .find((text) => isIP(text) !== 0);

async function readSheets(sheets: readonly Unpacked[], workbook: ReadWorkbook, builder: ReportBuilder): Promise<void> {
  for (const { name, bytes } of sheets) {
    const read = await workbook(bytes).catch(() => undefined);
    if (read === undefined) {
      builder.problem(0, 'sheet.broken', name);
      builder.partial = true;
      continue;
    }
    const host = /(?:\d{1,3}\.){3}\d{1,3}/.exec(baseName(name))?.[0] ?? hostIn(read);
    const findings = read.filter(hasKnownHeadings);
    for (const rows of findings) readTable(rows, builder, { host });
    if (findings.length === 0) {
      builder.problem(1, 'sheet.no_headings', name);
      builder.partial = true;
    }
  }
}

/**
 * An RSAS export: pages, sheets or XML, in whatever folders, or several of them. What one of them says again is the same
 * finding. A part that cannot be read is listed, and proves nothing gone.
 *
 * @returns false when nothing in the archive is of RSAS
 */
export async function readRsasArchive(
  entries: readonly Unpacked[],
  builder: ReportBuilder,
  workbook: ReadWorkbook,
): Promise<boolean> {
  const texts = entries
    .filter(({ name }) => /\.(?:x?html?|xml)$/i.test(name))
    .map(({ name, bytes }) => ({ name, text: decodeText(bytes).text }));
  const xml = texts.filter(({ name, text }) => /\.xml$/i.test(name) && isRsasXml(text));
  const pages = texts.filter(({ name }) => /html?$/i.test(name));
  const isExport = pages.some(({ text }) => isRsasPage(text));
  const sheets = entries.filter((entry) => isSheet(entry) && !isIndexSheet(entry.name));
  if (xml.length === 0 && !isExport && sheets.length === 0) return false;
  for (const { name, text } of texts.filter((one) => /\.xml$/i.test(one.name))) {
    // What is no export may be anything else in the folder, unless it is not whole.
    const fault = isRsasXml(text) ? readRsasXml(text, builder) : readXml(text, NOTHING);
    if (fault === undefined) continue;
    builder.problem(fault.line, fault.reason, `${name} ${fault.detail}`);
    builder.partial = true;
  }
  if (isExport) readPages(pages, builder);
  await readSheets(sheets, workbook, builder);
  builder.scannedAt ??= dayInNames(entries);
  return true;
}

/** Pages of hosts first: they know ports, and the first page is turned round only for hosts that have none. */
function readPages(pages: readonly Page[], builder: ReportBuilder): void {
  const ofHost = (page: Page) => /id=["']?vuln_list/.test(page.text) || isIP(baseName(page.name)) !== 0;
  const hosts = pages.filter(ofHost);
  for (const page of hosts) readRsasPage(page, new Set(), builder);
  const read = new Set(hosts.map(({ name }) => baseName(name)));
  for (const page of pages.filter((one) => !ofHost(one))) {
    if (/受影响主机|时间统计/.test(page.text)) readRsasPage(page, read, builder);
    // Cut before the words by which a first page is known; other pages (help, menus) hold no findings.
    else if (isCut(page.text) && (isRsasPage(page.text) || baseName(page.name) === 'index')) tellCut(page, builder);
  }
}

function tellCut({ name, text }: Page, builder: ReportBuilder): void {
  builder.problem(text.split('\n').length, 'html.cut', name);
  builder.partial = true;
}
