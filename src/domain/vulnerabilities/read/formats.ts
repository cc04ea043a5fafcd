import { readXls, readXlsx } from 'hucre';
import { detectDelimiter, parseCsv } from 'hucre/csv';
import { decodeText } from '#domain/ledger/reading.ts';
import type { ScanReport } from '#engine/vulnerability/report.ts';
import { ARCHIVE_LIMITS, ArchiveError, type Unpacked, unpack } from './archive.ts';
import { readCsaf, readCycloneDx, readCycloneDxXml, readOpenVex, readSarif, readSpdx } from './bom.ts';
import { ReportBuilder } from './builder.ts';
import { get, isObject, str } from './json.ts';
import { readNessus } from './nessus.ts';
import { readNexpose, readNmap, readOpenVas, readQualys } from './network.ts';
import { readDependencyTrack, readGrype, readOsv, readTrivy, readWazuh } from './packages.ts';
import { isRsasPage, isRsasXml, readRsasXml } from './rsas.ts';
import { readRsasArchive, readRsasPage } from './rsas-archive.ts';
import { headingsOf, readTable, type SheetMeaning, type TableRow } from './sheet.ts';
import { readAcunetix, readAcunetix360, readBurp, readNuclei, readSslyze, readTlsXml, readZap } from './web.ts';
import type { XmlFault } from './xml.ts';

type XmlReader = (text: string, builder: ReportBuilder) => XmlFault | undefined;

/** XML formats, by the root element. */
const XML_FORMATS: readonly (readonly [RegExp, string, XmlReader])[] = [
  [/^NessusClientData_v2$/, 'nessus', readNessus],
  [/^nmaprun$/, 'nmap', readNmap],
  [/^OWASPZAPReport$/, 'zap', readZap],
  [/^ScanGroup$/, 'acunetix', readAcunetix],
  [/^issues$/, 'burp', readBurp],
  [/^ASSET_DATA_REPORT$/, 'qualys', readQualys],
  [/^NexposeReport$/, 'nexpose', readNexpose],
  [/^bom$/, 'cyclonedx', readCycloneDxXml],
  [/^document$/, 'sslscan', readTlsXml],
  [/^(?:aurora|rsas|nsfocus)/i, 'rsas', readRsasXml],
];

const ROOT = /<(?![?!])(?:[\w.-]+:)?([\w.-]+)/;

/** `report` is the root of OpenVAS and of RSAS. */
function xmlFormat(text: string): readonly [string, XmlReader] | undefined {
  const root =
    ROOT.exec(text.slice(0, 200_000).replace(/<!--[\s\S]*?-->|<!DOCTYPE[^>[]*(?:\[[\s\S]*?\])?\s*>/gi, ''))?.[1] ?? '';
  if (/^(?:report|get_reports_response|reports)$/.test(root)) {
    return isRsasXml(text) ? ['rsas', readRsasXml] : ['openvas', readOpenVas];
  }
  const found = XML_FORMATS.find(([pattern]) => pattern.test(root));
  return found && [found[1], found[2]];
}

type JsonReader = (report: unknown, builder: ReportBuilder) => void;
const has = (value: unknown, ...path: string[]): boolean => get(value, ...path) !== undefined;

/** JSON formats, by what only they hold. */
const JSON_FORMATS: readonly (readonly [(value: unknown) => boolean, string, JsonReader])[] = [
  [(value) => str(value, 'bomFormat') === 'CycloneDX', 'cyclonedx', readCycloneDx],
  [(value) => has(value, 'spdxVersion'), 'spdx', readSpdx],
  [(value) => str(value, '@context').includes('openvex'), 'openvex', readOpenVex],
  [(value) => has(value, 'document', 'csaf_version'), 'csaf', readCsaf],
  [(value) => Array.isArray(get(value, 'runs')), 'sarif', readSarif],
  [(value) => has(value, 'matches') && Array.isArray(get(value, 'matches')), 'grype', readGrype],
  [(value) => has(value, 'SchemaVersion') || has(value, 'ClusterName'), 'trivy', readTrivy],
  [(value) => has(value, 'server_scan_results'), 'sslyze', readSslyze],
  [(value) => has(value, 'Generated') && has(value, 'Target'), 'acunetix', readAcunetix360],
  [(value) => /dependency-track/i.test(str(value, 'meta', 'application')), 'dependency-track', readDependencyTrack],
  [(value) => has(value, 'hits', 'hits') || has(value, 'data', 'affected_items'), 'wazuh', readWazuh],
  [(value) => Array.isArray(get(value, 'results')), 'osv', readOsv],
  [
    (value) => value === null || (Array.isArray(value) && value.every((one) => isObject(one) && has(one, 'Target'))),
    'trivy',
    readTrivy,
  ],
];

const isNuclei = (value: unknown): boolean => has(value, 'template-id') || has(value, 'templateID');

/** What a person chose besides the file. */
export interface ReadOptions {
  /** Meaning of each column, for sheets. */
  readonly mapping?: readonly SheetMeaning[] | undefined;
  /** Asked for it where none was chosen: what somebody chose before for these headings. */
  readonly remembered?: ((headings: readonly string[]) => Promise<readonly SheetMeaning[] | undefined>) | undefined;
}

/** A report, and for a sheet the headings it has. */
export interface Reading {
  readonly report: ScanReport;
  readonly sheet:
    | { readonly headings: readonly string[]; readonly remembered: readonly SheetMeaning[] | undefined }
    | undefined;
}

/** No reader takes the file. */
export class UnknownFormat extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.name = 'UnknownFormat';
    this.reason = reason;
  }
}

const plainReading = (builder: ReportBuilder): Reading => ({ report: builder.report(), sheet: undefined });

function fromXml(text: string): Reading {
  const format = xmlFormat(text);
  if (format === undefined) throw new UnknownFormat('format.unknown');
  const builder = new ReportBuilder(format[0]);
  const fault = format[1](text, builder);
  if (fault?.reason === 'xml.doctype') throw new UnknownFormat('xml.doctype');
  if (fault !== undefined) {
    builder.problem(fault.line, fault.reason, fault.detail);
    // What stood behind the fault was not read, so nothing is known to be gone.
    builder.partial = true;
  }
  return plainReading(builder);
}

/** One object per line; a line that is none is a problem of its own. */
function fromLines(text: string): Reading | undefined {
  const lines = text.split('\n').map((line, index) => ({ row: index + 1, line: line.trim() }));
  const records: { row: number; value: unknown }[] = [];
  const builder = new ReportBuilder('nuclei');
  for (const { row, line } of lines) {
    if (line === '') continue;
    try {
      records.push({ row, value: JSON.parse(line) as unknown });
    } catch {
      builder.problem(row, 'json.broken', line.slice(0, 60));
    }
  }
  if (!records.some(({ value }) => isNuclei(value))) return undefined;
  readNuclei(records, builder);
  return plainReading(builder);
}

function fromJson(text: string): Reading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const lines = fromLines(text);
    if (lines === undefined) throw new UnknownFormat('json.broken');
    return lines;
  }
  if (isNuclei(value) || (Array.isArray(value) && value.length > 0 && value.every(isNuclei))) {
    const builder = new ReportBuilder('nuclei');
    const records = Array.isArray(value) ? value : [value];
    readNuclei(
      records.map((one: unknown, index) => ({ row: index + 1, value: one })),
      builder,
    );
    return plainReading(builder);
  }
  const format = JSON_FORMATS.find(([fits]) => fits(value));
  if (format === undefined) throw new UnknownFormat('format.unknown');
  const builder = new ReportBuilder(format[1]);
  format[2](value, builder);
  return plainReading(builder);
}

/** Text of a cell as a person reads it. */
const cellText = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  return String(value).replaceAll('\0', '').trim().slice(0, 32_000).toWellFormed();
};

const ROWS_MAX = 300_000;
const COLUMNS_MAX = 200;

const tableRows = (rows: readonly (readonly unknown[])[]): TableRow[] =>
  rows
    .slice(0, ROWS_MAX)
    .map((row, index) => ({ number: index + 1, cells: row.slice(0, COLUMNS_MAX).map(cellText) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));

async function fromRows(
  rows: readonly TableRow[],
  format: string,
  { mapping, remembered: ask }: ReadOptions,
): Promise<Reading> {
  const builder = new ReportBuilder(format, 'sheet');
  if (rows.length === 0) throw new UnknownFormat('file.empty');
  const headings = headingsOf(rows);
  if (headings === undefined) throw new UnknownFormat('sheet.no_headings');
  const remembered = mapping === undefined ? await ask?.(headings) : undefined;
  readTable(rows, builder, { mapping: mapping ?? remembered });
  return { report: builder.report(), sheet: { headings, remembered } };
}

const WANTED = /\.(?:x?html?|xml|xlsx?|csv|json|nessus|rels|jsonl|sarif|zip)$/i;
const isZip = ({ name }: Unpacked): boolean => /\.zip$/i.test(name);
/** Zips in a zip: exports of several tasks packed together. One level, and no more of them than this. */
const INNER_MAX = 100;

/** The entries of a zip, and of zips in it; what cannot be unpacked is a problem of the report. */
async function allEntries(bytes: Uint8Array, builder: ReportBuilder): Promise<Unpacked[]> {
  let left: number = ARCHIVE_LIMITS.bytesMax;
  const unpackInto = async (packed: Uint8Array, place: string): Promise<Unpacked[]> => {
    const entries = await unpack(packed, (name) => WANTED.test(name), {
      bytesMax: left,
      damaged(name) {
        builder.problem(0, 'entry.damaged', place + name);
        builder.partial = true;
      },
    });
    left -= entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
    return entries.map((entry) => ({ ...entry, name: place + entry.name }));
  };
  const outer = await unpackInto(bytes, '');
  const inner: Unpacked[] = [];
  const leave = (fault: string, name: string) => {
    builder.problem(0, `archive.${fault}`, name);
    builder.partial = true;
  };
  const zips = outer.filter(isZip);
  for (const entry of zips.slice(INNER_MAX)) leave('too_many', entry.name);
  for (const entry of zips.slice(0, INNER_MAX)) {
    try {
      inner.push(...(await unpackInto(entry.bytes, `${entry.name}/`)));
    } catch (error) {
      if (!(error instanceof ArchiveError) || error.fault === 'unpacks_too_large') throw error;
      leave(error.fault, entry.name);
    }
  }
  for (const entry of inner.filter(isZip)) leave('nested', entry.name);
  return [...outer, ...inner].filter((entry) => !isZip(entry));
}

const workbook = async (bytes: Uint8Array): Promise<TableRow[][]> => {
  const { sheets } = await (bytes[0] === 0x50 ? readXlsx(bytes) : readXls(bytes)).catch(() => {
    throw new ArchiveError('damaged');
  });
  return sheets.map(({ rows }) => tableRows(rows));
};

/** A zip: a workbook, or an RSAS export of pages, sheets or XML; or one report that somebody packed. */
async function fromZip(bytes: Uint8Array, options: ReadOptions): Promise<Reading> {
  const builder = new ReportBuilder('rsas');
  const entries = await allEntries(bytes, builder);
  if (entries.some(({ name }) => name === 'xl/workbook.xml'))
    return fromRows((await workbook(bytes)).flat(), 'xlsx', options);
  if (await readRsasArchive(entries, builder, workbook)) return plainReading(builder);
  const [only, second] = entries;
  // Nothing can be told of what is damaged but which parts it is.
  if (builder.partial && second === undefined && only === undefined) return plainReading(builder);
  if (only === undefined || second !== undefined) throw new UnknownFormat('archive.unknown');
  return fromText(decodeText(only.bytes).text, options);
}

async function fromText(text: string, options: ReadOptions): Promise<Reading> {
  const start = text.trimStart().slice(0, 200);
  if (start === '') throw new UnknownFormat('file.empty');
  if (/^<(?:!DOCTYPE\s+html|html)/i.test(start)) {
    if (!isRsasPage(text)) throw new UnknownFormat('format.unknown');
    const builder = new ReportBuilder('rsas');
    readRsasPage({ name: '', text }, new Set(), builder);
    return plainReading(builder);
  }
  if (start.startsWith('<')) return fromXml(text);
  if (/^(?:[[{]|null\s*$)/.test(start)) return fromJson(text);
  return fromRows(tableRows(parseCsv(text, { delimiter: detectDelimiter(text) })), 'csv', options);
}

/**
 * Reads a scan report of any kind that is known, by what is in it and not by its name. What can be read is read, the
 * rest is listed by row and reason.
 *
 * @throws UnknownFormat with a stable reason when no reader takes the file, ArchiveError for a hostile or damaged zip
 */
export async function readReport(bytes: Uint8Array, options: ReadOptions = {}): Promise<Reading> {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return fromZip(bytes, options);
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf) return fromRows((await workbook(bytes)).flat(), 'xls', options);
  return fromText(decodeText(bytes).text, options);
}
